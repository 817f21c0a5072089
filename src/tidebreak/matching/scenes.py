"""Which known pictures show the same scene as a query: by features that look and lie alike.

Alike features alone mean little: letters, leaves and window panes repeat. What counts is how many
lie alike (`tidebreak.matching.geometry`), on how many separate spots, off flat ground, and how
much of what should then be visible of the known picture is found. It means *same scene*, not same
picture: another photograph from the same tripod matches too. So the answer is never more than
`Level.POSSIBLE`, which no policy acts upon alone (``docs/verified.md``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tidebreak.hashing.local import LocalFeatures, Points
from tidebreak.index.features import FeatureIndex
from tidebreak.matching.geometry import TOLERANCE, Fit, fit
from tidebreak.model import Box, Level

RADIUS = 31
"""Bits by which the descriptors of alike features differ at most."""

MOST_CANDIDATES = 100
"""Known pictures whose geometry is looked at per query, those with most alike features."""

_CELLS = 10
"""Cells along the longer side of a known picture, in which what is seen and found is counted."""

_MARGIN = 0.02
"""Strip along a query's edges, in longer sides, in which no corner is ever found."""


@dataclass(frozen=True, slots=True)
class SceneMatch:
    """A known picture that lies on a query.

    ``spots`` is how many separate places agree, ``textured`` how many of them lie off flat ground.
    ``found`` of the ``seen`` cells agree, where seen are those cells of the known picture with
    features that lie within the query; ``cells`` is how many there are in all.
    ``scale`` is the known picture's longer side in the query as a share of the query's own,
    ``angle`` by how many degrees it is turned there, ``box`` where it lies, in pixels.
    """

    entry: int
    spots: int
    textured: int
    found: int
    seen: int
    cells: int
    scale: float
    angle: float
    mirrored: bool
    box: Box

    @property
    def agreement(self) -> float:
        """The share of what should be visible that is found, 0-1."""
        return min(1.0, self.found / max(self.seen, 1))

    @property
    def coverage(self) -> float:
        """The share of the known picture that is found, 0-1."""
        return min(1.0, self.found / max(self.cells, 1))


@dataclass(frozen=True, slots=True)
class SceneLimits:
    """What a match must have at least to mean anything, and to be `Level.POSSIBLE`."""

    lead_spots: int = 9
    lead_cells: int = 3
    lead_agreement: float = 0.15
    possible_spots: int = 12
    possible_cells: int = 4
    possible_agreement: float = 0.3
    flat_cells: int = 20
    flat_agreement: float = 0.85


LIMITS = SceneLimits()


def level_of(match: SceneMatch, limits: SceneLimits = LIMITS) -> Level | None:
    """Return what ``match`` means; None for nothing.

    Spots on flat ground do not count, unless nearly everything agrees: then a lead.
    """
    if (
        match.textured >= limits.possible_spots
        and match.found >= limits.possible_cells
        and match.agreement >= limits.possible_agreement
    ):
        return Level.POSSIBLE
    if (
        match.textured >= limits.lead_spots
        and match.found >= limits.lead_cells
        and match.agreement >= limits.lead_agreement
    ):
        return Level.LEAD
    drawn = match.found >= limits.flat_cells and match.agreement >= limits.flat_agreement
    return Level.LEAD if drawn and match.spots >= limits.possible_spots else None


def find_scenes(
    query: LocalFeatures,
    index: FeatureIndex,
    *,
    radius: int = RADIUS,
    limits: SceneLimits = LIMITS,
) -> list[SceneMatch]:
    """Return what of ``index`` the query shows, the most spots first, each entry once."""
    best: dict[int, SceneMatch] = {}
    for match in _matches(query, index, radius, limits.lead_spots):
        known = best.get(match.entry)
        if known is None or match.spots > known.spots:
            best[match.entry] = match
    matches = [match for match in best.values() if level_of(match, limits) is not None]
    return sorted(matches, key=lambda match: (-match.spots, match.entry))


def _matches(
    query: LocalFeatures, index: FeatureIndex, radius: int, least: int
) -> Iterator[SceneMatch]:
    records = query.records
    points = Points.of(records, query.longer)
    rows, features, distances = index.search(np.ascontiguousarray(records["descriptor"]), radius)
    mirrored = records["mirrored"][rows].astype(np.int64)
    owners = 2 * index.entries[features].astype(np.int64) + mirrored
    for owner in _candidates(owners, rows, least):
        ours = np.flatnonzero(owners == owner)
        ours = ours[np.argsort(distances[ours], kind="stable")]
        of_entry = index.rows_of(owner // 2)
        known = index.points(of_entry)
        alike = points[rows[ours]], known[features[ours] - of_entry.start]
        found = fit(*alike)
        if found is not None:
            yield _described(query, known, alike, found, owner)


def _candidates(owners: NDArray[np.int64], rows: NDArray[np.int64], least: int) -> list[int]:
    """Return the owners with at least ``least`` alike features, those that say most first.

    A feature of the query counts once per owner, and says little where many have one like it.
    """
    named, place = np.unique(owners, return_inverse=True)
    both = np.unique(place * (int(rows.max(initial=0)) + 1) + rows)
    place, row = np.divmod(both, int(rows.max(initial=0)) + 1)
    score = np.bincount(place, 1 / np.bincount(row, minlength=1)[row], len(named))
    enough = np.flatnonzero(np.bincount(place, minlength=len(named)) >= least)
    order = enough[np.argsort(-score[enough], kind="stable")]
    return named[order[:MOST_CANDIDATES]].tolist()


def _described(
    query: LocalFeatures, known: Points, alike: tuple[Points, Points], found: Fit, owner: int
) -> SceneMatch:
    here, there = alike[0][found.inliers], alike[1][found.inliers]
    textured = ~here.flat & ~there.flat
    visible = _inside(found.query(known.at), query)
    mirrored = bool(owner % 2)
    return SceneMatch(
        entry=owner // 2,
        spots=_spots(here, there),
        textured=_spots(here[textured], there[textured]),
        found=len(_cells(there.at, _CELLS)),
        seen=len(_cells(known.at[visible], _CELLS)),
        cells=len(_cells(known.at, _CELLS)),
        scale=1 / found.scale,
        angle=-found.angle,
        mirrored=mirrored,
        box=_box(found.query(known.at) * query.longer, query, mirrored),
    )


def _spots(here: Points, there: Points) -> int:
    """Return on how many separate places pairs lie, on the picture where these are fewer."""
    fine = round(1 / TOLERANCE)
    return min(len(_cells(here.at, fine)), len(_cells(there.at, fine)))


def _cells(at: NDArray[np.complex64], count: int) -> NDArray[np.int64]:
    across, down = np.floor(at.real * count), np.floor(at.imag * count)
    return np.unique(across.astype(np.int64) + 65_536 * down.astype(np.int64))


def _inside(at: NDArray[np.complex128], query: LocalFeatures) -> NDArray[np.bool_]:
    width, height = query.width / query.longer, query.height / query.longer
    inside = (at.real > _MARGIN) & (at.real < width - _MARGIN)
    return inside & (at.imag > _MARGIN) & (at.imag < height - _MARGIN)


def _box(at: NDArray[np.complex128], query: LocalFeatures, mirrored: bool) -> Box:
    """Return the box around points of the query, within it and as it is, not mirrored."""
    x = np.clip(query.width - at.real if mirrored else at.real, 0, query.width)
    y = np.clip(at.imag, 0, query.height)
    return round(x.min()), round(y.min()), round(x.max()), round(y.max())
