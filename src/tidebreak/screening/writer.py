"""One thread that writes down what was decided: all that waits goes into one transaction.

Whoever waits is told when it is safe on the disk, or that it is not.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from tidebreak.errors import CannotAsk, TidebreakError
from tidebreak.screening.observed import OBSERVED
from tidebreak.screening.rows import COLUMNS, Row
from tidebreak.sql import Sql

_MOST_AT_ONCE = 256

_SCREENING = f"INSERT INTO screening ({COLUMNS}) VALUES ({', '.join('?' * 20)})"
_OBSERVATION = f"INSERT INTO observation ({OBSERVED}) VALUES ({', '.join('?' * 12)})"
_TOLD = "INSERT INTO told (screening_id, part, pair) VALUES (?, ?, ?)"
_TALLY = (
    "INSERT INTO tally (hour, client, surface, state, level, action, number)"
    " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (hour, client, surface, state, level, action)"
    " DO UPDATE SET number = tally.number + excluded.number"
)


class NotKept(CannotAsk):
    """What was found could not be written down, so nothing was decided."""


@dataclass(frozen=True, slots=True)
class Written:
    """The rows of some screenings, or of a first piece of one: all or none of them are kept."""

    screenings: tuple[Row, ...] = ()
    told: tuple[Row, ...] = ()
    observations: tuple[Row, ...] = ()
    matched: tuple[int, ...] = ()
    loose: tuple[int, ...] = ()
    lists: int = 0
    """Blocks, and observations in none, that have been compared with those lists thereby."""


@dataclass(slots=True)
class _Waiting:
    written: tuple[Written, ...]
    done: Future[None] = field(default_factory=Future[None])


class Writer:
    """Writes to the store of screenings. Start it with `start`, end it with `stop`."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="screenings", daemon=True)
        self.failure = ""
        """Why the last attempt to write failed, empty when it did not."""

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def stop(self) -> None:
        """Write what waits, then no more."""
        self._queue.put(None)
        self._thread.join()

    async def keep(self, *written: Written) -> None:
        """Write ``written`` and return when it is kept. Raises `NotKept`.

        Whoever is cancelled meanwhile leaves it written or not, but whole.
        """
        if written:
            await asyncio.wrap_future(self._put(written))

    def keep_now(self, *written: Written) -> None:
        """Do the same from a thread that may wait."""
        if written:
            self._put(written).result()

    def _put(self, written: tuple[Written, ...]) -> Future[None]:
        waiting = _Waiting(written)
        self._queue.put(waiting)
        return waiting.done

    def _run(self) -> None:
        more = True
        while more:
            batch, more = self._taken()
            if batch:
                self._write(batch)

    def _taken(self) -> tuple[list[_Waiting], bool]:
        batch: list[_Waiting] = []
        first = self._queue.get()
        while first is not None:
            # Running, so that nobody can cancel what is being written.
            if first.done.set_running_or_notify_cancel():
                batch.append(first)
            if len(batch) >= _MOST_AT_ONCE:
                return batch, True
            try:
                first = self._queue.get_nowait()
            except queue.Empty:
                return batch, True
        return batch, False

    def _write(self, batch: Sequence[_Waiting]) -> None:
        try:
            self._write_rows([one for waiting in batch for one in waiting.written])
        except Exception as error:
            if len(batch) > 1:  # one that cannot be written must not cost the others theirs
                for waiting in batch:
                    self._write([waiting])
                return
            self.failure = str(error) if isinstance(error, TidebreakError) else type(error).__name__
            _settle(batch, NotKept(f"The outcome could not be written down: {self.failure}"))
        else:
            self.failure = ""
            _settle(batch, None)

    def _write_rows(self, written: Iterable[Written]) -> None:
        written = list(written)
        screenings = [row for one in written for row in one.screenings]
        with self._sql.writing():
            self._sql.change_many(_SCREENING, screenings)
            self._sql.change_many(_TOLD, [row for one in written for row in one.told])
            self._sql.change_many(_OBSERVATION, [r for one in written for r in one.observations])
            self._sql.change_many(_TALLY, _tallied(screenings))
            for table in ("block", "observation"):
                self._sql.change_many(
                    f"UPDATE {table} SET lists = ? WHERE id = ?",
                    [
                        (one.lists, id)
                        for one in written
                        for id in (one.matched if table == "block" else one.loose)
                    ],
                )


def _tallied(rows: Iterable[Row]) -> list[Row]:
    counts = Counter(
        (row[1][:13], row[2], row[3], row[6], row[7], row[8]) for row in rows
    )  # hour, client, surface, state, level, action
    return [(*key, number) for key, number in sorted(counts.items())]


def _settle(batch: Sequence[_Waiting], error: NotKept | None) -> None:
    for waiting in batch:
        with contextlib.suppress(Exception):
            if error is None:
                waiting.done.set_result(None)
            else:
                waiting.done.set_exception(error)
