from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidebreak.index import vectors as module
from tidebreak.index.vectors import VectorIndex, Vectors, usable
from tidebreak.vectors import Metric

RADIUS = {Metric.COSINE: 0.7, Metric.L2: 9.0, Metric.HAMMING: 28.0}


def drawn(metric: Metric, count: int, dimension: int, seed: int) -> Vectors:
    random = np.random.default_rng(seed)
    if metric is Metric.HAMMING:
        return random.integers(0, 256, (count, dimension // 8), np.uint8)
    found = random.normal(size=(count, dimension)).astype(np.float32)
    if metric is Metric.COSINE:
        found /= np.linalg.norm(found, axis=1, keepdims=True)
    return found


def plainly(metric: Metric, left: Vectors, right: Vectors) -> float:
    """Return the distance of two vectors, computed by Python alone."""
    if metric is Metric.HAMMING:
        return (int.from_bytes(left.tobytes()) ^ int.from_bytes(right.tobytes())).bit_count()
    one, other = left.tolist(), right.tolist()
    if metric is Metric.L2:
        return math.dist(one, other)
    product = math.fsum(a * b for a, b in zip(one, other, strict=True))
    return 1 - product / math.hypot(*one) / math.hypot(*other)


@pytest.mark.parametrize("metric", Metric)
def test_all_that_is_near_is_found_and_nothing_else(metric: Metric, monkeypatch):
    monkeypatch.setattr(module, "_BLOCK", 100)
    known, queries = drawn(metric, 450, 64, 1), drawn(metric, 20, 64, 2)
    queries[0] = known[3]
    rows, found, distances = VectorIndex(known, metric).search(queries, RADIUS[metric])
    wanted = np.array([[plainly(metric, left, right) for right in known] for left in queries])
    assert 50 < len(rows) < 5000
    assert set(zip(rows, found, strict=True)) == set(
        zip(*np.nonzero(wanted <= RADIUS[metric]), strict=True)
    )
    np.testing.assert_allclose(distances, wanted[rows, found], atol=1e-7)
    order = list(zip(rows, distances, found, strict=True))
    assert order == sorted(order)
    assert (found[0], distances[0]) == (3, pytest.approx(0, abs=1e-7))


@pytest.mark.parametrize("metric", [Metric.COSINE, Metric.L2])
@given(seed=st.integers(0, 2**16), dimension=st.integers(1, 300))
def test_the_bound_never_leaves_out_what_lies_on_the_edge(metric, seed: int, dimension: int):
    known, queries = drawn(metric, 5, dimension, seed), drawn(metric, 1, dimension, seed + 1)
    if metric is Metric.L2:
        known, queries = known * np.float32(1e3) + 1e5, queries * np.float32(1e3) + 1e5
    whole = VectorIndex(known, metric).search(queries, np.inf)
    assert len(whole[0]) == 5
    for distance in whole[2].tolist():
        found = VectorIndex(known, metric).search(queries, distance)
        assert found[2].tolist() == [d for d in whole[2].tolist() if d <= distance]


def test_chunks_of_pairs_change_nothing(monkeypatch):
    known, queries = drawn(Metric.L2, 50, 16, 1), drawn(Metric.L2, 5, 16, 2)
    whole = VectorIndex(known, Metric.L2).search(queries, 6.0)
    monkeypatch.setattr(module, "_PAIR_NUMBERS", 40)
    for one, other in zip(whole, VectorIndex(known, Metric.L2).search(queries, 6.0), strict=True):
        assert (one == other).all()


def test_numbers_too_large_for_float32_are_still_compared():
    known = np.array([[1e30, 0], [0, 1e30], [1, 1]], np.float32)
    rows, found, distances = VectorIndex(known, Metric.L2).search(known[:1], 1.0)
    assert (rows.tolist(), found.tolist(), distances.tolist()) == ([0], [0], [0.0])


def test_what_cannot_be_compared_is_told():
    rows = np.array([[1, 0], [0.6, 0.8], [0, 0], [3, 4], [np.nan, 1], [np.inf, 0]], np.float32)
    assert usable(rows, Metric.COSINE).tolist() == [True, True, False, False, False, False]
    assert usable(rows, Metric.L2).tolist() == [True, True, True, True, False, False]
    assert usable(np.zeros((2, 4), np.uint8), Metric.HAMMING).tolist() == [True, True]


def test_nothing_is_found_in_nothing():
    for metric in Metric:
        found = VectorIndex(drawn(metric, 0, 16, 1), metric).search(drawn(metric, 3, 16, 1), 9.0)
        assert [len(part) for part in found] == [0, 0, 0]
        found = VectorIndex(drawn(metric, 3, 16, 1), metric).search(drawn(metric, 0, 16, 1), 9.0)
        assert [len(part) for part in found] == [0, 0, 0]
