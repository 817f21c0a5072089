"""From what was observed and judged to the parts of an answer, and what the whole comes to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from tidebreak.matching.states import state_of
from tidebreak.media.reasons import joined
from tidebreak.model import Examination, Level, Signal, State, Verdict
from tidebreak.policy.case import unexamined
from tidebreak.screening.lookups import Judged
from tidebreak.screens import Part
from tidebreak.signals import SignalKind

MOST_PARTS = 500
"""Parts of one answer that are stated; that there were more is said of the whole."""


@dataclass(slots=True)
class Whole:
    """What has come of one content so far. ``places`` number the ``parts`` that are stated.

    ``unexamined`` counts the parts that could not be fully examined, stated or not.
    The whole itself and what was found or not fully examined is stated before what is clear.
    """

    parts: list[Part] = field(default_factory=list[Part])
    places: list[int] = field(default_factory=list[int])
    seen: int = 0
    unstated: dict[State, int] = field(default_factory=dict[State, int])
    unexamined: int = 0
    version: str = ""

    def add(self, examined: Sequence[Examination], judged: Judged) -> list[Part]:
        """Take in a piece and return all of its parts."""
        # The oldest: what is newer is matched afterwards.
        self.version = self.version or judged.version
        made = [
            part_of(item, found.verdict, reason)
            for item, found, reason in zip(examined, judged.judgements, judged.reasons, strict=True)
        ]
        for part in made:
            self._state(part)
            self.unexamined += unexamined(part)
        return made

    def finish(self) -> tuple[Part, ...]:
        """Return the parts that are stated, which say how many are not."""
        left = {state: number for state, number in self.unstated.items() if number}
        if left and self.parts:
            told = ", ".join(f"{number} {state.value}" for state, number in sorted(left.items()))
            note = f"{sum(left.values())} more parts are not stated ({told})"
            whole = next((row for row, p in enumerate(self.parts) if not p.member), 0)
            part = self.parts[whole]
            self.parts[whole] = replace(part, note=joined(part.note, note))
        return tuple(self.parts)

    def _state(self, part: Part) -> None:
        place, self.seen = self.seen, self.seen + 1
        room = len(self.parts) < MOST_PARTS
        row = len(self.parts) if room else self._dispensable(part)
        if row < 0:
            self._leave_out(part)
            return
        if row < len(self.parts):
            self._leave_out(self.parts[row])
            self.parts[row], self.places[row] = part, place
        else:
            self.parts.append(part)
            self.places.append(place)

    def _dispensable(self, part: Part) -> int:
        """Return the row of a part that says less than ``part``, -1 when there is none."""
        worth = _worth(part)
        least = min(range(len(self.parts)), key=lambda row: _worth(self.parts[row]))
        return least if _worth(self.parts[least]) < worth else -1

    def _leave_out(self, part: Part) -> None:
        self.unstated[part.state] = self.unstated.get(part.state, 0) + 1


def _worth(part: Part) -> tuple[bool, bool, int, bool]:
    found = part.verdict.level
    return (
        not part.member,
        found.found,
        -found.rank if found.found else 0,
        part.state is State.NOT_FULLY_EXAMINED,
    )


def part_of(item: Examination, verdict: Verdict, reason: str) -> Part:
    """Return what is stated of one thing that was examined and judged."""
    return Part(
        item.member, item.size, item.content, state_of(reason, verdict), verdict,
        stated_signals(item), reason, item.note,
    )  # fmt: skip


def stated_signals(item: Examination) -> tuple[Signal, ...]:
    """Return the signals of an item that its holder is told: no vectors and no features."""
    return tuple(s for s in item.signals if s.type.kind is not SignalKind.OPAQUE)


def state_of_whole(parts: Iterable[Part], unstated: Iterable[State] = ()) -> State:
    """Return the state of the whole: matched when any part is, clear only when all are."""
    states = {part.state for part in parts} | set(unstated)
    for state in (State.MATCHED, State.NOT_FULLY_EXAMINED):
        if state in states:
            return state
    return State.CLEAR


def level_of_whole(parts: Iterable[Part]) -> Level:
    """Return the strongest level at which anything was found in any part.

    Where nothing was, it is the level of the whole itself: a member that is allowed says nothing
    of the others.
    """
    told = [(part.member, part.verdict.level) for part in parts]
    found = [level for _, level in told if level.found]
    own = [level for member, level in told if not member]
    return min(found or own, key=lambda level: level.rank, default=Level.NONE)
