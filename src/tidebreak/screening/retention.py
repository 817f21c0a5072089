"""Forgetting, on purpose: what was found to be clear, and is older than somebody says.

Nothing else is forgotten here: what was found, held, reviewed or not fully examined stays, as do
the numbers of what there was.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from tidebreak.audit.log import AuditLog
from tidebreak.screening.blocks import ABOUT, Block, Column, chosen, owners_to_store
from tidebreak.screening.ids import first_at
from tidebreak.sql import Sql

_CLEAR = (
    "SELECT id FROM screening WHERE id < ? AND state = 'clear' AND action = 'allow' AND waits = 0"
    " AND earlier = '' AND holds = ''"
    " AND NOT EXISTS (SELECT 1 FROM review WHERE screening_id = screening.id)"
    " AND NOT EXISTS (SELECT 1 FROM screening AS later WHERE later.earlier = screening.id)"
)


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How many screenings were forgotten, and observations of them."""

    screenings: int
    observations: int


def forget(sql: Sql, audit: AuditLog, actor: str, before: datetime) -> Forgotten:
    """Forget what was clear and is from ``before`` that moment; audited.

    A block at a time: whoever is interrupted has forgotten less, and can go on.
    """
    moment = before.astimezone(UTC).isoformat(timespec="seconds")
    with audit.around("screening.forget", actor, "clear screenings", {"before": moment}) as told:
        bound = first_at(before)
        gone = 0
        for id, number in sql.rows("SELECT id, number FROM block WHERE first < ?", (bound,)):
            gone += _forget_in(sql, Block(sql, id, number), bound)
        with sql.writing():
            row = sql.row(f"SELECT count(*) FROM observation WHERE screening_id IN ({_CLEAR})",
                          (bound,))  # fmt: skip
            gone += row[0] if row else 0
            sql.change(f"DELETE FROM observation WHERE screening_id IN ({_CLEAR})", (bound,))
            row = sql.row(f"SELECT count(*) FROM ({_CLEAR}) AS clear", (bound,))
            sql.change(f"DELETE FROM screening WHERE id IN ({_CLEAR})", (bound,))
        found = Forgotten(row[0] if row else 0, gone)
        told |= {"screenings": found.screenings, "observations": found.observations}
    sql.tidy()
    return found


def _forget_in(sql: Sql, block: Block, bound: str) -> int:
    """Write a block anew without what is clear; return how many observations went."""
    about = json.loads(zlib.decompress(block.column(ABOUT).data))
    owners = [row[0] for row in about]
    low, high = min(owners), max(owners)
    with sql.writing():
        clear = {
            row[0] for row in sql.rows(f"{_CLEAR} AND id >= ? AND id <= ?", (bound, low, high))
        }
        keep = np.array([owner not in clear for owner in owners], np.bool_)
        if keep.all():
            return 0
        columns = chosen(block, keep)
        sql.change("DELETE FROM block_column WHERE block_id = ?", (block.id,))
        if keep.any():
            _rewrite(sql, block.id, int(keep.sum()), columns.items())
        else:
            sql.change("DELETE FROM block WHERE id = ?", (block.id,))
    return int((~keep).sum())


def _rewrite(sql: Sql, id: int, number: int, columns: Iterable[tuple[str, Column]]) -> None:
    sql.change("UPDATE block SET number = ? WHERE id = ?", (number, id))
    sql.change_many(
        "INSERT INTO block_column (block_id, name, owners, data) VALUES (?, ?, ?, ?)",
        [(id, name, owners_to_store(c.owners, number), c.data) for name, c in columns if c.data],
    )
