from __future__ import annotations

import pytest
from tests.sightings.made import actor

from tidebreak.sightings.portrait import unit_of
from tidebreak.sightings.records import Hypothesis


@pytest.mark.parametrize(
    ("hypothesis", "seconds"), [(Hypothesis.CLIENT, 86_400), (Hypothesis.ENDPOINT, 3_600)]
)
def test_an_actor_of_one_day_has_a_timeline_in_hours(hypothesis: Hypothesis, seconds: int):
    assert unit_of(actor(hypothesis, 1)) == seconds
