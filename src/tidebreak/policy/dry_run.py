"""A dry run: what a new policy would have done to what was screened. Nothing changes."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from re import fullmatch

from tidebreak.errors import UsageError
from tidebreak.policy.case import Case
from tidebreak.policy.policy import FLOOD, Policy
from tidebreak.screens import Action, Screened

OFF = "off"
"""What is said of content that the new policy would not let be examined."""

EXAMPLES = 5
"""Screenings named for each change."""

_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


@dataclass(frozen=True, slots=True)
class Past:
    """Something that was screened, and whether it was matched again by itself."""

    screened: Screened
    retroactive: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """Screenings with which a new policy would do something else, or the same: ``old`` is ``new``.

    ``old`` and ``new`` are actions, or `OFF`; ``rules`` are those that would decide, by how many;
    ``examples`` are ids of screenings, the newest.
    """

    old: str
    new: str
    count: int
    rules: tuple[tuple[str, int], ...]
    examples: tuple[str, ...]

    @property
    def same(self) -> bool:
        """Whether nothing would change."""
        return self.old == self.new


@dataclass(frozen=True, slots=True)
class DryRun:
    """What a policy of ``version`` would have done; ``flooded`` is how many were left out.

    Those were held back by a flood, which cannot be repeated.
    """

    version: str
    screenings: int
    flooded: int
    changes: tuple[Change, ...]

    @property
    def changed(self) -> int:
        """With how many something else would have been done."""
        return sum(change.count for change in self.changes if not change.same)


def dry_run(policy: Policy, past: Iterable[Past]) -> DryRun:
    """Decide everything in ``past``, in any order, by ``policy``, in bounded memory."""
    counts: Counter[tuple[str, str]] = Counter()
    rules: Counter[tuple[str, str, str]] = Counter()
    newest: dict[tuple[str, str], list[tuple[str, str]]] = {}
    flooded = 0
    for item in past:
        if FLOOD in item.screened.decision.holds:
            flooded += 1
            continue
        new, rule = _would(policy, item)
        key = (item.screened.decision.action.value, new)
        counts[key] += 1
        rules[*key, rule] += 1
        _remember(newest.setdefault(key, []), item.screened)
    changes = (
        Change(old, new, count, _by_count(rules, (old, new)), _ids(newest[old, new]))
        for (old, new), count in counts.items()
    )
    return DryRun(policy.version, counts.total(), flooded, tuple(sorted(changes, key=_order)))


def since(text: str, now: datetime | None = None) -> datetime:
    """Return the moment that ``30d``, ``12h``, ``4w`` or an ISO 8601 date means, in UTC.

    Raises `UsageError` for anything else.
    """
    ago = fullmatch(r"(\d{1,5})([hdw])", text)
    if ago:
        return (now or datetime.now(UTC)) - int(ago[1]) * _UNITS[ago[2]]
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError("Say since when as 30d, 12h, 4w or a date such as 2026-11-01.") from None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _would(policy: Policy, item: Past) -> tuple[str, str]:
    screened = item.screened
    if not policy.surface_enabled(screened.origin):
        return OFF, ""
    case = Case(screened.parts, screened.state, screened.origin, item.retroactive, id=screened.id)
    decision = policy.decide(case)
    return decision.action.value, decision.rule


def _remember(newest: list[tuple[str, str]], screened: Screened) -> None:
    pair = (screened.at, screened.id)
    if len(newest) < EXAMPLES:
        heapq.heappush(newest, pair)
    else:
        heapq.heappushpop(newest, pair)


def _ids(newest: list[tuple[str, str]]) -> tuple[str, ...]:
    return tuple(id for _, id in sorted(newest, reverse=True))


def _by_count(
    rules: Counter[tuple[str, str, str]], key: tuple[str, str]
) -> tuple[tuple[str, int], ...]:
    found = [(rule, count) for (*pair, rule), count in rules.items() if tuple(pair) == key and rule]
    return tuple(sorted(found, key=lambda item: (-item[1], item[0])))


def _order(change: Change) -> tuple[object, ...]:
    ranks = {OFF: -1} | {action.value: action.rank for action in Action}
    return (change.same, ranks[change.new], ranks[change.old])
