"""With which lists everything was last compared: what there is to do, and since when."""

from __future__ import annotations

import json

import numpy as np

from tidebreak.lists.counting import Listing
from tidebreak.screening.blocks import Block
from tidebreak.screening.observed import FINISHED
from tidebreak.sql import Sql


class Listings:
    """The moments that the store of screenings remembers, and what is not up to date."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    def begin(self, now: Listing) -> None:
        """Remember ``now`` where nothing is remembered yet: what came before is no news."""
        with self._sql.writing():
            if self._sql.row("SELECT 1 FROM listing") is None:
                self._keep(now)

    def stale(self, changes: int) -> int:
        """Return how many blocks, and observations in none, other lists were compared with."""
        row = self._sql.row(
            "SELECT (SELECT count(*) FROM block WHERE lists != ?)"
            f" + (SELECT count(*) FROM observation WHERE lists != ? AND {FINISHED})",
            (changes, changes),
        )
        return row[0] if row else 0

    def before(self, now: Listing) -> Listing | None:
        """Return the newest moment with which everything has been compared at least.

        None when there is none, or when the lists are older than that: they were restored.
        """
        oldest = self._oldest(now)
        row = self._sql.row(
            "SELECT lists, covers, counting, withdrawn, softened FROM listing"
            " WHERE lists <= ? ORDER BY lists DESC LIMIT 1",
            (oldest,),
        )
        ahead = self._sql.row("SELECT 1 FROM listing WHERE lists > ?", (now.changes,))
        if row is None or ahead is not None:
            return None
        lists = {int(id): how for id, how in json.loads(row[2]).items()}
        return Listing(row[0], row[1], lists, np.frombuffer(row[3], np.uint32), row[4])

    def blocks(self, now: Listing, *, after: int, most: int, every: bool) -> list[Block]:
        """Return up to ``most`` blocks numbered above ``after`` that are not up to date."""
        chosen, values = ("", []) if every else (" AND lists != ?", [now.changes])
        rows = self._sql.rows(
            f"SELECT id, number FROM block WHERE id > ?{chosen} ORDER BY id LIMIT ?",
            (after, *values, most),
        )
        return [Block(self._sql, id, number) for id, number in rows]

    def observations(self, now: Listing, *, every: bool) -> int:
        """Return how many observations a pass will compare."""
        chosen, values = ("1 = 1", ()) if every else ("lists != ?", (now.changes, now.changes))
        row = self._sql.row(
            f"SELECT (SELECT coalesce(sum(number), 0) FROM block WHERE {chosen})"
            f" + (SELECT count(*) FROM observation WHERE {chosen} AND {FINISHED})",
            values,
        )
        return row[0] if row else 0

    def settle(self, before: Listing | None, now: Listing) -> None:
        """Note that what counts is the same at both moments: nothing needs to be compared."""
        since = before.changes if before else 0
        with self._sql.writing():
            for table in ("block", "observation"):
                self._sql.change(
                    f"UPDATE {table} SET lists = ? WHERE lists >= ? AND lists < ?",
                    (now.changes, since, now.changes),
                )

    def reached(self, now: Listing) -> None:
        """Remember ``now``, and forget moments that nothing depends on any more."""
        with self._sql.writing():
            oldest = self._oldest(now)
            self._sql.change("DELETE FROM listing WHERE lists >= ?", (now.changes,))
            self._keep(now)
            self._sql.change(
                "DELETE FROM listing WHERE lists <"
                " (SELECT max(lists) FROM listing WHERE lists <= ?)",
                (oldest,),
            )

    def _oldest(self, now: Listing) -> int:
        row = self._sql.row("SELECT min(lists) FROM block")
        other = self._sql.row("SELECT min(lists) FROM observation")
        known = [found[0] for found in (row, other) if found and found[0] is not None]
        return min([*known, now.changes])

    def _keep(self, now: Listing) -> None:
        self._sql.change(
            "INSERT INTO listing (lists, covers, counting, withdrawn, softened)"
            " VALUES (?, ?, ?, ?, ?)",
            (
                now.changes,
                now.covers,
                json.dumps(now.lists),
                now.taken_back.tobytes(),
                now.softened,
            ),
        )
