from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tidebreak.errors import TidebreakError
from tidebreak.policy.flood_store import Flood, FloodState, FloodStore
from tidebreak.policy.flooding import EntryName, FloodLimits
from tidebreak.policy.floods import FloodWatch
from tidebreak.store.stores import Stores

NAME, OTHER = ("hotline", "#1", "exact"), ("hotline", "#2", "near")


class World:
    """One store, a clock, and as many replicas as are asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.now = folder, 1_800_000_000.0
        self.alarms: list[Flood] = []
        self.stores: list[FloodStore] = []
        self.limits = FloodLimits(count=10)

    def replica(self) -> FloodWatch:
        store = FloodStore(Stores(self.folder).open("floods", "tidebreak.policy"))
        self.stores.append(store)
        return FloodWatch(store, on_flood=self.alarms.append, clock=lambda: self.now)

    def seen(self, watch: FloodWatch, *names: EntryName) -> frozenset[EntryName]:
        return watch.seen(names, lambda _: self.limits)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    for store in made.stores:
        store.close()


def test_the_match_that_is_one_too_many_is_held_at_once(world: World):
    watch = world.replica()
    held = [bool(world.seen(watch, NAME)) for _ in range(12)]
    assert held == [False] * 9 + [True] * 3
    assert watch.flooding([NAME, OTHER]) == {NAME}
    assert not world.alarms
    watch.flush()
    assert [alarm.name for alarm in world.alarms] == [NAME]
    assert world.alarms[0].matches == 12
    watch.flush()
    assert len(world.alarms) == 1
    assert [flood.name for flood in watch.open()] == [NAME]


def test_replicas_count_together_and_alarm_once(world: World):
    first, second = world.replica(), world.replica()
    for _ in range(6):
        world.seen(first, NAME)
        world.seen(second, NAME)
    assert not first.flooding([NAME])
    first.flush()
    second.flush()
    first.flush()
    assert first.flooding([NAME]) == second.flooding([NAME]) == {NAME}
    assert len(world.alarms) == 1


def test_a_restart_forgets_nothing_that_was_written(world: World):
    before = world.replica()
    for _ in range(9):
        world.seen(before, NAME)
    before.flush()
    after = world.replica()
    world.seen(after, NAME)
    after.flush()
    assert after.flooding([NAME])
    assert world.replica().flooding([NAME])


def test_a_flood_stays_until_a_person_says_something(world: World):
    watch = world.replica()
    for _ in range(10):
        world.seen(watch, NAME)
    watch.flush()
    world.now += 30 * 86_400
    watch.flush()
    assert world.seen(watch, NAME)
    watch.end(*NAME[:2], FloodState.RELEASED, "somebody")
    assert not watch.flooding([NAME])
    assert not world.seen(watch, NAME)
    for _ in range(9):
        world.seen(watch, NAME)
    watch.flush()
    assert len(world.alarms) == 2


def test_a_confirmed_entry_floods_no_more(world: World):
    watch, other = world.replica(), world.replica()
    for _ in range(10):
        world.seen(watch, NAME)
        world.seen(other, NAME)
    watch.flush()
    other.flush()
    watch.end(*NAME[:2], FloodState.CONFIRMED, "somebody")
    other.flush()
    for one in (watch, other):
        assert not any(world.seen(one, NAME) for _ in range(50))
        one.flush()
        assert not one.flooding([NAME])
    assert len(world.alarms) == 1


def test_what_is_spread_over_time_is_no_flood(world: World):
    watch = world.replica()
    for _ in range(100):
        assert not world.seen(watch, NAME)
        watch.flush()
        world.now += 600
    assert not world.alarms


def test_what_is_usual_is_no_flood(world: World):
    watch = world.replica()
    world.limits = FloodLimits(count=10, times_usual=3)
    for _ in range(24):
        for _ in range(8):
            assert not world.seen(watch, NAME)
        watch.flush()
        world.now += 3600
    for _ in range(20):
        world.seen(watch, NAME)
        watch.flush()
    assert not watch.flooding([NAME])
    for _ in range(10):
        world.seen(watch, NAME)
        watch.flush()
    assert watch.flooding([NAME])


def test_what_cannot_be_written_is_kept_and_told(world: World, monkeypatch: pytest.MonkeyPatch):
    watch = world.replica()
    for _ in range(10):
        world.seen(watch, NAME)

    def full(*_: object) -> None:
        raise TidebreakError("The disk is full.")

    with monkeypatch.context() as patched:
        patched.setattr(FloodStore, "add", full)
        with pytest.raises(TidebreakError), watch.running():
            watch.flush()
        assert watch.problem == "The disk is full."
    assert watch.flooding([NAME])
    with watch.running():
        pass
    assert not watch.problem
    assert world.alarms[0].matches == 10


def test_what_was_written_is_not_written_again(world: World, monkeypatch: pytest.MonkeyPatch):
    watch = world.replica()
    for _ in range(6):
        world.seen(watch, NAME)

    def busy(*_: object) -> None:
        raise TidebreakError("Busy.")

    with monkeypatch.context() as patched:
        patched.setattr(FloodStore, "tallies", busy)
        with pytest.raises(TidebreakError):
            watch.flush()
    watch.flush()
    assert not world.alarms
    for _ in range(4):
        world.seen(watch, NAME)
    watch.flush()
    assert world.alarms[0].matches == 10


def test_it_counts_from_several_threads(world: World):
    watch = world.replica()
    world.limits = FloodLimits(count=4000)

    def count() -> None:
        for _ in range(1000):
            world.seen(watch, NAME)

    threads = [threading.Thread(target=count) for _ in range(4)]
    with watch.running():
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert [alarm.matches for alarm in world.alarms] == [4000]


def test_old_counts_are_tidied_up(world: World):
    watch = world.replica()
    world.seen(watch, NAME)
    watch.flush()
    world.now += 10 * 86_400
    world.seen(watch, OTHER)
    watch.flush()
    rows = world.stores[0]._sql.rows("SELECT entry FROM flood_count")  # pyright: ignore[reportPrivateUsage]
    assert rows == [("#2",)]


def test_counting_is_quick(world: World):
    watch = world.replica()
    world.limits = FloodLimits(count=10**6)
    start = time.perf_counter()
    for number in range(10_000):
        world.seen(watch, ("hotline", f"#{number % 100}", "near"))
    assert time.perf_counter() - start < 2.0  # some 5 µs each; a slow machine may take its time
