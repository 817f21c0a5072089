from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.gates.conftest import Oracle, make_torrent

from tidebreak import links
from tidebreak.errors import TidebreakError
from tidebreak.gates.events import Event, EventKind
from tidebreak.gates.gate import Gate
from tidebreak.gates.patrol import AGAIN, CannotSeek, Mark, Patrol, Torrent
from tidebreak.gates.policy import Action, OnFailure, OnUnjudged, Policy
from tidebreak.gates.web import NoAnswer


@dataclass
class Memory:
    """A client that is only remembered."""

    held: dict[str, Torrent] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    can_seek: bool = True
    away: bool = False
    done: list[str] = field(default_factory=list)

    def add(self, data: bytes, *, running: bool = False, ready: bool = True) -> str:
        signals = tuple(s for s in links.read_file(data).signals if s.type.name == "btih")
        key = signals[0].value.hex()
        self.held[key] = Torrent(key, signals, running, ready)
        self.files[key] = data
        return key

    def change(self, torrent: Torrent, *, drop: Mark | None = None, add: Mark | None = None,
               **more) -> None:  # fmt: skip
        marks = self.held[torrent.id].marks - {drop} | ({add} if add else set())
        self.held[torrent.id] = replace(self.held[torrent.id], marks=marks, **more)

    def prepare(self, change: bool) -> list[str]:
        return [] if change else ["not prepared"]

    def torrents(self) -> list[Torrent]:
        return list(self.held.values())

    def metainfo(self, torrent: Torrent) -> bytes:
        if torrent.id not in self.files:
            raise TidebreakError("it is gone")
        return self.files[torrent.id]

    def seek(self, torrent: Torrent) -> None:
        if not self.can_seek:
            raise CannotSeek("it cannot")
        if self.away:
            raise NoAnswer("it is away")
        self.done.append("seek")
        self.change(torrent, running=True)

    def start(self, torrent: Torrent) -> None:
        self.done.append("start")
        self.change(torrent, running=True)

    def stop(self, torrent: Torrent) -> None:
        self.done.append("stop")
        self.change(torrent, running=False)

    def hold(self, torrent: Torrent) -> None:
        self.done.append("hold")
        self.change(torrent, running=False, add=Mark.HELD, drop=Mark.CHECKED)

    def release(self, torrent: Torrent) -> None:
        if self.away:
            raise NoAnswer("it is away")
        self.done.append("release")
        self.change(torrent, drop=Mark.HELD)

    def mark_checked(self, torrent: Torrent) -> None:
        self.change(torrent, add=Mark.CHECKED)


class World:
    """A client, what is known, and the patrol between, whose first round is over."""

    def __init__(self, oracle: Oracle, policy: Policy | None = None, first: bool = True) -> None:
        self.client, self.oracle, self.told = Memory(), oracle, list[Event]()
        self.now = 0.0
        gate = Gate(oracle, policy, self.told.append)
        self.patrol = Patrol(self.client, gate, recheck=1000, clock=lambda: self.now)
        if first:
            self.patrol.round()

    def look(self, key: str) -> tuple[bool, set[str]]:
        self.patrol.round()
        return self.client.held[key].running, set(self.client.held[key].marks)

    @property
    def kinds(self) -> list[EventKind]:
        return [each.kind for each in self.told]


@pytest.fixture
def data(tmp_path: Path) -> bytes:
    return make_torrent(tmp_path, "x.bin", [40_000], "v2")


def learn(oracle: Oracle, data: bytes) -> None:
    oracle.learn(*links.read_file(data).files[0].signals)


@pytest.fixture
def world(oracle: Oracle) -> World:
    return World(oracle)


def test_new_and_clear_starts_and_is_not_asked_about_again(world: World, data: bytes):
    key = world.client.add(data)
    assert world.look(key) == (True, {Mark.CHECKED})
    asked = len(world.oracle.asked)
    world.patrol.round()
    assert len(world.oracle.asked) == asked
    assert world.kinds == [EventKind.RELEASED]


def test_new_and_known_is_held_even_if_it_was_running(world: World, data: bytes):
    learn(world.oracle, data)
    key = world.client.add(data, running=True)
    assert world.look(key) == (False, {Mark.HELD})
    assert world.client.done == ["stop", "hold"]
    world.client.start(world.client.held[key])
    assert world.look(key) == (False, {Mark.HELD})
    assert world.kinds == [EventKind.HIT]


def test_what_is_not_certain_is_held_and_told_of_as_that(world: World, data: bytes):
    world.oracle.certain = False
    learn(world.oracle, data)
    assert world.look(world.client.add(data)) == (False, {Mark.HELD})
    assert [(each.kind, each.action) for each in world.told] == [(EventKind.HIT, Action.HOLD)]


