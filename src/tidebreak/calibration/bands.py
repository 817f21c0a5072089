"""What was measured, in the terms in which an installation decides: levels of its lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from tidebreak.calibration.measure import Outcome
from tidebreak.calibration.methods import Distances
from tidebreak.calibration.run import Calibration
from tidebreak.calibration.summary import (
    FalsePairs,
    Mean,
    Share,
    counted,
    false_pairs,
    mean_recall,
    reached,
    recall,
)
from tidebreak.calibration.transforms import HELD_OUT, SUITE
from tidebreak.matching.near import SearchLimits
from tidebreak.model import Depth, HashList, Level, ListKind, Thresholds


@dataclass(frozen=True, slots=True)
class Band:
    """One level of one set of thresholds: what it finds, and what it takes for something else.

    ``usual`` are the thresholds of lists for which nobody has set any, ``lists`` the lists with
    these thresholds, if any. ``recall`` is per edit, ``mean`` over the suite, ``held_out`` over
    the edits held out, where those were measured.
    ``hard`` is (false, of) per family of look-alikes.
    """

    usual: bool
    lists: tuple[str, ...]
    level: Level
    distance: int
    depth: Depth
    mean: Mean
    held_out: Mean | None
    recall: dict[str, Share]
    false: FalsePairs
    hard: dict[str, tuple[int, int]]


def bands_of(measured: Calibration, lists: Sequence[HashList]) -> list[Band]:
    """Return the bands of the defaults, then of every other set of thresholds among ``lists``.

    A list that asks for another depth than was measured is judged at the depth measured.
    """
    groups: dict[Thresholds, list[str]] = {_bare(Thresholds()): []}
    for item in lists:
        if item.kind.hits and item.enabled:
            groups.setdefault(_bare(item.thresholds), []).append(item.name)
    return [
        band for limits, names in groups.items() for band in _bands(measured, limits, tuple(names))
    ]


def _bare(limits: Thresholds) -> Thresholds:
    """Leave out what does not decide anything: who set them, and why."""
    return replace(limits, author="", reason="", depth=None)


def _bands(measured: Calibration, limits: Thresholds, names: tuple[str, ...]) -> list[Band]:
    settings = measured.settings
    depth, usual = settings.depth, limits == _bare(Thresholds())
    item = HashList(0, "", kind=ListKind.CONTRABAND, thresholds=limits)
    reach = SearchLimits.of([item], depth, leads=settings.leads)
    outcome = counted(measured.outcome, reach.views)
    levels = [(Level.NEAR, limits.near), (Level.POSSIBLE, limits.possible)]
    levels += [(Level.LEAD, limits.lead)] if settings.leads else []
    hard = {name: reached(d[0], d[1], reach.views) for name, d in measured.hard.items()}
    return [_band(outcome, hard, level, upto, names, depth, usual) for level, upto in levels]


def _band(
    outcome: Outcome,
    hard: Mapping[str, Distances],
    level: Level,
    distance: int,
    names: tuple[str, ...],
    depth: Depth,
    usual: bool,
) -> Band:
    held_out = any(name in HELD_OUT for name in outcome.transforms)
    return Band(
        usual,
        names,
        level,
        distance,
        depth,
        mean_recall(outcome, distance, SUITE),
        mean_recall(outcome, distance, HELD_OUT) if held_out else None,
        recall(outcome, distance),
        false_pairs(outcome, distance),
        {name: (int((d <= distance).sum()), d.size) for name, d in hard.items()},
    )
