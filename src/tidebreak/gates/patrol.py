"""A gate beside a torrent client that is steered over its own interface.

The client is set to add torrents stopped. The patrol looks at it every few seconds, judges what is
new, starts what is clear and marks it, and leaves what is not stopped and marked, with no file
wanted, so that starting it between two looks brings nothing. Marks are tags or labels that the
client's user sees and may change: ``tidebreak-released`` is a person's word that a held torrent may
run. Nothing is ever removed.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from tidebreak.errors import TidebreakError
from tidebreak.gates.events import EventKind, event
from tidebreak.gates.gate import Gate
from tidebreak.gates.policy import Action, Decision
from tidebreak.links.reference import Kind, Reference
from tidebreak.model import Signal

AGAIN = 30.0
"""Seconds until what could not be told is asked about again."""


class Mark(StrEnum):
    """What the patrol writes on a torrent in the client."""

    CHECKED = "tidebreak-checked"
    HELD = "tidebreak-held"
    RELEASED = "tidebreak-released"
    """Written by a person: leave this one alone."""


@dataclass(frozen=True, slots=True)
class Torrent:
    """A torrent as the client has it. ``ready``: it has its metadata; ``busy``: look later."""

    id: str
    signals: tuple[Signal, ...]
    running: bool
    ready: bool
    busy: bool = False
    marks: frozenset[str] = frozenset()


class CannotSeek(TidebreakError):
    """The client cannot fetch a magnet's metadata without its content."""


class Client(Protocol):
    """A torrent client over its interface; all raise `TidebreakError` when it does not answer."""

    def prepare(self, change: bool) -> list[str]:
        """Make new torrents wait, if it may ``change`` that; return what is not as it should be."""
        ...

    def torrents(self) -> list[Torrent]:
        """Return all torrents."""
        ...

    def metainfo(self, torrent: Torrent) -> bytes:
        """Return a torrent's metainfo; raises `TidebreakError` when it cannot be had."""
        ...

    def seek(self, torrent: Torrent) -> None:
        """Let a magnet fetch its metadata and nothing else; raises `CannotSeek`."""
        ...

    def start(self, torrent: Torrent) -> None:
        """Let a torrent run."""
        ...

    def stop(self, torrent: Torrent) -> None:
        """Stop a torrent; its data stays."""
        ...

    def hold(self, torrent: Torrent) -> None:
        """Stop a torrent, want none of its files, and mark it as held; its data stays."""
        ...

    def release(self, torrent: Torrent) -> None:
        """Want the files of a held torrent again, and take that mark off."""
        ...

    def mark_checked(self, torrent: Torrent) -> None:
        """Mark a torrent as checked."""
        ...


