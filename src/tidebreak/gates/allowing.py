"""Allow mode's two jobs: let a tracker serve what is clear, and look again at what it serves.

What was clear may become known when the lists change. A tracker that is asked nobody goes on
serving it until it is looked at again: `recheck`, which an operator runs every night.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tidebreak.errors import TidebreakError
from tidebreak.gates.events import EventKind, event
from tidebreak.gates.gate import Gate
from tidebreak.gates.policy import Action, Decision
from tidebreak.gates.trackers import Allowed, tracker_ids
from tidebreak.links.reference import Kind, Reference
from tidebreak.model import Signal
from tidebreak.signals import signal_type

_AT_ONCE = 1000


def allow(gate: Gate, allowed: Allowed, data: bytes, place: str = "") -> Decision:
    """Judge the bytes of a torrent, and let the tracker serve it if it may pass.

    Where the tracker cannot be told, or could not know it, the decision is to hold it after all.
    """
    decision, reference = gate.judge_metainfo(data, place)
    if decision.action is not Action.ALLOW:
        return decision
    ids = tracker_ids(reference) if reference else []
    if not ids:
        return _held(decision, "no torrent can be read from it that a tracker could serve")
    try:
        allowed.add(ids)
    except TidebreakError as error:
        gate.tell(event(EventKind.WARNING, str(error)))
        return _held(decision, f"the tracker could not be told to allow it: {error}")
    return decision


def _held(decision: Decision, why: str) -> Decision:
    return Decision(Action.HOLD, decision.known, why, decision.version)


@dataclass(frozen=True, slots=True)
class Rechecked:
    """How many allowed torrents (20-byte ids) were asked about, and what was found."""

    asked: int
    known: int
    untold: int
    removed: int

    @property
    def in_words(self) -> str:
        """All counts in one line."""
        return (
            f"of {self.asked:,} allowed, {self.known:,} are known and {self.untold:,} could not be"
            f" told; {self.removed:,} are allowed no longer"
        )


def recheck(gate: Gate, allowed: Allowed, *, drop_untold: bool = False) -> Rechecked:
    """Ask anew about all that is allowed, and allow what is known no longer; nothing else goes.

    What nobody can tell about now was clear once: it stays, unless ``drop_untold``. Raises
    `TidebreakError` when the tracker's list cannot be changed.
    """
    ids = allowed.ids()
    known = untold = 0
    gone: list[bytes] = []
    for begin in range(0, len(ids), _AT_ONCE):
        batch = ids[begin : begin + _AT_ONCE]
        for each, decision in zip(batch, _judged(gate, batch), strict=True):
            known += decision.known is True
            untold += decision.known is None
            may_stay = decision.action is Action.ALLOW
            if not may_stay and (decision.known or drop_untold):
                gone.append(each)
    found = Rechecked(len(ids), known, untold, len(gone))
    gate.tell(event(EventKind.RECHECKED, found.in_words))
    try:
        allowed.remove(gone)
    except TidebreakError as error:
        gate.tell(event(EventKind.WARNING, str(error)))
        raise
    return found


def _judged(gate: Gate, ids: Sequence[bytes]) -> list[Decision]:
    kind = signal_type("btih")
    whole = [Reference(Kind.MAGNET, (Signal(kind, each),)) for each in ids]
    return gate.judge(whole, early=True)
