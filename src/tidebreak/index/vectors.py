"""`VectorIndex`: all vectors within a distance of given ones, by looking at every one of them.

Products in float32 first leave out, block by block, what is certainly further away; the error that
they may have is part of the bound (Higham, Accuracy and Stability of Numerical Algorithms, section
3.1). Distances of the rest are computed anew in float64: these alone decide.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tidebreak.vectors import Metric

Vectors = NDArray[np.float32 | np.uint8]
"""float32 (n, d); for Hamming uint8 (n, d / 8), bits."""

VectorMatches = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]
"""Query rows, rows of the index, distances: three arrays of one length."""

_BLOCK = 8192
"""Vectors of the index compared at a time."""

_PAIR_NUMBERS = 1 << 22
"""Numbers of pairs of vectors compared in float64 at a time."""

_UNIT = 1e-3
"""How far the length of a vector may be from 1 where only directions are compared."""

_ROUNDING = 2.0**-23
"""Twice the largest relative error of one operation in float32."""


def usable(vectors: Vectors, metric: Metric) -> NDArray[np.bool_]:
    """Return which of ``vectors`` can be compared (bool (n,)): finite, of length 1 for cosine."""
    if metric is Metric.HAMMING:
        return np.ones(len(vectors), np.bool_)
    good = np.logical_and.reduce(np.isfinite(vectors), axis=1)
    if metric is Metric.COSINE:
        lengths = np.sqrt(_products(np.where(good[:, np.newaxis], vectors, np.float32(0))))
        good = good & (np.abs(lengths - 1) <= _UNIT)
    return good


@dataclass(frozen=True, slots=True)
class VectorIndex:
    """Vectors, all of them `usable`, and how they are compared."""

    vectors: Vectors
    metric: Metric

    def __len__(self) -> int:
        return len(self.vectors)

    def search(self, queries: Vectors, radius: float) -> VectorMatches:
        """Return what is within ``radius`` of ``queries``, ordered by query, distance, row."""
        blocks = [self._search_block(queries, radius, at) for at in range(0, len(self), _BLOCK)]
        empty = (np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.float64))
        rows, found, distances = (
            np.concatenate(parts) for parts in zip(empty, *blocks, strict=True)
        )
        order = np.lexsort((found, distances, rows))
        return rows[order], found[order], distances[order]

    def _search_block(self, queries: Vectors, radius: float, start: int) -> VectorMatches:
        block = self.vectors[start : start + _BLOCK]
        if self.metric is Metric.HAMMING:
            differing = np.empty((len(queries), len(block)), np.int64)
            for row, query in enumerate(queries):
                differing[row] = _differing(query, block)
            rows, columns = np.nonzero(differing <= radius)
            return rows, columns + start, differing[rows, columns].astype(np.float64)
        bound = _cosine_bound if self.metric is Metric.COSINE else _l2_bound
        with np.errstate(over="ignore", invalid="ignore"):
            # What overflows is not known to be far away.
            rows, columns = np.nonzero(~(bound(queries, block) > radius))
        distances = self._exact(queries, block, rows, columns)
        near = distances <= radius
        return rows[near], columns[near] + start, distances[near]

    def _exact(
        self,
        queries: Vectors,
        block: Vectors,
        rows: NDArray[np.int64],
        columns: NDArray[np.int64],
    ) -> NDArray[np.float64]:
        """Return the distances of pairs of queries (``rows``) and vectors (``columns``)."""
        distances = np.empty(len(rows), np.float64)
        step = max(1, _PAIR_NUMBERS // self.vectors.shape[1])
        for at in range(0, len(rows), step):
            part = slice(at, at + step)
            left = queries[rows[part]].astype(np.float64)
            right = block[columns[part]].astype(np.float64)
            distances[part] = _distances(left, right, self.metric)
        return distances


def _distances(
    left: NDArray[np.float64], right: NDArray[np.float64], metric: Metric
) -> NDArray[np.float64]:
    if metric is Metric.L2:
        return np.sqrt(_products(left - right))
    lengths = np.sqrt(_products(left) * _products(right))
    return 1 - np.einsum("ij,ij->i", left, right) / lengths


def _cosine_bound(queries: Vectors, block: Vectors) -> NDArray[np.float32]:
    """Return a lower bound (q, n) of the distances between vectors of about length 1."""
    slack = 3 * _UNIT + (queries.shape[1] + 2) * _ROUNDING
    return np.float32(1 - slack) - queries @ block.T


def _l2_bound(queries: Vectors, block: Vectors) -> NDArray[np.float64]:
    """Return a lower bound (q, n) of the distances."""
    left, right = _products(queries)[:, np.newaxis], _products(block)
    error = 2 * (queries.shape[1] + 2) * _ROUNDING * np.sqrt(left * right)
    squares = left + right - 2 * (queries @ block.T).astype(np.float64) - error
    return np.sqrt(np.maximum(squares, 0))


def _products(vectors: Vectors | NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the product of each vector with itself, float64 (n,)."""
    return np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64)


def _differing(query: Vectors, block: Vectors) -> NDArray[np.int64]:
    return np.bitwise_count(np.bitwise_xor(query, block)).sum(axis=1, dtype=np.int64)
