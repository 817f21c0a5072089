from __future__ import annotations

from dataclasses import replace

import pytest

from tidebreak.sightings.ranking.days import Doubts
from tidebreak.sightings.ranking.flags import Signs, flags_of
from tidebreak.sightings.records import Hypothesis, Range

NOON = 20_500 * 86_400 + 43_200

PLAIN = Signs(
    hypothesis=Hypothesis.ENDPOINT, contents=Range(40, 50), known=5000, crowd=1, places=1,
    decoy=False, burst=3, rows=60, said=50, span=(NOON, NOON + 60),
)  # fmt: skip


def test_of_an_ordinary_actor_nothing_is_to_be_said():
    assert flags_of(PLAIN, Doubts()) == ()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"decoy": True}, "decoy pattern"),
        ({"contents": Range(0, 900)}, "claims 18 % of all known contents"),
        ({"contents": Range(5, 20), "known": 40}, "claims 50 % of all known contents"),
        ({"contents": Range(20, 20), "burst": 17}, "17 of its contents came within one hour"),
        ({"contents": Range(0, 4)}, "nothing of it is sure"),
        ({"crowd": 14}, "shared address: up to 14 client ids"),
        ({"hypothesis": Hypothesis.CLIENT, "places": 20}, "at up to 20 addresses"),
        ({"contents": Range(200, 200), "burst": 190}, "190 of its contents came within one hour"),
        ({"rows": 90_000}, "90000 sightings say what 50 would"),
        ({"span": (NOON + 43_000, NOON + 43_100)}, "close to midnight"),
        ({"span": (NOON - 43_200, NOON - 43_000)}, "close to midnight"),
    ],
)
def test_each_sign_has_its_words(change, words):
    assert any(words in text for text in flags_of(replace(PLAIN, **change), Doubts()))


@pytest.mark.parametrize(
    "change",
    [
        {"contents": Range(5, 19), "known": 19},
        {"contents": Range(5, 99), "known": 200},
        {"contents": Range(5, 900), "known": 9100},
        {"contents": Range(19, 30), "burst": 19},
        {"contents": Range(20, 30), "burst": 16},
    ],
)
def test_below_the_thresholds_nothing_is_said(change):
    assert flags_of(replace(PLAIN, **change), Doubts()) == ()


def test_whoever_is_there_all_day_is_not_close_to_midnight():
    assert not flags_of(replace(PLAIN, span=(NOON - 43_200, NOON + 43_199)), Doubts())


def test_from_where_on_a_line_is_shared_is_a_setting():
    assert flags_of(replace(PLAIN, crowd=4), Doubts(shared=4)) == ()
    assert flags_of(replace(PLAIN, crowd=5), Doubts(shared=4)) != ()
