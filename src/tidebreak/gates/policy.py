"""What a gate does: on a hit, when nobody can tell, and with files that no question reaches.

A policy is stated by the operator and shown by the gate. Its defaults are closed: what is known
is refused, and what cannot be told waits. No policy deletes anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class OnHit(StrEnum):
    """What to do with what is known."""

    REFUSE = "refuse"
    HOLD = "hold"
    """Keep it still until a person has decided."""
    REPORT = "report"
    """Let it pass, and say so: for a trial, or where evidence must be preserved first."""


class OnFailure(StrEnum):
    """What to do when nobody can tell: no answer, or nothing that can be read."""

    CLOSED = "closed"
    OPEN = "open"


class OnUnjudged(StrEnum):
    """What to do with a torrent of which some files cannot be told by their metainfo."""

    ALLOW = "allow"
    HOLD = "hold"


class Action(StrEnum):
    """What to do now."""

    ALLOW = "allow"
    REFUSE = "refuse"
    HOLD = "hold"


@dataclass(frozen=True, slots=True)
class Unjudged:
    """A file that could not be told, and why; ``number`` counts from 1, 0 is all of them."""

    number: int
    path: str
    why: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do, and why in one sentence that names no identifier and no part.

    ``known`` is None when that could not be told. ``version`` is that of the lists asked.
    """

    action: Action
    known: bool | None
    why: str
    version: str = ""
    unjudged: tuple[Unjudged, ...] = ()


KNOWN = "something in it is known"
DOUBTED = "something in it may be known, by weak digests alone; a person must look"
CLAIMED = "its author claims that a known file is in it; a person must look"
CLEAR = "nothing that could be asked about is known"
PARTLY = "nothing that could be asked about is known, and some files could not be asked about"


@dataclass(frozen=True, slots=True)
class Policy:
    """The operator's choice; each value is a setting of the same name."""

    on_hit: OnHit = OnHit.REFUSE
    on_failure: OnFailure = OnFailure.CLOSED
    on_unjudged: OnUnjudged = OnUnjudged.ALLOW

    @property
    def in_words(self) -> str:
        """The policy as the operator stated it."""
        return f"on-hit={self.on_hit}, on-failure={self.on_failure}, on-unjudged={self.on_unjudged}"

    def hit(self, version: str) -> Decision:
        """Decide on what is known."""
        if self.on_hit is OnHit.REPORT:
            return Decision(Action.ALLOW, True, f"{KNOWN}; this gate only reports", version)
        return Decision(Action(self.on_hit.value), True, KNOWN, version)

    def doubted(self, version: str) -> Decision:
        """Decide on what collisions could imitate: for review, never a refusal."""
        return self._reviewed(True, DOUBTED, version)

    def claimed(self, version: str) -> Decision:
        """Decide on what an author claims and nothing binds: for review, never a refusal."""
        return self._reviewed(False, CLAIMED, version)

    def _reviewed(self, known: bool, why: str, version: str) -> Decision:
        if self.on_hit is OnHit.REPORT:
            return Decision(Action.ALLOW, known, f"{why}; this gate only reports", version)
        return Decision(Action.HOLD, known, why, version)

    def clear(self, version: str, unjudged: tuple[Unjudged, ...] = ()) -> Decision:
        """Decide on what is not known, as far as could be asked."""
        if not unjudged:
            return Decision(Action.ALLOW, False, CLEAR, version)
        action = Action(self.on_unjudged.value)
        return Decision(action, False, PARTLY, version, unjudged)

    def failure(self, why: str, version: str = "") -> Decision:
        """Decide when it cannot be told, because of ``why``."""
        if self.on_failure is OnFailure.OPEN:
            return Decision(
                Action.ALLOW, None, f"it could not be told ({why}); let through", version
            )
        return Decision(Action.HOLD, None, f"it could not be told ({why})", version)
