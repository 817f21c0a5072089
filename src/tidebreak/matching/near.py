"""Near hits: which stored hashes lie close to the views of an observation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from tidebreak.index import Snapshot
from tidebreak.matching.bands import GUESSED
from tidebreak.model import Depth, HashList, Observation, Turn, View, ViewKind
from tidebreak.places import FIRST_ALIGNED, LAST_REGION, VIDEO, WHOLE

GUARD = 16
"""Bits by which a fast path's hash is searched wider; what then comes near is hashed in full."""


@dataclass(frozen=True, slots=True)
class NearHit:
    """One stored hash near one view: the distance, the entry, and which part of it (`places`)."""

    distance: int
    entry: int
    place: int
    view: View

    @property
    def doubt(self) -> str:
        """Why such a hit is never more than possible, however near; empty when it may be."""
        if self.place >= VIDEO:
            return "one frame of a video decides nothing"
        if self.view.kind is ViewKind.EXTENDED:
            return GUESSED
        boxed = self.view.kind in (ViewKind.SEAM, ViewKind.CONTENT)
        if self.view.kind is ViewKind.ALIGNED or (boxed and self.place != WHOLE):
            return "only a part of each picture was compared"
        return ""


@dataclass(frozen=True, slots=True)
class SearchLimits:
    """How far is searched.

    ``full`` is the radius for whole pictures and frames as they are, ``views`` that for all other
    views: there are many of them, and what they find must be near. Views of a lower quality or
    greater depth are not looked up.
    """

    full: int = 0
    views: int = 0
    quality: int = 50
    depth: Depth = Depth.STANDARD

    @classmethod
    def of(cls, lists: Iterable[HashList], depth: Depth, *, leads: bool) -> SearchLimits:
        """Return what is needed to find everything that means something on any of ``lists``."""
        limits = [item.thresholds for item in lists]
        deep = depth is Depth.DEEP
        return cls(
            max((item.widest if leads else item.possible for item in limits), default=0),
            max((item.possible if deep else item.near for item in limits), default=0),
            min((item.quality for item in limits), default=50),
            depth,
        )

    def takes(self, view: View) -> bool:
        """Whether ``view`` is looked up."""
        good = view.quality is None or view.quality >= self.quality
        return good and view.depth.rank <= self.depth.rank


_Asked = list[tuple[int, View]]


def find_near(
    snapshot: Snapshot, observations: Sequence[Observation], reach: SearchLimits
) -> dict[int, list[NearHit]]:
    """Return the hits of each observation (by its row) that has any.

    The nearest come first, and those that are in doubt behind all others.
    """
    hits: dict[int, list[NearHit]] = defaultdict(list)
    for radius, asked in _by_radius(observations, reach).items():
        hashes = np.frombuffer(b"".join(view.hash for _, view in asked), np.uint8).reshape(-1, 32)
        found = snapshot.search_near(hashes, radius)
        for query, entry, distance, place in zip(*(c.tolist() for c in found), strict=True):
            row, view = asked[query]
            if _comparable(view, place):
                hits[row].append(NearHit(distance, entry, place, view))
    for row in hits.values():
        row.sort(key=lambda hit: (bool(hit.doubt), hit.distance, hit.entry))
    return hits


def _by_radius(observations: Sequence[Observation], reach: SearchLimits) -> dict[int, _Asked]:
    """Gather the views that are looked up by the radius that they are looked up in."""
    asked: dict[int, _Asked] = defaultdict(list)
    for row, item in enumerate(observations):
        if item.trivial:
            continue
        for view in filter(reach.takes, item.views):
            if not _as_it_is(view):
                asked[reach.views].append((row, view))
            else:
                asked[reach.full + (0 if item.exact_path else GUARD)].append((row, view))
    return asked


def _as_it_is(view: View) -> bool:
    return view.kind in (ViewKind.FULL, ViewKind.FRAME) and view.turn is Turn.NONE


def _comparable(view: View, place: int) -> bool:
    """Whether a view may be compared with a stored part: aligned regions only like with like."""
    if view.kind is ViewKind.ALIGNED:
        return place == view.number
    return not FIRST_ALIGNED <= place <= LAST_REGION
