"""From distances to what can be said: recall at a distance, false pairs, bounds, the curve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tidebreak.calibration.intervals import mean_interval, share_interval, upper_bound
from tidebreak.calibration.measure import Outcome
from tidebreak.calibration.methods import NOTHING, Distances


@dataclass(frozen=True, slots=True)
class Share:
    """A measured share with its exact 95 % interval."""

    hits: int
    trials: int
    low: float
    high: float

    @classmethod
    def of(cls, hits: int, trials: int) -> Share:
        """Return ``hits`` of ``trials`` with the interval of Clopper and Pearson."""
        return cls(hits, trials, *share_interval(hits, trials))

    @property
    def value(self) -> float:
        """The share itself, 0 when nothing was tried."""
        return self.hits / self.trials if self.trials else 0.0


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean over transforms with its 95 % interval; pictures are the independent unit."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class FalsePairs:
    """Different pictures taken for one another, at most at ``distance``.

    ``pairs`` counts (edited picture, other known picture), of ``of_pairs``, with the 95 % upper
    ``bound`` of the share. Edits of one picture are not independent: ``pictures`` counts pairs of
    pictures of which any edit was taken for the other, of ``of_pictures``, with the bound of that.
    """

    distance: int
    pairs: int
    of_pairs: int
    bound: float
    pictures: int
    of_pictures: int
    picture_bound: float


@dataclass(frozen=True, order=True, slots=True)
class Pair:
    """An edited picture and a different known one, and how far apart they were seen."""

    distance: int
    query: str
    transform: str
    reference: str


def together(name: str, outcomes: Sequence[Outcome]) -> Outcome:
    """Return what several methods make of the pairs when all are tried: the least distance."""
    return replace(
        outcomes[0],
        method=name,
        nearest=np.min([outcome.nearest for outcome in outcomes], axis=0),
        as_is=np.min([outcome.as_is for outcome in outcomes], axis=0),
        hashes=np.sum([outcome.hashes for outcome in outcomes], axis=0),
        seconds=np.sum([outcome.seconds for outcome in outcomes], axis=0),
    )


def counted(outcome: Outcome, views: int) -> Outcome:
    """Return ``outcome`` as it is matched, where all but the whole as it is counts to ``views``."""
    return replace(outcome, nearest=reached(outcome.nearest, outcome.as_is, views))


def reached(nearest: Distances, as_is: Distances, views: int) -> Distances:
    """Return ``nearest`` where that is within ``views``, and ``as_is`` elsewhere; any one shape."""
    return np.where(nearest <= views, nearest, as_is)


def recall(outcome: Outcome, distance: int) -> dict[str, Share]:
    """Return, per transform, the share of pictures found within ``distance``."""
    found = (outcome.own <= distance).sum(axis=1).tolist()
    return {
        name: Share.of(hits, len(outcome.names))
        for name, hits in zip(outcome.transforms, found, strict=True)
    }


def mean_recall(outcome: Outcome, distance: int, transforms: Sequence[str]) -> Mean:
    """Return the mean recall over those of ``transforms`` that were measured."""
    rows = [at for at, name in enumerate(outcome.transforms) if name in transforms]
    if not rows or not outcome.names:
        return Mean(0.0, 0.0, 1.0)
    per_picture = (outcome.own[rows] <= distance).mean(axis=0)
    return Mean(float(per_picture.mean()), *mean_interval(per_picture.tolist()))


def false_pairs(outcome: Outcome, distance: int) -> FalsePairs:
    """Return how many different pictures lie within ``distance``."""
    different = ~outcome.shown
    wrong = (outcome.nearest <= distance) & different
    pairs, of_pairs = int(wrong.sum()), int(different.sum())
    pictures, of_pictures = int(wrong.any(axis=0).sum()), int(different.any(axis=0).sum())
    return FalsePairs(
        distance, pairs, of_pairs, upper_bound(pairs, of_pairs),
        pictures, of_pictures, upper_bound(pictures, of_pictures),
    )  # fmt: skip


def clean_distance(outcome: Outcome) -> int:
    """Return the largest distance at which no different pictures were taken for one another."""
    return int(outcome.nearest[~outcome.shown].min(initial=NOTHING)) - 1


def closest(outcome: Outcome, count: int) -> list[Pair]:
    """Return the closest pairs of different pictures, each pair of pictures once."""
    apart = np.where(outcome.shown, np.int16(NOTHING), outcome.nearest)
    transform, least = apart.argmin(axis=0), apart.min(axis=0)
    order = np.argsort(least, axis=None, kind="stable")[:count]
    rows = zip(*np.unravel_index(order, least.shape), strict=True)
    return [
        Pair(
            int(least[at]), outcome.names[at[0]], outcome.transforms[transform[at]],
            outcome.names[at[1]],
        )
        for at in rows if least[at] < NOTHING
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Curve:
    """Recall and false pairs against the distance, index 0 to ``len - 1``; shares 0-1."""

    recall: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    false_share: NDArray[np.float64]
    false_bound: NDArray[np.float64]


def curve(outcome: Outcome, transforms: Sequence[str], upto: int = 100) -> Curve:
    """Return the curve for distances 0 to ``upto``."""
    means = [mean_recall(outcome, distance, transforms) for distance in range(upto + 1)]
    wrong = [false_pairs(outcome, distance) for distance in range(upto + 1)]
    return Curve(
        np.array([mean.value for mean in means]),
        np.array([mean.low for mean in means]),
        np.array([mean.high for mean in means]),
        np.array([item.pairs / item.of_pairs if item.of_pairs else 0.0 for item in wrong]),
        np.array([item.bound for item in wrong]),
    )
