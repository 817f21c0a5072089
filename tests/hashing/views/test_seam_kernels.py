"""The loops that look for seams, against plain Python."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tidebreak.hashing.views import seam_kernels
from tidebreak.hashing.views.seam_kernels import bounded_boxes, longest_seams, seam_evidence


@given(st.integers(1, 12), st.integers(1, 30), st.integers(0, 99))
@settings(max_examples=50, deadline=None)
def test_evidence_compares_a_step_with_those_beside_it(rows: int, columns: int, seed: int):
    luma = np.random.default_rng(seed).uniform(0, 255, (rows, columns)).astype(np.float32)
    found = np.full_like(luma, np.nan)
    seam_evidence(luma, found)
    expected = np.zeros_like(luma)
    for y in range(rows):
        for x in range(4, columns - 4):
            here = abs(luma[y, x + 1] - luma[y, x - 1])
            left, right = luma[y, x - 2] - luma[y, x - 4], luma[y, x + 4] - luma[y, x + 2]
            near = (abs(left) + abs(right)) / 2
            expected[y, x] = (here - near) / (here + near + 6)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_evidence_is_high_along_a_seam_and_none_on_average_elsewhere():
    rng = np.random.default_rng(2)
    noise = np.cumsum(rng.normal(0, 8, (400, 300)), axis=1)
    luma = (noise + 120 * (np.arange(300) >= 150)).astype(np.float32)
    found = np.empty_like(luma)
    seam_evidence(luma, found)
    mean = found.mean(axis=0)
    assert mean[149:151].min() > 0.6
    assert abs(mean[[*range(4, 140), *range(160, 296)]].mean()) < 0.05


@given(st.integers(1, 14), st.integers(1, 5), st.integers(0, 999))
@settings(max_examples=100, deadline=None)
def test_the_longest_seam_is_the_largest_partial_sum(rows: int, columns: int, seed: int):
    evidence = np.random.default_rng(seed).uniform(-1, 1, (rows, columns)).astype(np.float32)
    sums = np.full(columns, np.nan, np.float32)
    starts, ends = np.full(columns, -9, np.int32), np.full(columns, -9, np.int32)
    longest_seams(evidence, sums, starts, ends)
    for x in range(columns):
        runs = {
            (a, b): float((evidence[a:b, x] - np.float32(0.15)).sum())
            for a, b in combinations(range(rows + 1), 2)
        }
        most = max(runs.values())
        assert abs(sums[x] - max(most, 0)) < 1e-5
        if most > 1e-5:
            assert abs(runs[int(starts[x]), int(ends[x])] - most) < 1e-5


def test_a_box_needs_seams_on_all_sides_and_none_through_it():
    # Seams at 20 and 60 across, at 10 and 50 down; one at 40 across that is half as long.
    xs, ys = np.array([0, 20, 40, 60, 100], np.int32), np.array([0, 10, 50, 80], np.int32)
    down, across = np.zeros((5, 81), np.float32), np.zeros((4, 101), np.float32)
    down[1], down[3] = np.arange(81), np.arange(81)
    down[2] = np.minimum(np.arange(81), 10)
    across[1], across[2] = np.arange(101), np.arange(101)
    scores, boxes = np.empty(500, np.float32), np.empty((500, 4), np.int32)
    least = np.array([10, 10, 100], np.int32)
    count = bounded_boxes(xs, ys, down, across, least, scores, boxes)
    found = {tuple(box): score for box, score in zip(boxes[:count].tolist(), scores, strict=False)}
    assert max(found, key=lambda box: found[box]) == (1, 1, 3, 2)
    assert (0, 0, 4, 3) not in found  # that is the picture
    assert (2, 1, 3, 2) not in found  # its left side is no seam there
    assert (1, 0, 3, 3) not in found  # seams run all through it


def test_boxes_stop_where_there_is_no_room_for_more():
    edges = np.arange(0, 200, 10, dtype=np.int32)
    running = np.tile(np.arange(191, dtype=np.float32), (20, 1)) * np.float32(0.5)
    scores, boxes = np.empty(7, np.float32), np.empty((7, 4), np.int32)
    least = np.ones(3, np.int32)
    assert bounded_boxes(edges, edges, running, running, least, scores, boxes) == 7


def test_the_kernels_warm():
    seam_kernels.warm()