def test_a_person_may_release_what_is_held(world: World, data: bytes):
    learn(world.oracle, data)
    key = world.client.add(data)
    world.patrol.round()
    world.client.change(world.client.held[key], add=Mark.RELEASED)
    assert world.look(key) == (False, {Mark.RELEASED})
    world.client.start(world.client.held[key])
    world.now = 5000
    assert world.look(key) == (True, {Mark.RELEASED})
    assert world.kinds == [EventKind.HIT, EventKind.OVERRULED]


def test_a_release_is_told_of_once_and_before_it_happens(world: World, data: bytes):
    learn(world.oracle, data)
    key = world.client.add(data)
    world.patrol.round()
    world.client.change(world.client.held[key], add=Mark.RELEASED)
    world.client.away = True
    for _ in range(3):
        with pytest.raises(NoAnswer):
            world.patrol.round()
    world.client.away = False
    assert world.look(key) == (False, {Mark.RELEASED})
    assert world.kinds == [EventKind.HIT, EventKind.OVERRULED]


def test_a_release_of_what_is_not_held_is_told_of_too(world: World, data: bytes):
    key = world.client.add(data)
    world.client.change(world.client.held[key], add=Mark.RELEASED)
    assert world.look(key) == (False, {Mark.RELEASED})
    world.patrol.round()
    assert world.kinds == [EventKind.OVERRULED]


@pytest.mark.parametrize("held", [True, False])
def test_a_new_patrol_tells_of_a_release_only_if_it_is_new(held: bool, oracle: Oracle, data: bytes):
    world = World(oracle, first=False)
    key = world.client.add(data)
    for mark in (Mark.RELEASED, *([Mark.HELD] * held)):
        world.client.change(world.client.held[key], add=mark)
    assert world.look(key) == (False, {Mark.RELEASED})
    world.patrol.round()
    assert world.kinds == [EventKind.OVERRULED] * held


def test_what_becomes_known_later_is_held_then(world: World, data: bytes):
    key = world.client.add(data)
    world.patrol.round()
    learn(world.oracle, data)
    assert world.look(key) == (True, {Mark.CHECKED})
    world.now = 1001
    assert world.look(key) == (False, {Mark.HELD})


def test_what_cannot_be_told_stays_stopped_and_is_asked_about_again(world: World, data: bytes):
    world.oracle.down()
    key = world.client.add(data, running=True)
    assert world.look(key) == (False, set())
    world.oracle.up()
    assert world.look(key) == (False, set())
    world.now = AGAIN + 1
    assert world.look(key) == (True, {Mark.CHECKED})


@pytest.mark.parametrize("gone", ["answers", "metainfo"])
@pytest.mark.parametrize("checked", [True, False])
def test_that_nobody_can_tell_is_told_once_for_each_torrent(
    gone: str, checked: bool, world: World, data: bytes
):
    key = world.client.add(data)
    if checked:
        world.patrol.round()
    if gone == "answers":
        world.oracle.down()
    else:
        world.client.files.clear()
    for _ in range(5):
        world.now += 2000
        world.patrol.round()
    assert world.kinds.count(EventKind.HELD) == 1
    world.oracle.up()
    world.client.files[key] = data
    world.now += 2000
    assert world.look(key) == (True, {Mark.CHECKED})
    world.oracle.down()
    world.now += 2000
    world.patrol.round()
    assert world.kinds.count(EventKind.HELD) == 2


def test_what_was_clear_runs_on_while_nobody_can_tell(world: World, data: bytes):
    key = world.client.add(data)
    world.patrol.round()
    world.oracle.down()
    world.now = 1001
    assert world.look(key) == (True, {Mark.CHECKED})
    assert EventKind.FAILING in world.kinds


def test_an_open_gate_lets_run_what_nobody_can_tell(oracle: Oracle, data: bytes):
    world = World(oracle, Policy(on_failure=OnFailure.OPEN))
    oracle.down()
    assert world.look(world.client.add(data)) == (True, {Mark.CHECKED})


def test_a_pack_whose_files_cannot_be_told_may_be_held_and_others_run(
    oracle: Oracle, data: bytes, tmp_path: Path
):
    world = World(oracle, Policy(on_unjudged=OnUnjudged.HOLD))
    pack = make_torrent(tmp_path, "pack", [9_000] * 3)
    assert world.look(world.client.add(data)) == (True, {Mark.CHECKED})
    assert world.look(world.client.add(pack)) == (False, {Mark.HELD})


def test_metainfo_that_cannot_be_had_is_no_clear(world: World, data: bytes):
    key = world.client.add(data)
    world.client.files.clear()
    assert world.look(key) == (False, set())
    assert world.kinds == [EventKind.HELD]


def test_a_magnet_seeks_its_metadata_once_and_is_judged_then(world: World, data: bytes):
    learn(world.oracle, data)
    key = world.client.add(data, ready=False)
    assert world.look(key) == (True, set())
    world.patrol.round()
    assert world.client.done == ["seek"]
    world.client.change(world.client.held[key], ready=True)
    assert world.look(key) == (False, {Mark.HELD})


