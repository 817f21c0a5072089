from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.backends import BOTH

from tidebreak.errors import TidebreakError, UsageError
from tidebreak.policy.flood_store import (
    SLOT_SECONDS,
    USUAL_SLOTS,
    Flood,
    FloodState,
    FloodStore,
    Tally,
)
from tidebreak.policy.flooding import FloodLimits
from tidebreak.store.stores import Stores

NAME = ("hotline", "#1", "exact")
NOW = 1_800_000_000.0


BACKENDS = BOTH


@pytest.fixture
def store(stores: Stores) -> Iterator[FloodStore]:
    made = FloodStore(stores.open("floods", "tidebreak.policy"))
    yield made
    made.close()


def begin(store: FloodStore, tally: Tally, now: float) -> Flood | None:
    begun: list[Flood] = []
    store.begin(NAME, tally, now, begun.append)
    return begun[0] if begun else None


def slot(seconds_ago: float) -> int:
    return int((NOW - seconds_ago) // SLOT_SECONDS)


def test_counts_add_up_over_all_who_write(store: FloodStore, stores: Stores):
    other = FloodStore(stores.open("floods", "tidebreak.policy"))
    for one in (store, other, store):
        one.add(Counter({(NAME, slot(0)): 2, (("own", "#9", "near"), slot(0)): 1}))
    other.close()
    found = store.tallies({NAME: FloodLimits(), ("x", "#1", "near"): FloodLimits()}, NOW)
    assert found == {NAME: Tally(6, 0.0), ("x", "#1", "near"): Tally(0, 0.0)}


def test_the_window_and_what_is_usual_are_told_apart(store: FloodStore):
    store.add(
        {
            (NAME, slot(0)): 5,
            (NAME, slot(3300)): 7,
            (NAME, slot(3900)): 240,
            (NAME, slot(90_500)): 99,
        }
    )
    limits = FloodLimits(minutes=60)
    assert store.tallies({NAME: limits}, NOW)[NAME] == Tally(12, 240 * 12 / USUAL_SLOTS)


@given(
    st.lists(st.tuples(st.integers(0, 400), st.integers(1, 50)), max_size=30), st.integers(5, 300)
)
@settings(max_examples=20, deadline=None)
def test_tallies_are_what_a_list_of_all_matches_says(counts: list[tuple[int, int]], minutes: int):
    window = -(-minutes * 60 // SLOT_SECONDS)
    recent = sum(count for ago, count in counts if ago < window)
    before = sum(count for ago, count in counts if window <= ago < window + USUAL_SLOTS)
    with TemporaryDirectory() as folder:
        store = FloodStore(Stores(Path(folder)).open("floods", "tidebreak.policy"))
        for ago, count in counts:
            store.add({(NAME, slot(0) - ago): count})
        found = store.tallies({NAME: FloodLimits(minutes=minutes)}, NOW)[NAME]
        store.close()
    assert found == Tally(recent, before * window / USUAL_SLOTS)


def test_a_flood_begins_once_and_ends_by_a_word(store: FloodStore):
    begun = begin(store, Tally(1000, 2.5), NOW)
    assert begun is not None
    assert (begun.matches, begun.usual, begun.state) == (1000, 2.5, FloodState.OPEN)
    assert begun.began_at == "2027-01-15T08:00:00+00:00"
    assert begin(store, Tally(2000, 2.5), NOW + 9) is None
    assert store.open() == [begun]
    store.add({(NAME, slot(0)): 1000})
    store.end(*NAME[:2], FloodState.RELEASED, "somebody", NOW + 60)
    (ended,) = store.newest(5)
    assert (ended.state, ended.ended_by, ended.ended_at) == (
        FloodState.RELEASED, "somebody", "2027-01-15T08:01:00+00:00",
    )  # fmt: skip
    assert store.open() == []
    assert store.tallies({NAME: FloodLimits()}, NOW)[NAME].recent == 0
    assert begin(store, Tally(1000, 0.0), NOW + 99) is not None


def test_no_flood_begins_without_its_alarm(store: FloodStore):
    def full(_: Flood) -> None:
        raise TidebreakError("The disk is full.")

    with pytest.raises(TidebreakError):
        store.begin(NAME, Tally(1000, 0.0), NOW, full)
    assert store.open() == []
    assert begin(store, Tally(1000, 0.0), NOW) is not None


def test_a_confirmed_entry_is_quiet_for_a_month(store: FloodStore):
    begin(store, Tally(1000, 0.0), NOW)
    store.end(*NAME[:2], FloodState.CONFIRMED, "somebody", NOW)
    assert store.quiet(NOW + 29 * 86_400) == {NAME}
    assert begin(store, Tally(1000, 0.0), NOW + 86_400) is None
    assert store.quiet(NOW + 31 * 86_400) == frozenset()
    assert begin(store, Tally(1000, 0.0), NOW + 31 * 86_400) is not None


def test_what_does_not_flood_cannot_be_ended(store: FloodStore):
    with pytest.raises(UsageError, match="does not flood"):
        store.end(*NAME[:2], FloodState.RELEASED, "somebody", NOW)


def test_old_counts_are_dropped(store: FloodStore):
    store.add({(NAME, slot(0)): 1, (NAME, slot(3600)): 1, (NAME, slot(5 * 86_400)): 1})
    store.forget(NOW)
    rows = store._sql.rows("SELECT slot FROM flood_count ORDER BY slot")  # pyright: ignore[reportPrivateUsage]
    assert [row[0] for row in rows] == [slot(3600), slot(0)]


@pytest.mark.parametrize(
    ("recent", "usual", "floods"),
    [(999, 0, False), (1000, 0, True), (1000, 100, True), (1000, 101, False), (1010, 101, True)],
)
def test_a_flood_is_much_and_much_more_than_usual(recent: int, usual: float, floods: bool):
    assert Tally(recent, usual).floods(FloodLimits()) is floods
