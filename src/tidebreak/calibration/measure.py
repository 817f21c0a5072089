"""The measurement: known pictures, edits of them, and what each method makes of every pair.

The unit of a false positive is a pair of pictures, the edited one and another known one, whatever
number of hashes was compared for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tidebreak.calibration.drawing import Picture
from tidebreak.calibration.methods import NOTHING, Answer, Known, Method, Pixels
from tidebreak.calibration.transforms import TRANSFORMS, apply, rng_for

Pairs = NDArray[np.int16]
"""(2, pairs): the distances by everything that is tried, and by the whole pictures as they are."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One known picture, mode RGB."""

    name: str
    picture: Picture


@dataclass(frozen=True, slots=True)
class Edited:
    """One edit of one known picture; ``shown`` are the rows of all known pictures in it."""

    row: int
    transform: str
    pixels: Pixels
    shown: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one method made of all pairs of an edited picture and a known one.

    ``nearest`` and ``as_is``: int16 (transforms, edited pictures, known pictures), the distances
    by everything that the method tries, and by the whole picture as it is. ``shown``: bool of the
    same shape, whether the known picture is in the edited one. ``hashes`` and ``seconds``:
    (transforms, edited pictures), what each query cost.
    """

    method: str
    transforms: tuple[str, ...]
    names: tuple[str, ...]
    nearest: NDArray[np.int16]
    as_is: NDArray[np.int16]
    shown: NDArray[np.bool_]
    hashes: NDArray[np.int32]
    seconds: NDArray[np.float64]

    @classmethod
    def empty(cls, method: str, transforms: Sequence[str], names: Sequence[str]) -> Outcome:
        """Return an outcome in which nothing has been compared."""
        queries = len(transforms), len(names)
        pairs = *queries, len(names)
        return cls(
            method, tuple(transforms), tuple(names),
            np.full(pairs, NOTHING, np.int16), np.full(pairs, NOTHING, np.int16),
            np.zeros(pairs, np.bool_), np.zeros(queries, np.int32), np.zeros(queries),
        )  # fmt: skip

    @property
    def own(self) -> NDArray[np.int16]:
        """The distance of each edited picture to the one that it was made of, same axes."""
        return np.diagonal(self.nearest, axis1=1, axis2=2)

    def add(self, edited: Edited, answer: Answer) -> None:
        """Take in what the method said about one edited picture."""
        at = self.transforms.index(edited.transform), edited.row
        self.nearest[at], self.as_is[at] = answer.nearest, answer.as_is
        self.shown[(*at, list(edited.shown))] = True
        self.hashes[at], self.seconds[at] = answer.hashes, answer.seconds


def edits(
    samples: Sequence[Sample],
    transforms: Sequence[str],
    seed: int,
    rows: Sequence[int] | None = None,
) -> Iterator[Edited]:
    """Yield every edit of every sample, or of those at ``rows``; a seed repeats them."""
    for row in range(len(samples)) if rows is None else rows:
        sample = samples[row]
        for name in transforms:
            rng = rng_for(seed, sample.name, name)
            order = rng_for(seed, sample.name, name, "partners").permutation(len(samples))
            partners = [i for i in order.tolist() if i != row]
            partners = partners[: TRANSFORMS[name].others]
            made = apply(name, sample.picture, rng, [samples[i].picture for i in partners])
            yield Edited(row, name, np.asarray(made), (row, *partners))


def measure(
    samples: Sequence[Sample],
    methods: Sequence[Method],
    transforms: Sequence[str],
    seed: int,
    on_progress: Callable[[int, int], None] = lambda done, of: None,
    rows: Sequence[int] | None = None,
) -> list[Outcome]:
    """Return one outcome per method; all of them see the same edited pictures.

    With ``rows``, only those samples are edited; all are known.
    """
    names = [sample.name for sample in samples]
    outcomes = [Outcome.empty(method.name, transforms, names) for method in methods]
    if not samples:
        return outcomes
    rows = range(len(samples)) if rows is None else rows
    pixels = [np.asarray(sample.picture) for sample in samples]
    known: Mapping[str, Known] = {method.name: method.enrol(pixels) for method in methods}
    total = len(rows) * len(transforms)
    for done, edited in enumerate(edits(samples, transforms, seed, rows), 1):
        for outcome in outcomes:
            outcome.add(edited, known[outcome.method].look_up(edited.pixels))
        on_progress(done, total)
    return outcomes


def cross(pictures: Mapping[str, Sequence[Pixels]], method: Method) -> dict[str, Pairs]:
    """Return the distances of all pairs within each family of different pictures.

    Every member is enrolled, and every other one of the family looked up against it.
    """
    found: dict[str, Pairs] = {}
    for family, members in pictures.items():
        known = method.enrol(members)
        answers = [known.look_up(member) for member in members]
        others = ~np.eye(len(members), dtype=np.bool_)
        nearest = np.stack([answer.nearest for answer in answers])
        as_is = np.stack([answer.as_is for answer in answers])
        found[family] = np.stack([nearest[others], as_is[others]])
    return found