def test_a_magnet_that_could_not_seek_does_so_later(world: World, data: bytes):
    key = world.client.add(data, ready=False)
    world.client.away = True
    with pytest.raises(NoAnswer):
        world.patrol.round()
    world.client.away = False
    assert world.look(key) == (True, set())
    assert world.client.done == ["seek"]


def test_a_magnet_with_a_known_infohash_does_not_seek(world: World, data: bytes):
    key = world.client.add(data, ready=False)
    world.oracle.learn(*world.client.held[key].signals)
    assert world.look(key) == (False, {Mark.HELD})
    assert world.client.done == ["hold"]


def test_where_a_magnet_cannot_be_judged_it_is_held(world: World, data: bytes):
    world.client.can_seek = False
    assert world.look(world.client.add(data, ready=False)) == (False, {Mark.HELD})
    assert world.kinds == [EventKind.HELD]


def test_what_is_busy_is_looked_at_later(world: World, data: bytes):
    key = world.client.add(data)
    world.client.change(world.client.held[key], busy=True)
    assert world.look(key) == (False, set())
    world.client.change(world.client.held[key], busy=False)
    assert world.look(key) == (True, {Mark.CHECKED})


@pytest.mark.parametrize("running", [True, False])
def test_a_client_that_had_no_gate_is_left_as_it_is_but_for_what_is_known(
    running: bool, oracle: Oracle, data: bytes, tmp_path: Path
):
    world = World(oracle, first=False)
    clear = world.client.add(data, running=running)
    other = make_torrent(tmp_path, "y.bin", [40_000], "v2", seed=5)
    learn(oracle, other)
    known = world.client.add(other, running=running)
    assert world.look(clear) == (running, {Mark.CHECKED})
    assert world.look(known) == (False, {Mark.HELD})
    assert "stop" not in world.client.done


def test_what_came_while_the_gate_was_away_is_new(oracle: Oracle, data: bytes, tmp_path: Path):
    world = World(oracle, first=False)
    seen = world.client.add(data)
    world.client.change(world.client.held[seen], add=Mark.CHECKED)
    new = world.client.add(make_torrent(tmp_path, "y.bin", [40_000], seed=5))
    assert world.look(new) == (True, {Mark.CHECKED})
    assert world.look(seen) == (False, {Mark.CHECKED})


def test_what_is_not_prepared_is_told(world: World):
    world.patrol.prepare(change=True)
    assert not world.told
    world.patrol.prepare(change=False)
    assert world.kinds == [EventKind.WARNING]


class Flaky(Memory):
    """A client that is away for a while, and then there until it has been looked at twice."""

    def __init__(self, stopped: threading.Event) -> None:
        super().__init__()
        self.looks, self.stopped = 0, stopped

    def torrents(self) -> list[Torrent]:
        self.looks += 1
        if self.looks <= 3:
            raise NoAnswer("it is away")
        if self.looks == 5:
            self.stopped.set()
        return super().torrents()


def test_a_patrol_waits_for_its_client_and_tells_that_it_is_back(oracle: Oracle):
    told, stopped = list[Event](), threading.Event()
    gate = Gate(oracle, on_event=told.append)
    Patrol(Flaky(stopped), gate).run(stopped, every=0.01, prepare=True)
    assert [(each.kind, each.why) for each in told] == [
        (EventKind.WARNING, "it is away"),
        (EventKind.RECOVERED, "the client answers again"),
    ]


def test_one_look_at_a_client_that_is_away_is_an_error(oracle: Oracle):
    patrol = Patrol(Flaky(threading.Event()), Gate(oracle))
    with pytest.raises(NoAnswer):
        patrol.run(threading.Event(), every=0, prepare=True)


TORRENT = st.tuples(st.booleans(), st.booleans(), st.booleans())
STEP = st.sampled_from(["down", "up", "later", "start"])


@settings(deadline=None)
@given(
    st.lists(TORRENT, max_size=3),
    st.lists(st.sampled_from(["down", "up", "later", "start"]), max_size=8),
)
def test_nothing_unjudged_or_known_ever_runs(tmp_path_factory, kinds, steps: list[str]):
    folder = tmp_path_factory.mktemp("torrents")
    oracle = Oracle()
    world = World(oracle)
    known, clear = set[str](), set[str]()
    for number, (is_known, running, ready) in enumerate(kinds):
        data = make_torrent(folder, f"{number}", [20_000], "v2", seed=number)
        (known if is_known else clear).add(world.client.add(data, running=running, ready=ready))
        if is_known:
            learn(oracle, data)
    for step in steps:
        world.now += 2000 * (step == "later")
        if step == "start":
            for torrent in world.client.torrents():
                world.client.start(torrent)
        elif step != "later":
            getattr(oracle, step)()
        world.patrol.round()
        for torrent in world.client.torrents():
            if torrent.running and torrent.ready:
                assert torrent.id in clear
                assert Mark.CHECKED in torrent.marks