class Patrol:
    """Judges the torrents of one client; ``recheck`` is after how many seconds again."""

    def __init__(
        self,
        client: Client,
        gate: Gate,
        *,
        recheck: float = 86_400.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client, self._gate = client, gate
        self._recheck, self._clock = recheck, clock
        self._due: dict[str, float] = {}
        self._sought: set[str] = set()
        self._overruled: set[str] = set()
        self._untold: set[str] = set()
        self._first = True

    def run(self, stopped: threading.Event, *, every: float, prepare: bool) -> None:
        """Look at the client every so many seconds until ``stopped``; ``every`` 0 is once.

        A client that falls silent is waited for: that, and that it came back, is told. Raises
        `TidebreakError` when it does not answer at the start, or to the one look.
        """
        self.prepare(prepare)
        silent = False
        while not stopped.is_set():
            try:
                self.round()
            except TidebreakError as error:
                if not every:
                    raise
                if not silent:
                    self._gate.tell(event(EventKind.WARNING, str(error)))
                silent = True
            else:
                if silent:
                    self._gate.tell(event(EventKind.RECOVERED, "the client answers again"))
                silent = False
            if not every:
                return
            stopped.wait(every)

    def prepare(self, change: bool) -> None:
        """Make new torrents wait where ``change`` allows it; tell what is not as it should be."""
        for why in self._client.prepare(change):
            self._gate.tell(event(EventKind.WARNING, why))

    def round(self) -> None:
        """Look at every torrent once; raises `TidebreakError` when the client does not answer."""
        torrents = self._client.torrents()
        # A client in which nothing is marked had no gate before: what is there is judged, and
        # runs, or not, as its user left it.
        adopting = self._first and not any(each.marks & set(Mark) for each in torrents)
        for torrent in torrents:
            self._look_at(torrent, adopting)
        self._first = False
        there = {torrent.id for torrent in torrents}
        self._due = {key: due for key, due in self._due.items() if key in there}
        self._sought &= there
        self._untold &= there
        self._overruled = {each.id for each in torrents if Mark.RELEASED in each.marks}

    def _look_at(self, torrent: Torrent, adopting: bool) -> None:
        if Mark.RELEASED in torrent.marks:
            self._leave_alone(torrent)
            return
        if Mark.HELD in torrent.marks:
            if torrent.running:
                self._client.stop(torrent)
            return
        if torrent.busy:
            return
        fresh = Mark.CHECKED not in torrent.marks
        if fresh and torrent.ready and torrent.running and not adopting:
            self._client.stop(torrent)
        if self._due.get(torrent.id, 0.0) <= self._clock():
            self._judge(torrent, fresh, adopting)

    def _leave_alone(self, torrent: Torrent) -> None:
        held = Mark.HELD in torrent.marks
        # What was released before this patrol came, and is held no more, was told of then.
        if torrent.id not in self._overruled and (held or not self._first):
            self._overruled.add(torrent.id)
            self._gate.tell(event(EventKind.OVERRULED, "a person released it"))
        if held:
            self._client.release(torrent)

    def _judge(self, torrent: Torrent, fresh: bool, adopting: bool) -> None:
        [decision] = self._gate.judge([Reference(Kind.MAGNET, torrent.signals)], early=True)
        if decision.action is not Action.ALLOW:
            self._tell_of(torrent, decision)
        elif torrent.ready:
            decision = self._by_metainfo(torrent)
        else:
            if fresh and not adopting:
                self._seek(torrent)
            return
        if decision.known is None:
            self._untold.add(torrent.id)
        else:
            self._untold.discard(torrent.id)
        if decision.action is Action.ALLOW:
            self._pass(torrent, fresh, adopting)
        else:
            self._keep_back(torrent, decision, fresh)

    def _by_metainfo(self, torrent: Torrent) -> Decision:
        try:
            data = self._client.metainfo(torrent)
        except TidebreakError as error:
            decision = self._gate.untold(str(error))
            self._tell_of(torrent, decision)
            return decision
        return self._gate.judge_metainfo(data, again=torrent.id in self._untold)[0]

    def _tell_of(self, torrent: Torrent, decision: Decision) -> None:
        self._gate.tell_of(decision, again=torrent.id in self._untold)

    def _seek(self, torrent: Torrent) -> None:
        if torrent.id in self._sought:
            return
        try:
            self._client.seek(torrent)
        except CannotSeek as error:
            decision = Decision(Action.HOLD, None, str(error))
            self._gate.tell_of(decision)
            self._client.hold(torrent)
        self._sought.add(torrent.id)

    def _pass(self, torrent: Torrent, fresh: bool, adopting: bool) -> None:
        self._due[torrent.id] = self._clock() + self._recheck
        if not fresh:
            return
        self._client.mark_checked(torrent)
        if not adopting:
            self._client.start(torrent)
            self._gate.tell(event(EventKind.RELEASED))

    def _keep_back(self, torrent: Torrent, decision: Decision, fresh: bool) -> None:
        self._due[torrent.id] = self._clock() + AGAIN
        if decision.known is None and not fresh:
            return  # it was clear; that nobody can tell now is told, and it is asked about again
        if decision.known is None:
            self._client.stop(torrent)
        else:
            self._client.hold(torrent)
