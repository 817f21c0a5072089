"""What only one process may do at a time, of all that share a store."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

from tidebreak.errors import Busy
from tidebreak.sql import Sql

SECONDS = 120.0
"""After so long without a sign of life another may take over."""


class Lease:
    """The right to do ``name``, for as long as it is renewed; times are in seconds since 1970."""

    def __init__(self, sql: Sql, name: str, clock: Callable[[], float] = time.time) -> None:
        self._sql, self._name, self._clock = sql, name, clock
        self._holder = os.urandom(8).hex()

    @contextmanager
    def held(self) -> Generator[None]:
        """Hold it. Raises `Busy` while another does."""
        if not self.renew():
            raise Busy("Another process is doing that already; wait until it has finished.")
        try:
            yield
        finally:
            with self._sql.writing():
                self._sql.change(
                    "DELETE FROM lease WHERE name = ? AND holder = ?", (self._name, self._holder)
                )

    def renew(self) -> bool:
        """Hold it for another `SECONDS`; False when another holds it."""
        now = self._clock()
        with self._sql.writing():
            row = self._sql.row("SELECT holder, until FROM lease WHERE name = ?", (self._name,))
            if row is not None and row[0] != self._holder and row[1] > now:
                return False
            self._sql.change(
                "INSERT INTO lease (name, holder, until) VALUES (?, ?, ?) ON CONFLICT (name)"
                " DO UPDATE SET holder = excluded.holder, until = excluded.until",
                (self._name, self._holder, now + SECONDS),
            )
        return True
