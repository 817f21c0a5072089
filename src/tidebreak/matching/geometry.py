"""Whether two pictures' alike features also lie alike: under one shift, turn and change of size.

Each pair of alike features proposes all four by itself, from the two places, sizes and directions:
roughly, so it only votes. From the pairs with most votes, each together with every pair that
agrees, an exact proposal is computed and the one that most pairs fit is refined by least squares
(RANSAC after Fischler and Bolles, 1981, with proposals that are enumerated, not drawn: the same
input gives the same answer). A last fit also allows the picture to be stretched or sheared.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tidebreak.hashing.local import Points

TOLERANCE = 0.02
"""How far a feature may lie from where it should, in longer sides of the known picture."""

LEAST = 4
"""Fewer pairs than this are no fit."""

MOST_PAIRS = 200
_SEEDS = 6
_TURN, _RATIO = 0.5, 0.85
"""How far a pair's own direction (radians) and size (powers of two) may be from the fit's."""

_VOTE_SHIFT, _VOTE_SHARE = 0.02, 0.35
_SMALLEST, _LARGEST = 1 / 16, 16.0
_STRETCHED = 1.4
"""The most by which one direction may have been stretched more than the other."""


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """Where a query lies on a known picture: known = ``matrix`` @ (x, y, 1) of the query.

    ``matrix`` is (2, 3) float64; ``inliers`` (n,) bool says which of the pairs agree with it.
    """

    matrix: NDArray[np.float64]
    inliers: NDArray[np.bool_]

    @property
    def scale(self) -> float:
        """By how much the query is smaller than the known picture, both in their own units."""
        return float(abs(np.linalg.det(self.matrix[:, :2])) ** 0.5)

    @property
    def angle(self) -> float:
        """Degrees by which the query must be turned to lie as the known picture does."""
        (a, b), (c, d) = self.matrix[:, :2]
        return float(np.degrees(np.arctan2(c - b, a + d)))

    def known(self, at: NDArray[np.complexfloating]) -> NDArray[np.complex128]:
        """Return where points of the query lie on the known picture."""
        x, y = self.matrix @ np.stack([at.real, at.imag, np.ones(at.shape)])
        return np.asarray(x + 1j * y)

    def query(self, at: NDArray[np.complexfloating]) -> NDArray[np.complex128]:
        """Return where points of the known picture lie on the query."""
        back = np.linalg.inv(self.matrix[:, :2])
        x, y = back @ (np.stack([at.real, at.imag]) - self.matrix[:, 2:])
        return np.asarray(x + 1j * y)


@dataclass(frozen=True, slots=True, eq=False)
class _Pairs:
    """Pairs of points with what each proposes: ``ratio`` in powers of two, ``turn`` a unit."""

    query: NDArray[np.complex128]
    known: NDArray[np.complex128]
    ratio: NDArray[np.float64]
    turn: NDArray[np.complex128]

    @classmethod
    def of(cls, query: Points, known: Points) -> _Pairs:
        ratio = np.log2(known.scale.astype(np.float64) / query.scale)
        turn = np.exp(1j * (known.angle.astype(np.float64) - query.angle))
        return cls(query.at.astype(np.complex128), known.at.astype(np.complex128), ratio, turn)

    def first(self, count: int) -> _Pairs:
        return _Pairs(self.query[:count], self.known[:count], self.ratio[:count], self.turn[:count])


def fit(query: Points, known: Points) -> Fit | None:
    """Return how most of the pairs of ``query[i]`` and ``known[i]`` lie alike; None for no fit.

    ``known`` is in longer sides of its picture. The first `MOST_PAIRS` pairs propose, all count.
    """
    if len(query) < LEAST:
        return None
    pairs = _Pairs.of(query, known)
    proposed = np.zeros(len(query), np.bool_)
    proposed[:MOST_PAIRS] = _proposed(pairs.first(MOST_PAIRS))
    inliers = _refined(pairs, proposed)
    if inliers is None:
        return None
    similar = _similarity(pairs, inliers)
    matrix, inliers = _stretched(pairs, similar, inliers)
    if inliers.sum() < LEAST or not _SMALLEST <= abs(similar[0]) <= _LARGEST:
        return None
    return Fit(matrix, inliers)


def _proposed(pairs: _Pairs) -> NDArray[np.bool_]:
    """Return the inliers of the best proposal made of two pairs; none where there is none."""
    to_query = pairs.query[None] - pairs.query[:, None]
    to_known = pairs.known[None] - pairs.known[:, None]
    agree = _votes(pairs, to_query, to_known)
    best = np.zeros(len(pairs.query), np.bool_)
    for seed in np.argsort(-agree.sum(1), kind="stable")[:_SEEDS]:
        apart = (np.abs(to_query[seed]) > TOLERANCE) & (np.abs(to_known[seed]) > TOLERANCE / 2)
        others = np.flatnonzero(agree[seed] & apart)
        factors = to_known[seed, others] / to_query[seed, others]
        factors = factors[np.abs(np.log2(np.abs(factors)) - pairs.ratio[seed]) < _RATIO]
        if not len(factors):
            continue
        shifts = pairs.known[seed] - factors * pairs.query[seed]
        fitting = _fitting(pairs, factors[:, None], shifts[:, None])
        found = fitting[fitting.sum(1).argmax()]
        if found.sum() > best.sum():
            best = found
    return best


def _votes(
    pairs: _Pairs, to_query: NDArray[np.complex128], to_known: NDArray[np.complex128]
) -> NDArray[np.bool_]:
    """Return (n, n) bool: whether what pair i proposes puts pair j about where it is."""
    alone = np.exp2(pairs.ratio) * pairs.turn
    missed = np.abs(alone[:, None] * to_query - to_known)
    agree = missed <= _VOTE_SHIFT + _VOTE_SHARE * np.abs(to_known)
    agree &= np.abs(np.angle(pairs.turn[:, None] * pairs.turn.conj())) < _TURN
    agree &= np.abs(pairs.ratio[:, None] - pairs.ratio) < _RATIO
    return agree


def _fitting(
    pairs: _Pairs, factor: NDArray[np.complex128], shift: NDArray[np.complex128]
) -> NDArray[np.bool_]:
    """Return which pairs fit known = factor * query + shift; broadcasts over proposals."""
    near = np.abs(factor * pairs.query + shift - pairs.known) < TOLERANCE
    near &= np.abs(np.angle(factor * pairs.turn.conj())) < _TURN
    near &= np.abs(np.log2(np.abs(factor)) - pairs.ratio) < _RATIO
    return near


def _refined(pairs: _Pairs, inliers: NDArray[np.bool_]) -> NDArray[np.bool_] | None:
    for _ in range(3):
        if inliers.sum() < LEAST:
            return None
        factor, shift = _similarity(pairs, inliers)
        if factor == 0:
            return None
        again = _fitting(pairs, np.array(factor), np.array(shift))
        if (again == inliers).all():
            break
        inliers = again
    return inliers if inliers.sum() >= LEAST else None


def _similarity(pairs: _Pairs, inliers: NDArray[np.bool_]) -> tuple[complex, complex]:
    """Return factor and shift that fit the ``inliers`` best."""
    query, known = pairs.query[inliers], pairs.known[inliers]
    centred = query - query.mean()
    spread = float((np.abs(centred) ** 2).sum())
    factor = complex((centred.conj() * (known - known.mean())).sum() / spread) if spread else 0j
    return factor, complex(known.mean() - factor * query.mean())


def _stretched(
    pairs: _Pairs, similar: tuple[complex, complex], inliers: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return matrix and inliers of a fit that may stretch, where that takes in more pairs."""
    factor, shift = similar
    matrix = np.array(
        [[factor.real, -factor.imag, shift.real], [factor.imag, factor.real, shift.imag]]
    )
    if inliers.sum() < 2 * LEAST:
        return matrix, inliers
    rows = np.stack([pairs.query.real, pairs.query.imag, np.ones(len(pairs.query))])
    goal = np.stack([pairs.known.real, pairs.known.imag])
    alike = np.abs(np.angle(factor * pairs.turn.conj())) < _TURN
    looser = alike & (np.abs(factor * pairs.query + shift - pairs.known) < 2 * TOLERANCE)
    solved = np.linalg.lstsq(rows[:, looser].T, goal[:, looser].T, rcond=None)[0]
    free = solved.T.astype(np.float64)
    largest, smallest = np.linalg.svd(free[:, :2], compute_uv=False)
    if not 0 < largest <= _STRETCHED * smallest:
        return matrix, inliers
    near = alike & (np.hypot(*(free @ rows - goal)) < TOLERANCE)
    near &= np.abs(np.log2((largest * smallest) ** 0.5) - pairs.ratio) < _RATIO
    if near.sum() <= inliers.sum():
        return matrix, inliers
    return free, near
