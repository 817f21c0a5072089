"""What a service does to its store of screenings beside its work: pack, and match again.

One thread of low priority, with connections of its own.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Collection
from concurrent.futures import Future
from dataclasses import dataclass, field

from tidebreak.errors import Busy, TidebreakError
from tidebreak.screening.lease import Lease
from tidebreak.screening.observed import compact, forget_unfinished
from tidebreak.screening.retroactive import Rematch, RematchProgress, RematchResult
from tidebreak.sql import Sql

_TICK_SECONDS = 1.0
_HOUR, _LOOK = 3600, 10
"""Ticks between two clean-ups, and between two looks at what is not up to date."""
_NICENESS = 10


@dataclass(slots=True)
class _Order:
    names: tuple[str, ...]
    done: Future[RematchResult] = field(default_factory=Future[RematchResult])


class Upkeep:
    """The thread. Start it with `start`, end it with `stop`.

    ``version`` says which lists are in place: when that changes, everything is matched again.
    ``automatic`` switches that off.
    """

    def __init__(
        self, sql: Sql, rematch: Rematch, version: Callable[[], str], *, automatic: bool = True
    ) -> None:
        self._sql, self._rematch, self._version = sql, rematch, version
        self._automatic = automatic
        self._lease = Lease(sql, "rematch")
        self._seen = ""
        self._orders: list[_Order] = []
        self._some, self._stopping = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="upkeep", daemon=True)
        self.progress: RematchProgress | None = None
        """How far a pass is that is under way, None when there is none."""
        self.last: RematchResult | None = None
        self.failure = ""
        """Why the last attempt failed, empty when it did not."""

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after what is under way, which is given up at the next group of blocks."""
        self._stopping.set()
        self._some.set()
        self._thread.join()
        for order in self._orders:
            order.done.set_exception(Busy("The service is being stopped."))

    def rematch(self, names: Collection[str] = ()) -> Future[RematchResult]:
        """Match again soon; with ``names`` against the whole of those lists."""
        order = _Order(tuple(names))
        self._orders.append(order)
        self._some.set()
        return order.done

    def _run(self) -> None:
        with contextlib.suppress(OSError):  # of this thread alone (setpriority(2), notes)
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
        tick = 0
        while not self._stopping.is_set():
            try:
                if tick % _HOUR == 0:
                    forget_unfinished(self._sql)
                compact(self._sql)
                self._match_again(look=tick % _LOOK == 0)
                self.failure = ""
            except _GivenUp:
                return
            except Busy:  # another replica does it
                pass
            except Exception as error:
                known = isinstance(error, TidebreakError)
                self.failure = str(error) if known else type(error).__name__
            self.progress = None
            tick += 1
            self._some.wait(_TICK_SECONDS)
            self._some.clear()

    def _match_again(self, *, look: bool) -> None:
        while self._orders:
            order = self._orders.pop(0)
            try:
                order.done.set_result(self._pass(order.names))
            except Exception as error:
                order.done.set_exception(error)
        version = self._version()
        # What was judged by older lists may be written long after they changed: look at times.
        if self._automatic and (look or version != self._seen):
            if self._rematch.outstanding:
                self._pass(())
            self._seen = version

    def _pass(self, names: Collection[str]) -> RematchResult:
        with self._lease.held():
            self.last = self._rematch.run(names, self._on_progress)
        return self.last

    def _on_progress(self, progress: RematchProgress) -> None:
        self.progress = progress
        self._lease.renew()
        if self._stopping.is_set():
            raise _GivenUp


class _GivenUp(Exception):
    """The service is being stopped; the next start goes on."""
