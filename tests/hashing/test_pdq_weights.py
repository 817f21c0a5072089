from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidebreak.hashing.pdq_weights import (
    GRID,
    Taps,
    cosine_weights,
    positions,
    weights,
    window,
)

SIDES = st.integers(1, 1500)


def dense(taps: Taps, columns: int, term: int = 0) -> np.ndarray:
    matrix = np.zeros((GRID, columns))
    for row, (start, count) in enumerate(zip(taps.starts, taps.counts, strict=True)):
        matrix[row, start : start + count] = taps.weights[term, row, :count]
    return matrix


def box_matrix(side: int) -> np.ndarray:
    """The running box of the reference, written down sample by sample."""
    width = window(side)
    ahead = (width + 2) // 2 - 1
    matrix = np.zeros((side, side))
    for k in range(side):
        low, high = max(0, k - (width - 1 - ahead)), min(side - 1, k + ahead)
        matrix[k, low : high + 1] = 1 / (high - low + 1)
    return matrix


@given(SIDES)
def test_weights_are_two_boxes_and_a_choice_of_64(side):
    box = box_matrix(side)
    expected = (box @ box)[positions(side)]
    np.testing.assert_allclose(dense(weights(side), side), expected, atol=1e-6)


@given(SIDES)
def test_every_row_is_an_average(side):
    assert dense(weights(side), side).sum(axis=1) == pytest.approx(1.0, abs=1e-5)


@given(SIDES, st.booleans(), st.integers(0, 1000))
def test_cosine_weights_with_all_terms_are_the_weights(side, mirrored, seed):
    blocks = -(-side // 8)
    samples = np.random.default_rng(seed).uniform(0, 255, blocks * 8)
    k, x = np.arange(8)[:, np.newaxis], np.arange(8)
    basis = np.cos((2 * x + 1) * k * np.pi / 16) * np.where(k == 0, np.sqrt(1 / 8), 0.5)
    coefficients = samples.reshape(blocks, 8) @ basis.T
    taps = cosine_weights(side, 8, mirrored=mirrored)
    found = sum(dense(taps, blocks, term) @ coefficients[:, term] for term in range(8))
    shown = samples[:side][::-1] if mirrored else samples[:side]
    np.testing.assert_allclose(found, dense(weights(side), side) @ shown, atol=1e-2)
