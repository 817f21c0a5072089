from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidebreak.hashing.local import Points
from tidebreak.matching.geometry import LEAST, MOST_PAIRS, TOLERANCE, fit


def scattered(count: int, rng: np.random.Generator) -> Points:
    at = (rng.random(count) + 1j * rng.random(count) * 0.7).astype(np.complex64)
    scale = np.exp2(rng.uniform(-6, -3, count)).astype(np.float32)
    angle = rng.uniform(0, 2 * np.pi, count).astype(np.float32)
    return Points(at, scale, angle, np.zeros(count, np.bool_))


def moved(points: Points, factor: complex, shift: complex) -> Points:
    """The same features on a picture that was turned, resized and shifted."""
    return Points(
        (points.at * factor + shift).astype(np.complex64),
        points.scale * np.float32(abs(factor)),
        points.angle + np.float32(np.angle(factor)),
        points.flat,
    )


def joined(first: Points, second: Points) -> Points:
    return Points(*(
        np.concatenate([getattr(first, name), getattr(second, name)])
        for name in ("at", "scale", "angle", "flat")
    ))  # fmt: skip


@settings(deadline=None, max_examples=40)
@given(
    st.floats(0.15, 6), st.floats(-3.1, 3.1), st.complex_numbers(max_magnitude=2),
    st.integers(8, 40), st.integers(0, 2**32 - 1),
)  # fmt: skip
def test_a_move_is_found_among_wrong_pairs(
    size: float, turn: float, shift: complex, count: int, seed: int
):
    rng = np.random.default_rng(seed)
    factor = size * np.exp(1j * turn)
    known = scattered(count, rng)
    query = moved(known, 1 / factor, -shift / factor)
    found = fit(joined(scattered(60, rng), query), joined(scattered(60, rng), known))
    assert found is not None
    assert found.inliers[60:].all()
    assert found.inliers[:60].sum() <= 6
    assert found.scale == pytest.approx(size, rel=0.1)
    assert abs(np.exp(1j * (np.radians(found.angle) - turn)) - 1) < 0.1
    assert np.abs(found.known(query.at) - known.at).max() < 1.5 * TOLERANCE
    assert np.abs(found.known(found.query(known.at)) - known.at).max() < 1e-3


def test_features_that_point_elsewhere_do_not_agree():
    rng = np.random.default_rng(1)
    known = scattered(30, rng)
    lying = Points(known.at, known.scale, rng.uniform(0, 6, 30).astype(np.float32), known.flat)
    found = fit(lying, known)
    assert found is None or found.inliers.sum() < 10


def test_features_of_another_size_do_not_agree():
    rng = np.random.default_rng(2)
    known = scattered(30, rng)
    sizes = known.scale * np.exp2(rng.choice([-4, -2, 2, 4], 30)).astype(np.float32)
    found = fit(Points(known.at, sizes, known.angle, known.flat), known)
    assert found is None or found.inliers.sum() <= 12


def test_what_was_stretched_by_a_tenth_fits_whole():
    rng = np.random.default_rng(3)
    known = scattered(60, rng)
    at = (known.at.real * 1.12 + 1j * known.at.imag).astype(np.complex64)
    found = fit(Points(at, known.scale, known.angle, known.flat), known)
    assert found is not None
    assert found.inliers.sum() >= 59
    assert found.matrix[0, 0] == pytest.approx(1 / 1.12, rel=0.01)
    assert found.matrix[1, 1] == pytest.approx(1, rel=0.01)


def test_strangers_do_not_fit():
    rng = np.random.default_rng(4)
    fits = [fit(scattered(count, rng), scattered(count, rng)) for count in (60, 400) * 8]
    inliers = [0 if found is None else int(found.inliers.sum()) for found in fits]
    assert max(inliers[::2]) <= 5
    assert max(inliers[1::2]) <= 8


@pytest.mark.parametrize("count", range(LEAST))
def test_too_few_pairs_are_no_fit(count: int):
    points = scattered(count, np.random.default_rng(5))
    assert fit(points, points) is None


def test_one_point_over_and_over_is_no_fit():
    points = scattered(1, np.random.default_rng(6))[np.zeros(50, np.intp)]
    assert fit(points, points) is None
    spread = scattered(50, np.random.default_rng(7))
    assert fit(points, spread) is None
    assert fit(spread, points) is None


def test_only_the_first_pairs_propose_but_all_count():
    rng = np.random.default_rng(8)
    known, wrong = scattered(50, rng), scattered(MOST_PAIRS, rng)
    late = fit(joined(scattered(MOST_PAIRS, rng), known), joined(wrong, known))
    assert late is None or late.inliers.sum() < 12
    known = joined(known, scattered(MOST_PAIRS, rng))
    early = fit(known, joined(known[np.arange(MOST_PAIRS + 40)], scattered(10, rng)))
    assert early is not None
    assert len(early.inliers) == MOST_PAIRS + 50
    assert early.inliers[: MOST_PAIRS + 40].all()
    assert not early.inliers[MOST_PAIRS + 40 :].all()


def test_the_same_pairs_give_the_same_fit():
    rng = np.random.default_rng(9)
    query, known = scattered(80, rng), scattered(80, rng)
    query = joined(query, known)
    known = joined(known, known[np.arange(80)])
    first, second = fit(query, known), fit(query, known)
    assert first is not None
    assert second is not None
    assert (first.matrix == second.matrix).all()
