from __future__ import annotations

import pytest
from tests.sightings.made import actor

from tidebreak.sightings.pages.portrait import largest, unit_of
from tidebreak.sightings.records import Hypothesis


@pytest.mark.parametrize(
    ("hypothesis", "seconds"), [(Hypothesis.CLIENT, 86_400), (Hypothesis.ENDPOINT, 3_600)]
)
def test_an_actor_of_one_day_has_a_timeline_in_hours(hypothesis: Hypothesis, seconds: int):
    assert unit_of(actor(hypothesis, 1)) == seconds


def test_the_largest_of_each_measure_is_what_it_may_be_at_most():
    actors = [actor(Hypothesis.CLIENT, place) for place in range(1, 6)]
    found = largest(actors)
    assert found["sole"] == max(one.sole.high for one in actors)
    assert set(found) == {"sole", "rarity", "contents", "days", "addresses", "clients"}
    assert set(largest([]).values()) == {0.0}
