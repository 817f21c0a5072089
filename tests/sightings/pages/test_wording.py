from __future__ import annotations

from tests.sightings.made import actor

from tidebreak.sightings.pages.wording import (
    MEASURES,
    NETWORK_NAMES,
    cell,
    day,
    figure,
    moment,
    network_names,
    percent,
)
from tidebreak.sightings.records import Hypothesis, Network, Range


def test_figures_are_ranges_in_words():
    assert figure(Range(12, 31)) == "12 to 31"
    assert figure(Range(1_200, 1_200.2)) == "1,200"
    assert figure(Range(0.5, 1.25), 1) == "0.5 to 1.2"
    assert percent(Range(0.012, 0.5)) == "1.2 to 50.0 %"
    assert percent(Range(0.00031, 0.00048)) == "0.03 to 0.05 %"


def test_times_are_those_of_utc():
    assert moment(1_767_225_659) == "2026-01-01 00:00"
    assert day(1_767_225_599) == "2025-12-31"
    assert day(0) == "–"


def test_every_network_and_measure_has_words():
    assert set(NETWORK_NAMES) == set(Network)
    made = actor(Hypothesis.CLIENT, 1)
    assert network_names(made) == "eDonkey, Gnutella"
    assert all(isinstance(getattr(made, name), Range) for _, name, _ in MEASURES)


def test_no_cell_of_a_table_is_a_formula():
    assert [cell(value) for value in ("=1+1", "@x", "plain", 7)] == ["'=1+1", "'@x", "plain", 7]
