from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from tests.policy.cases import case, match, part

from tidebreak.model import Level
from tidebreak.policy.case import Case, facts_of
from tidebreak.policy.rules import Place, Sample, When
from tidebreak.policy.sampling import drawn, lot

NEAR = When(level=frozenset({Level.NEAR}))


def share(rate: float, one: Case, count: int = 4000) -> float:
    facts, place = facts_of(one), Place.of(one)
    sample = Sample("s", rate, NEAR)
    return sum(drawn(sample, facts, place, replace(one, id=f"x{n}")) for n in range(count)) / count


def test_the_rate_is_the_share_of_what_is_certain_and_more_of_what_is_not():
    certain = case(part(match(Level.NEAR, signal="pdq", distance=0.0)))
    doubtful = case(part(match(Level.NEAR, signal="pdq", distance=31.0)))
    # Standard errors are 0.0034 and 0.0063: five of them.
    assert abs(share(0.05, certain) - 0.05) < 0.017
    assert abs(share(0.05, doubtful) - 0.20) < 0.032


def test_the_likeliest_error_counts():
    both = case(part(match(Level.NEAR, signal="pdq", distance=0.0),
                     match(Level.NEAR, signal="pdq", distance=31.0, number=2)))  # fmt: skip
    assert abs(share(0.05, both) - 0.20) < 0.032


def test_nothing_else_is_drawn():
    assert share(1.0, case(part(match(Level.EXACT))), 10) == 0
    assert share(0.0, case(part(match(Level.NEAR, distance=31.0))), 100) == 0
    assert share(1.0, case(part(match(Level.NEAR))), 10) == 1


@given(st.text(max_size=20), st.text(max_size=20))
def test_a_draw_repeats_and_depends_on_both_names(name: str, id: str):
    one = case(id=id)
    assert 0 <= lot(name, one) < 1
    assert lot(name, one) == lot(name, case(part(), id=id))
    assert lot(f"{name}x", one) != lot(name, replace(one, id=f"x{id}"))


def test_without_an_id_the_callers_name_draws():
    one = case()
    named = replace(one, origin=replace(one.origin, item="file 7"))
    assert lot("s", named) != lot("s", one)
    assert lot("s", replace(named, id="a")) == lot("s", replace(one, id="a"))
