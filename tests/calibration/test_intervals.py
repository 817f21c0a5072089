from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import betainc
from scipy.stats import binomtest

from tidebreak.calibration.intervals import beta_share, mean_interval, share_interval, upper_bound


@given(st.integers(1, 3000), st.floats(0, 1))
def test_the_interval_is_scipys_exact_one(trials, share):
    hits = round(share * trials)
    theirs = binomtest(hits, trials).proportion_ci(0.95, "exact")
    assert share_interval(hits, trials) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


@pytest.mark.parametrize(("hits", "trials"), [(0, 1), (0, 1_360_000), (3, 2_000_000), (5, 5)])
def test_the_bound_is_scipys_one_sided_one(hits, trials):
    theirs = binomtest(hits, trials, alternative="less").proportion_ci(0.95, "exact")
    assert upper_bound(hits, trials) == pytest.approx(theirs.high, rel=1e-6)


def test_no_hit_in_many_trials_is_the_rule_of_three():
    assert upper_bound(0, 100_000) == pytest.approx(3e-5, rel=0.01)


def test_nothing_tried_says_nothing():
    assert share_interval(0, 0) == (0.0, 1.0)
    assert upper_bound(0, 0) == 1.0
    assert mean_interval([0.5]) == (0.0, 1.0)


@given(st.floats(0.5, 500), st.floats(0.5, 500), st.floats(0, 1))
def test_the_incomplete_beta_function_is_scipys(a, b, x):
    assert beta_share(a, b, x) == pytest.approx(float(betainc(a, b, x)), abs=1e-10)


def test_a_mean_lies_in_its_interval_which_narrows_with_the_number():
    few, many = mean_interval([0.4, 0.6] * 5), mean_interval([0.4, 0.6] * 50)
    assert few[0] < many[0] < 0.5 < many[1] < few[1]
    assert many[1] - many[0] == pytest.approx(2 * 1.96 * 0.1 / 10, rel=0.02)
