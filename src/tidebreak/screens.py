"""The one question of everything that stands in the path of uploads: what to do with this.

Whoever screens (`Screens`) says what was found, why, and what the policy makes of it. Faces and
gates hand in and pass on; they decide nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from tidebreak.model import Level, Signal, State, Verdict
from tidebreak.spool import Spool


class Surface(StrEnum):
    """Where content is: what may be done with it depends on that."""

    PUBLIC = "public"
    HOSTING = "hosting"
    PRIVATE_MESSAGE = "private-message"


class Action(StrEnum):
    """What to do, mildest first. None of them deletes anything."""

    ALLOW = "allow"
    REVIEW = "review"
    """Let it pass or wait, as the platform does, and let a person look at it."""
    QUARANTINE = "quarantine"
    """Keep it where nobody can reach it until a person has decided."""
    BLOCK = "block"
    """Refuse it, and keep what the law says must be kept."""

    @property
    def rank(self) -> int:
        """0 is the mildest."""
        return _ACTION_RANK[self]


_ACTION_RANK = {action: rank for rank, action in enumerate(Action)}


@dataclass(frozen=True, slots=True)
class Origin:
    """Where something comes from, by its caller's word.

    ``jurisdiction`` is what the policy calls one (``EU``, ``GB``), empty for its default.
    ``item`` is the caller's own name for the thing; never an address, never a hash.
    ``client`` is who asked: the name of an API key or of a gate.
    """

    surface: Surface = Surface.PUBLIC
    jurisdiction: str = ""
    item: str = ""
    client: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """What the policy says, by which of its rules, and on what legal basis.

    ``policy`` is the version of the policy. ``holds`` names what made the action milder or kept it
    for a person: ``flood``, ``dispute``, ``sample``. ``why`` is one sentence without identifiers.
    """

    action: Action
    rule: str
    why: str
    legal_basis: str = ""
    policy: str = ""
    holds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that was examined: what was handed in (``member`` is empty) or a member of it."""

    member: str
    size: int
    content: str
    state: State
    verdict: Verdict = field(default_factory=Verdict)
    signals: tuple[Signal, ...] = ()
    reason: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Screened:
    """The answer: kept under ``id`` before anybody is told.

    ``state`` and ``level`` are those of the whole: matched when any part is, else not fully
    examined when any part is. ``version`` is that of the lists, ``at`` is UTC, ISO 8601.
    ``sandbox`` is the level (1 to 4) under which the bytes were read, 0 when there were none.
    ``unexamined`` is how many parts could not be fully examined, stated or not, whatever else was
    found in any of them; what an allow list vouches for is none.
    """

    id: str
    at: str
    origin: Origin
    state: State
    level: Level
    decision: Decision
    parts: tuple[Part, ...]
    version: str
    sandbox: int = 0
    unexamined: int = 0

    @property
    def held_by(self) -> tuple[str, ...]:
        """What keeps it until a person has looked, whatever the action: ``flood``, ``dispute``.

        Or whoever floods an entry could make pass what it knows.
        """
        return tuple(hold for hold in _HELD_BY if hold in self.decision.holds)

    @property
    def fully_examined(self) -> bool:
        """Whether everything in it was looked into."""
        return not self.unexamined and self.state is not State.NOT_FULLY_EXAMINED

    @property
    def untold(self) -> bool:
        """Whether no rule allows what nobody could look into: then it is a failure, no yes."""
        return not self.fully_examined and self.decision.action is not Action.ALLOW

    def may_pass(self, refuse_from: Action = Action.QUARANTINE) -> bool:
        """Whether it may be let through: milder than ``refuse_from``, and neither held nor untold.

        Ask this, not the action alone: a hold or something unexamined can make that milder.
        """
        milder = self.decision.action.rank < refuse_from.rank
        return milder and not self.held_by and not self.untold


_HELD_BY = ("dispute", "flood")
"""Of `Decision.holds`, those that made the action milder until a person has looked."""


class Overloaded(Exception):
    """There is more to do than can be done in time; come back after ``seconds``."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"There is too much to do now; try again in {seconds} s.")
        self.seconds = seconds


class Screens(Protocol):
    """Whoever screens: an installation's own screener, or a service that is asked for it."""

    async def screen(self, content: Spool, origin: Origin) -> Screened:
        """Return what to do with ``content``, which stays the caller's to close.

        Raises `Overloaded`, and `CannotAsk` when nothing can be told: silence is never a yes.
        """
        ...

    async def screen_signals(
        self, items: Sequence[Sequence[Signal]], origin: Origin
    ) -> list[Screened]:
        """Return what to do with each of ``items``, all signals of one of which name one content.

        Raises as `screen` does.
        """
        ...
