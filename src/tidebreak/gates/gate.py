"""A gate: reads what it is handed, asks, decides by its policy, counts, and tells its operator."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace

from tidebreak import links
from tidebreak.asking import Answer, Asker
from tidebreak.errors import BadLink, CannotAsk
from tidebreak.gates.events import Event, EventKind, OnEvent, event
from tidebreak.gates.metainfo import judge
from tidebreak.gates.policy import Action, Decision, OnFailure, OnUnjudged, Policy
from tidebreak.gates.recent import Recent
from tidebreak.gates.status import Change, Status
from tidebreak.links.reference import Kind, Reference
from tidebreak.model import Signal
from tidebreak.signals import signal_type

MOST_BYTES = 64 << 20
"""Of one torrent; larger ones could not be told."""


class Gate:
    """What all adapters share.

    ``on_event`` is told what the operator should see. ``on_metainfo`` is handed the metainfo of
    a torrent with something known in it, so that its infohash becomes known to places that see
    only that. Whoever answers may block, and gets one question at a time: a gate may be used
    from several threads.
    """

    def __init__(
        self,
        asker: Asker,
        policy: Policy | None = None,
        on_event: OnEvent = lambda _: None,
        on_metainfo: Callable[[bytes], object] | None = None,
    ) -> None:
        self.policy = policy or Policy()
        self.status = Status(self.policy)
        self._on_event = on_event
        self._turn = threading.RLock()
        self._asker = _Watched(asker, self._turn, self._answered)
        self._announces = Recent(self._asker)
        self._on_metainfo = on_metainfo

    def tell(self, event: Event) -> None:
        """Tell the operator; never while another question or event is under way."""
        with self._turn:
            self._on_event(event)

    def judge(self, references: Sequence[Reference], *, early: bool = False) -> list[Decision]:
        """Return one decision per reference; never raises for want of an answer.

        ``early``: no file can be named yet, or ever here, so that this is no reason to hold.
        """
        return self._judged(references, self._asker, early=early)

    def judge_metainfo(
        self, data: bytes, place: str = "", *, again: bool = False
    ) -> tuple[Decision, Reference | None]:
        """Decide on the bytes of a torrent or Metalink file and tell what is not simply clear.

        Returns what was read, too, None when nothing can be. ``place`` is what the operator's
        software calls it; ``again`` as in `tell_of`.
        """
        decision, reference = self._read_metainfo(data)
        if decision.known and self._on_metainfo is not None:
            self._pass_on(data)
        self.tell_of(decision, place, again=again)
        return decision, reference

    def judge_links(self, texts: Sequence[str], *, early: bool = False) -> list[Decision]:
        """Decide on links or bare identifiers, one each, in order; ``early`` as in `judge`."""
        read = [_read(text) for text in texts]
        references = [each for each in read if isinstance(each, Reference)]
        given = iter(self.judge(references, early=early))
        return [next(given) if isinstance(each, Reference) else self.untold(each) for each in read]

    def judge_infohashes(self, values: Sequence[Sequence[bytes]]) -> list[Decision]:
        """Decide on what announces name: 20 bytes, a version 1 or a cut version 2 infohash.

        Each item may have several readings of one announce; it is known when one of them is.
        An answer counts for half a minute (`tidebreak.gates.recent`).
        """
        kind = signal_type("btih")
        signals = [tuple(Signal(kind, value) for value in readings) for readings in values]
        references = [Reference(Kind.MAGNET, each) for each in signals]
        with self._turn:
            return self._judged(references, self._announces, early=True)

    def untold(self, why: str) -> Decision:
        """Decide on what could not be told, because of ``why``, and count it."""
        decision = self.policy.failure(why)
        self.status.count(decision)
        return decision

    def tell_of(self, decision: Decision, place: str = "", *, again: bool = False) -> None:
        """Tell the operator of a decision that is not simply clear.

        ``again``: it could not be told the last time either, which needs no second event.
        """
        kind = _kind_of(decision)
        if kind is not None and not (again and decision.known is None):
            self.tell(event(kind, decision.why, place, decision.action, decision.version))

    def _judged(
        self, references: Sequence[Reference], asker: Asker, *, early: bool
    ) -> list[Decision]:
        policy = replace(self.policy, on_unjudged=OnUnjudged.ALLOW) if early else self.policy
        decisions = judge(references, asker, policy)
        for decision in decisions:
            self.status.count(decision)
        return decisions

    def _read_metainfo(self, data: bytes) -> tuple[Decision, Reference | None]:
        if len(data) > MOST_BYTES:
            return self.untold(f"it is larger than {MOST_BYTES >> 20} MiB"), None
        try:
            reference = links.read_file(data)
        except BadLink as error:
            return self.untold(str(error)), None
        return self.judge([reference])[0], reference

    def _pass_on(self, data: bytes) -> None:
        assert self._on_metainfo is not None
        try:
            with self._turn:
                self._on_metainfo(data)
        except Exception as error:  # the decision stands, whatever becomes of what follows
            why = f"a known torrent's infohash was not passed on ({type(error).__name__})"
            self.tell(event(EventKind.WARNING, why))

    def late(self) -> Decision:
        """Decide on what nobody answered in time; the gate is failing until an answer comes."""
        why = "no answer came in time"
        change = self.status.answered(why)
        if change is not None:
            # Whoever is being asked holds the turn: the event may wait for it, its teller may not.
            threading.Thread(target=self._changed, args=(change,), daemon=True).start()
        return self.untold(why)

    def _answered(self, why_not: str) -> None:
        change = self.status.answered(why_not)
        if change is not None:
            self._changed(change)

    def _changed(self, change: Change) -> None:
        if not change.failing:
            self.tell(event(EventKind.RECOVERED))
            return
        closed = self.policy.on_failure is OnFailure.CLOSED
        meanwhile = "nothing new is let through" if closed else "everything is let through"
        self.tell(event(EventKind.FAILING, f"{change.why}; {meanwhile} until answers come"))


class _Watched:
    """An asker whose failures are noticed."""

    def __init__(
        self, asker: Asker, turn: threading.RLock, answered: Callable[[str], None]
    ) -> None:
        self._asker, self._turn, self._answered = asker, turn, answered

    def ask(self, items: Sequence[Sequence[Signal]]) -> list[Answer]:
        try:
            with self._turn:
                answers = self._asker.ask(items)
        except CannotAsk as error:
            self._answered(str(error) or "no answer")
            raise
        except Exception as error:
            self._answered(type(error).__name__)
            raise
        self._answered("")
        return answers


def _read(text: str) -> Reference | str:
    try:
        return links.read(text)
    except BadLink as error:
        return str(error)


def _kind_of(decision: Decision) -> EventKind | None:
    if decision.known:
        return EventKind.HIT
    if decision.action is not Action.ALLOW:
        return EventKind.HELD
    return EventKind.LET_THROUGH if decision.known is None else None
