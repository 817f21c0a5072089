"""What is decided on: a case, and the facts in it that rules speak about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tidebreak.model import Level, ListKind, Match, State
from tidebreak.screens import Origin, Part

_EXACT = (Level.EXACT, Level.EXACT_WEAK)
_PDQ_SCALE, _OTHER_DOUBT = 31.0, 0.5


@dataclass(frozen=True, slots=True)
class Case:
    """Everything that was found out about one thing that was screened.

    ``id`` is that of the screening: samples are drawn by it, so nobody who uploads may choose it.
    ``retroactive``: matched again after the lists changed, long after it was let in or not.
    ``unstated`` are the states of further parts, of which there are too many to state.
    """

    parts: tuple[Part, ...]
    state: State
    origin: Origin
    retroactive: bool = False
    id: str = ""
    unstated: tuple[State, ...] = ()


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that a rule may speak about: a match, or that nothing or too little was found.

    ``doubt`` says how likely it is an error, 0-1. ``entry`` is ``#number``, or the owner's id.
    """

    state: State
    level: Level = Level.NONE
    list: str = ""
    kind: ListKind | None = None
    entry: str = ""
    classification: str = ""
    scheme: str = ""
    disputed: bool = False
    doubt: float = 0.0

    @property
    def counts(self) -> bool:
        """Whether something known was found: that is never passed over for want of a rule."""
        return self.state is State.MATCHED


CLEAR = Fact(State.CLEAR)
UNEXAMINED = Fact(State.NOT_FULLY_EXAMINED)
UNSTATED = Fact(State.MATCHED)
"""Something was found that is not stated: more than a verdict holds, or by somebody else."""


def facts_of(case: Case) -> tuple[Fact, ...]:
    """Return the facts of a case, each once and never none."""
    found = dict.fromkeys(fact for part in case.parts for fact in _of_part(part))
    found |= dict.fromkeys(_UNSTATED[state] for state in case.unstated if state is not State.CLEAR)
    # Whatever the whole says must be explained by something, or nobody would act on it.
    if case.state is State.MATCHED:
        explained = any(fact.counts for fact in found)
    else:
        explained = case.state is State.CLEAR or any(_incomplete(part) for part in case.parts)
    if not explained:
        found.setdefault(_UNSTATED[case.state])
    return tuple(found) or (CLEAR,)


_UNSTATED = {
    State.MATCHED: UNSTATED,
    State.EXAMINED: UNEXAMINED,
    State.NOT_FULLY_EXAMINED: UNEXAMINED,
}


def _of_part(part: Part) -> Iterator[Fact]:
    allowing = [m for m in part.verdict.matches if _allows(m)]
    hits = [m for m in part.verdict.matches if m.kind.hits and m.level.found]
    if allowing:
        hits = [match for match in hits if match.level in _EXACT]
    if allowing and not hits:  # somebody vouches for these bytes, whatever is in them
        yield from (_of_match(match, State.CLEAR, Level.ALLOWED) for match in allowing)
        return
    yield from (_of_match(match, State.MATCHED, match.level) for match in hits)
    if part.verdict.omitted or (part.verdict.level.found and not hits):
        yield UNSTATED
    if _incomplete(part):
        yield UNEXAMINED
    elif part.verdict.level is Level.IGNORABLE:
        yield Fact(State.CLEAR, Level.IGNORABLE)


def unexamined(part: Part) -> bool:
    """Whether rules about what was not fully examined speak of a part."""
    return _incomplete(part) and UNEXAMINED in _of_part(part)


def _incomplete(part: Part) -> bool:
    return bool(part.reason) or part.state not in (State.CLEAR, State.MATCHED)


def _allows(match: Match) -> bool:
    """Whether an allow list vouches for these very bytes, and nobody disputes it."""
    exact = match.kind is ListKind.ALLOW and match.level is Level.EXACT
    return exact and not match.disputed


def _of_match(match: Match, state: State, level: Level) -> Fact:
    return Fact(
        state,
        level,
        match.list,
        match.kind,
        f"#{match.number}" if match.number else match.entry,
        match.classification,
        match.scheme,
        match.disputed,
        _doubt(match),
    )


def _doubt(match: Match) -> float:
    """How likely a match is an error, coarsely: what orders the samples for people."""
    if match.level is Level.EXACT:
        return 0.0
    if match.level is Level.NEAR and match.signal == "pdq":
        return min(1.0, max(0.0, match.distance / _PDQ_SCALE))
    return _OTHER_DOUBT if match.level in (Level.NEAR, Level.EXACT_WEAK) else 1.0
