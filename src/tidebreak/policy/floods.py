"""Floods: an entry that suddenly matches everything is noticed at once, and by all replicas.

Matches are counted in memory and written every second; what other replicas counted comes back the
same way. A hold begins with the match that is one too many, and ends only by a person's word.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Generator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from tidebreak.errors import TidebreakError
from tidebreak.policy.flood_store import SLOT_SECONDS, Flood, FloodState, FloodStore, Tally
from tidebreak.policy.flooding import EntryName, FloodLimits

_FLUSH_SECONDS = 1.0
_TIDY_SECONDS = 600.0
_MOST_WAITING = 1_000_000

_NOTHING = Tally(0, 0.0)


class FloodWatch:
    """Counts matches by entry (`tidebreak.policy.flooding.Floods`). From several threads.

    ``on_flood`` is called once per flood, by the replica that noticed it first.
    """

    def __init__(
        self,
        store: FloodStore,
        *,
        on_flood: Callable[[Flood], None] = lambda _: None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store, self._on_flood, self._clock = store, on_flood, clock
        self._turn = threading.Lock()
        self._waiting: Counter[tuple[EntryName, int]] = Counter()
        self._limits: dict[EntryName, FloodLimits] = {}
        self._tallies: dict[EntryName, tuple[float, Tally]] = {}
        self._tidied = clock()
        self.problem = ""
        """Why counts could not be written lately; they wait in memory. Empty when they could."""
        self._open = frozenset(flood.name for flood in store.open())
        self._quiet = store.quiet(clock())

    def seen(
        self, entries: Collection[EntryName], limits: Callable[[str], FloodLimits]
    ) -> frozenset[EntryName]:
        """Count one match of each; return those that flood. ``limits`` are those of a list."""
        now = self._clock()
        slot = int(now // SLOT_SECONDS)
        with self._turn:
            for name in entries:
                self._count(name, slot, limits(name[0]), now)
            return self._flooding(entries)

    def flooding(self, entries: Collection[EntryName]) -> frozenset[EntryName]:
        """Return those that flood, counting nothing."""
        with self._turn:
            return self._flooding(entries)

    def flush(self) -> None:
        """Write what was counted and learn what others counted; raises what the store raises.

        What could not be written is kept for the next time.
        """
        now = self._clock()
        with self._turn:
            counts, self._waiting = self._waiting, Counter[tuple[EntryName, int]]()
            wanted, self._limits = self._limits, {}
        try:
            if counts:
                self._store.add(counts)
                counts = Counter[tuple[EntryName, int]]()
            self._learn(wanted, now)
        except BaseException:
            self._keep(counts, wanted)
            raise

    def open(self) -> list[Flood]:
        """Return the floods that wait for a person, the oldest first."""
        return self._store.open()

    def end(self, list: str, entry: str, state: FloodState, who: str) -> None:
        """Note the word of ``who`` on an entry's floods; raise `UsageError` when there is none."""
        self._store.end(list, entry, state, who, self._clock())
        with self._turn:
            for key in [key for key in self._waiting if key[0][:2] == (list, entry)]:
                del self._waiting[key]
        self._follow(self._clock())

    @contextmanager
    def running(self) -> Generator[None]:
        """Write every second meanwhile, and at the end."""
        stopped = threading.Event()
        thread = threading.Thread(target=self._run, args=(stopped,), name="floods", daemon=True)
        thread.start()
        try:
            yield
        finally:
            stopped.set()
            thread.join()
            self._try_to_flush()

    def _run(self, stopped: threading.Event) -> None:
        while not stopped.wait(_FLUSH_SECONDS):
            self._try_to_flush()

    def _try_to_flush(self) -> None:
        try:
            self.flush()
            self.problem = ""
        except TidebreakError as error:
            self.problem = str(error)

    def _count(self, name: EntryName, slot: int, limits: FloodLimits, now: float) -> None:
        if len(self._waiting) < _MOST_WAITING:
            self._waiting[name, slot] += 1
        self._limits[name] = limits
        as_of, tally = self._tallies.get(name, (now, _NOTHING))
        if now - as_of > SLOT_SECONDS:  # too old to say anything about now
            as_of, tally = now, _NOTHING
        tally = replace(tally, recent=tally.recent + 1)
        self._tallies[name] = (as_of, tally)
        if name not in self._quiet and tally.floods(limits):
            self._open |= {name}  # until the store says what all replicas counted

    def _flooding(self, entries: Collection[EntryName]) -> frozenset[EntryName]:
        return frozenset(name for name in entries if name in self._open)

    def _learn(self, wanted: Mapping[EntryName, FloodLimits], now: float) -> None:
        tallies = self._store.tallies(wanted, now)
        for name, tally in tallies.items():
            if name not in self._quiet and tally.floods(wanted[name]):
                self._store.begin(name, tally, now, self._on_flood)
        with self._turn:
            self._tallies |= {name: (now, tally) for name, tally in tallies.items()}
            for name in [n for n, (at, _) in self._tallies.items() if now - at > SLOT_SECONDS]:
                del self._tallies[name]
        self._follow(now)
        if now - self._tidied > _TIDY_SECONDS:
            self._tidied = now
            self._store.forget(now)

    def _follow(self, now: float) -> None:
        open_now = frozenset(flood.name for flood in self._store.open())
        quiet = self._store.quiet(now)
        with self._turn:
            for name in self._open - open_now:  # somebody ended it, perhaps in another process
                self._tallies.pop(name, None)
            self._open, self._quiet = open_now, quiet

    def _keep(
        self, counts: Counter[tuple[EntryName, int]], wanted: Mapping[EntryName, FloodLimits]
    ) -> None:
        with self._turn:
            self._waiting.update(counts)
            self._limits = {**wanted, **self._limits}
