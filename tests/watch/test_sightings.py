from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tidebreak.model import Level, ListKind, Match
from tidebreak.watch.events import Phase
from tidebreak.watch.sightings import QUIET_MS, Change, PassedOver, Seen, Sightings, merged

MATCH = Match("list", "", ListKind.CONTRABAND, "a", "", "", Level.POSSIBLE, "pdq", 20)
NEAR = replace(MATCH, level=Level.NEAR, distance=8)


def phases(changes: list[Change]) -> list[tuple[int, str, Level]]:
    return [(one.number, one.phase.value, one.match.level) for one in changes]


def test_something_begins_grows_stronger_and_ends():
    sightings = Sightings()
    assert phases([*sightings.see([Seen(MATCH, 1000, 1000)])]) == [(1, "begin", Level.POSSIBLE)]
    assert not [*sightings.see([Seen(MATCH, 1500, 1500)])]
    assert phases([*sightings.see([Seen(NEAR, 2000, 2000)])]) == [(1, "update", Level.NEAR)]
    assert not [*sightings.see([Seen(MATCH, 2500, 2500)])]
    assert not [*sightings.advance(2500 + QUIET_MS)]
    (end,) = sightings.advance(2501 + QUIET_MS)
    assert (end.phase, end.start_ms, end.end_ms) == (Phase.END, 1000, 2500)
    assert end.match.level is Level.NEAR
    assert phases([*sightings.see([Seen(MATCH, 9000, 9000)])]) == [(2, "begin", Level.POSSIBLE)]


def test_what_goes_on_is_told_every_ten_seconds():
    sightings = Sightings()
    told = [one for n in range(61) for one in sightings.see([Seen(NEAR, 500 * n, 500 * n)])]
    assert [(one.phase.value, one.end_ms) for one in told] == [
        ("begin", 0), ("update", 10_000), ("update", 20_000), ("update", 30_000),
    ]  # fmt: skip


def test_the_strongest_of_those_that_begin_together_comes_first():
    other = replace(NEAR, entry="b")
    told = [*Sightings().see([Seen(MATCH, 0, 0), Seen(other, 0, 0)])]
    assert [one.match.entry for one in told] == ["b", "a"]


def test_too_many_at_a_time_are_said_every_ten_seconds_and_at_the_end():
    sightings = Sightings()
    assert sightings.passed_over(0) is None
    for ms in (0, 500):
        seen = [Seen(replace(MATCH, entry=str(n)), ms, ms) for n in range(1010)]
        assert len([*sightings.see(seen)]) == (0 if ms else 1000)
    assert sightings.passed_over(600) == PassedOver(0, 500, 10)
    assert sightings.passed_over(None) is None
    assert not [*sightings.see([Seen(replace(MATCH, entry="more"), 700, 900)])]
    assert sightings.passed_over(10_599) is None
    assert sightings.passed_over(10_600) == PassedOver(700, 900, 1)
    assert not [*sightings.see([Seen(replace(MATCH, entry="more"), 10_700, 10_700)])]
    assert sightings.passed_over(10_800) is None
    assert sightings.passed_over(None) == PassedOver(10_700, 10_700, 1)


def test_a_window_that_moves_makes_one_range_of_what_goes_on():
    ranges: tuple[tuple[float, float, float, float], ...] = ()
    for start in range(0, 200, 5):
        window = (max(10.0, start - 60.0), start + 10.0)
        ranges = merged(ranges, ((*window, window[0] + 90, window[1] + 90),))
    assert ranges == ((10.0, 205.0, 100.0, 295.0),)


def test_another_part_of_the_video_is_another_range():
    first, second = (0.0, 10.0, 0.0, 10.0), (11.0, 20.0, 100.0, 109.0)
    assert merged((first,), (second,)) == (first, second)
    later = (60.0, 70.0, 60.0, 70.0)
    assert merged((first,), (later,)) == (first, later)


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.booleans(), st.integers(0, 4000), st.booleans()),
        max_size=80,
    )
)
def test_every_sighting_begins_once_ends_once_and_grows_only(steps):
    sightings, now, told = Sightings(), 0, list[Change]()
    for entry, near, passed, looked in steps:
        now += passed
        if looked:
            match = replace(NEAR if near else MATCH, entry=entry)
            told += sightings.see([Seen(match, now, now)])
        told += sightings.advance(now)
    told += sightings.finish()
    for number in {one.number for one in told}:
        own = [one for one in told if one.number == number]
        assert [one.phase for one in own][:: len(own) - 1] == [Phase.BEGIN, Phase.END]
        assert Phase.UPDATE not in (own[0].phase, own[-1].phase)
        ranks = [one.match.level.rank for one in own]
        assert ranks == sorted(ranks, reverse=True)
        assert own[0].start_ms <= own[-1].end_ms
