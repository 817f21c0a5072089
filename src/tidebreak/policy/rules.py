"""Rules: conditions on what was found and where, and what to do when all of them hold."""

from __future__ import annotations

from dataclasses import dataclass, field

from tidebreak.model import Level, ListKind, State
from tidebreak.policy.case import Case, Fact
from tidebreak.policy.places import lineage
from tidebreak.screens import Action, Surface

_FOUND = frozenset({State.MATCHED})
_FOUND_OR_CLEAR = frozenset({State.MATCHED, State.CLEAR})


@dataclass(frozen=True, slots=True)
class Place:
    """Where a case is from, as rules ask about it."""

    surface: Surface
    jurisdictions: tuple[str, ...]
    retroactive: bool = False

    @classmethod
    def of(cls, case: Case) -> Place:
        """Return where ``case`` is from."""
        return cls(case.origin.surface, lineage(case.origin.jurisdiction), case.retroactive)


@dataclass(frozen=True, slots=True)
class When:
    """Conditions, all of which must hold; an empty one always does, but for ``state``.

    Without ``state``, only what was found counts, and what is clear where ``level`` names a level
    of that. So only who names it reaches what was not fully examined.
    """

    surface: frozenset[Surface] = frozenset()
    jurisdiction: frozenset[str] = frozenset()
    list: frozenset[str] = frozenset()
    kind: frozenset[ListKind] = frozenset()
    level: frozenset[Level] = frozenset()
    classification: frozenset[str] = frozenset()
    scheme: frozenset[str] = frozenset()
    state: frozenset[State] = frozenset()
    disputed: bool | None = None
    retroactive: bool | None = None

    states: frozenset[State] = field(init=False, repr=False, compare=False)
    """The states about which these conditions speak."""

    def __post_init__(self) -> None:
        found = _FOUND if all(level.found for level in self.level) else _FOUND_OR_CLEAR
        object.__setattr__(self, "states", self.state or found)

    def at(self, place: Place) -> bool:
        """Whether they hold for everything that is from there, as far as they speak of it."""
        return (
            (not self.surface or place.surface in self.surface)
            and (not self.jurisdiction or not self.jurisdiction.isdisjoint(place.jurisdictions))
            and (self.retroactive is None or self.retroactive == place.retroactive)
        )

    def of(self, fact: Fact) -> bool:
        """Whether they hold for a fact, as far as they speak of it."""
        return (
            fact.state in self.states
            and (not self.level or fact.level in self.level)
            and (not self.kind or fact.kind in self.kind)
            and (not self.list or fact.list in self.list)
            and (not self.classification or fact.classification in self.classification)
            and (not self.scheme or fact.scheme in self.scheme)
            and (self.disputed is None or self.disputed == fact.disputed)
        )


@dataclass(frozen=True, slots=True)
class Rule:
    """What to do when the conditions hold; the first rule that speaks of a fact decides it.

    ``legal_basis`` takes the place of the surface's. ``why`` is told with every decision.
    """

    name: str
    action: Action
    when: When = field(default_factory=When)
    legal_basis: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Sample:
    """What people look at although no rule asks for it, so that errors are found.

    ``rate`` is the share, 0-1, of what is certain; what is likelier an error is drawn up to four
    times as often. With an ``action``, what was drawn gets at least that.
    """

    name: str
    rate: float
    when: When = field(default_factory=When)
    action: Action | None = None


NO_RULE_FOUND = Rule(
    "(no rule: found)", Action.REVIEW, why="no rule speaks of it, so a person decides"
)
NO_RULE_UNEXAMINED = Rule(
    "(no rule: not fully examined)",
    Action.REVIEW,
    why="no rule speaks of what could not be examined, so a person decides",
)
NO_RULE_CLEAR = Rule("(no rule: clear)", Action.ALLOW)


def fallback(fact: Fact) -> Rule:
    """Return what holds where no rule speaks of a fact: silence only for what is clear."""
    if fact.counts:
        return NO_RULE_FOUND
    return NO_RULE_CLEAR if fact.state is State.CLEAR else NO_RULE_UNEXAMINED
