"""What is kept of everything that was screened: first row by row, then packed into blocks.

A row is written with its screening. When there are enough, thousands become one block in one
transaction: whatever is killed meanwhile, each is in exactly one place.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tidebreak.model import Observation
from tidebreak.packed_views import pack_views, unpack_views
from tidebreak.screening.blocks import Kept, owners_to_store, pack
from tidebreak.screening.ids import first_at
from tidebreak.screening.rows import Row
from tidebreak.sql import Sql
from tidebreak.store.observation_rows import LONGEST_SEQUENCE, TYPE_CODES

BLOCK = 4096
"""Observations in a block."""

_UNFINISHED = timedelta(days=2)
"""After this nobody is still examining what has no screening yet."""

OBSERVED = (
    "screening_id, part, lists, member, size, content, types, seals, views, preproc, sequence,"
    " duration_ms"
)
"""The columns of an observation that is not packed yet."""

_NAMES = {code: name for name, code in TYPE_CODES.items()}
FINISHED = "EXISTS (SELECT 1 FROM screening WHERE screening.id = screening_id)"
"""Holds for observations whose screening was written: first pieces alone are nothing."""


def observed_row(id: str, place: int, lists: int, item: Observation) -> Row | None:
    """Return the columns `OBSERVED`, None when there is nothing to compare."""
    if item.trivial or not (item.types or item.views or item.sequence):
        return None
    sequence = item.sequence if len(item.sequence) <= LONGEST_SEQUENCE else b""
    return (
        id, place, lists, item.member.encode("utf-8", "surrogateescape"), item.size,
        item.content, bytes(TYPE_CODES[name] for name in item.types), item.seals,
        pack_views(item.views), item.preproc, sequence, item.duration_ms,
    )  # fmt: skip


def kept_of(row: Row) -> Kept:
    """Return what the columns `OBSERVED` hold."""
    id, place, lists, member, size, content, types, seals, views, preproc, sequence, ms = row
    item = Observation(
        member=member.decode("utf-8", "surrogateescape"), size=size, content=content,
        types=tuple(_NAMES[code] for code in types), seals=seals, views=unpack_views(views),
        preproc=preproc, sequence=sequence, duration_ms=ms,
    )  # fmt: skip
    return Kept(id, place, lists, item)


def loose(
    sql: Sql, *, after: int = 0, other_than: int | None = None, most: int = BLOCK
) -> list[tuple[int, Kept]]:
    """Return up to ``most`` observations that are in no block yet, numbered above ``after``.

    ``other_than`` leaves out those that have been compared with just so many changes of the lists.
    """
    chosen, values = (" AND lists != ?", [other_than]) if other_than is not None else ("", [])
    rows = sql.rows(
        f"SELECT id, {OBSERVED} FROM observation WHERE id > ? AND {FINISHED}{chosen}"
        " ORDER BY id LIMIT ?",
        (after, *values, most),
    )
    return [(row[0], kept_of(row[1:])) for row in rows]


def compact(sql: Sql) -> int:
    """Pack as many whole blocks as there are rows for; return how many blocks that was."""
    made = 0
    while len(rows := loose(sql, most=BLOCK)) == BLOCK:
        if not _packed(sql, rows):
            break  # another replica did
        made += 1
    if made:
        sql.tidy()
    return made


def forget_unfinished(sql: Sql, now: datetime | None = None) -> None:
    """Forget first pieces of what was never finished, since its process was killed."""
    oldest = first_at((now or datetime.now(UTC)) - _UNFINISHED)
    with sql.writing():
        sql.change(f"DELETE FROM observation WHERE screening_id < ? AND NOT {FINISHED}", (oldest,))


def write_block(sql: Sql, kept: list[Kept]) -> None:
    """Write one block, inside ``writing``."""
    ids = sorted({one.screening for one in kept})
    row = sql.row(
        "INSERT INTO block (first, last, number, lists) VALUES (?, ?, ?, ?) RETURNING id",
        (ids[0], ids[-1], len(kept), min(one.lists for one in kept)),
    )
    assert row is not None
    sql.change_many(
        "INSERT INTO block_column (block_id, name, owners, data) VALUES (?, ?, ?, ?)",
        [
            (row[0], name, owners_to_store(column.owners, len(kept)), column.data)
            for name, column in pack(kept).items()
        ],
    )


def _packed(sql: Sql, rows: list[tuple[int, Kept]]) -> bool:
    numbers = [number for number, _ in rows]
    span = f"FROM observation WHERE {FINISHED} AND id >= ? AND id <= ?"
    with sql.writing():
        there = {row[0] for row in sql.rows(f"SELECT id {span}", (numbers[0], numbers[-1]))}
        if not there >= set(numbers):
            return False
        write_block(sql, [kept for _, kept in rows])
        sql.change_many("DELETE FROM observation WHERE id = ?", [(number,) for number in numbers])
    return True
