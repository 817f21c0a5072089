"""Two real peers on loopback: what is clear arrives whole, of what is not no byte is sent."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import libtorrent as lt
import pytest
from tests.gates import swarm
from tests.gates.conftest import Oracle, make_torrent

from tidebreak import links
from tidebreak.gates.events import Event, EventKind
from tidebreak.gates.gate import Gate
from tidebreak.gates.libtorrent_gate import Guard
from tidebreak.gates.policy import Action, OnFailure, Policy

FORMS = ("v1", "v2", "hybrid")


class Peer:
    """A guarded client whose only other peer is the seed."""

    def __init__(self, folder: Path, gate: Gate, seed: lt.session, **more: Any) -> None:
        self.folder = folder / "received"
        self.folder.mkdir(exist_ok=True)
        self.session = swarm.session()
        self.guard = Guard(self.session, gate, **more)
        self._seed = ("127.0.0.1", seed.listen_port())

    def add(self, params: Any) -> Any:
        params.save_path = str(self.folder)
        handle = self.guard.add(params)
        handle.connect_peer(self._seed)
        return handle

    def step(self) -> None:
        self.session.wait_for_alert(20)
        for alert in self.session.pop_alerts():
            self.guard.handle(alert)
        self.guard.tick()

    def settle(self, handle: Any) -> None:
        """Run until the torrent is held, or has arrived."""

        def settled() -> bool:
            self.step()
            return handle.status().is_seeding or self.guard.decision(handle) is not None

        swarm.until(settled)

    def got_nothing(self, handle: Any) -> bool:
        """Whether no byte of content came, even after a while, and nothing was written."""
        for _ in range(10):
            self.step()
        status = handle.status()
        return not status.total_payload_download and not any(self.folder.iterdir())


@pytest.mark.parametrize("form", FORMS)
def test_a_magnet_with_a_clear_torrent_completes(
    form: str, tmp_path: Path, oracle: Oracle, told: list[Event]
):
    data = make_torrent(tmp_path, "clear.bin", [300_000], form)
    seed, magnet = swarm.seed(data, tmp_path)
    peer = Peer(tmp_path, Gate(oracle, on_event=told.append), seed)
    handle = peer.add(lt.parse_magnet_uri(magnet))
    peer.settle(handle)
    assert handle.status().is_seeding
    assert (peer.folder / "clear.bin").read_bytes() == (tmp_path / "clear.bin").read_bytes()
    assert [each.kind for each in told] == [EventKind.RELEASED]
    assert len(oracle.asked) == 2  # by its infohash, then by its metadata


@pytest.mark.parametrize("form", FORMS)
def test_a_known_file_in_a_magnet_is_held_before_a_byte_of_it_came(
    form: str, tmp_path: Path, oracle: Oracle, told: list[Event]
):
    data = make_torrent(tmp_path, "known.bin", [300_000], form)
    reference = links.read_file(data)
    # What only its metadata shows: the file's root, or the content key.
    keys = [s for s in reference.signals if s.type.name == "btkey"]
    oracle.learn(*(reference.files[0].signals or keys))
    seed, magnet = swarm.seed(data, tmp_path)
    passed: list[bytes] = []
    peer = Peer(tmp_path, Gate(oracle, on_event=told.append, on_metainfo=passed.append), seed)
    handle = peer.add(lt.parse_magnet_uri(magnet))
    peer.settle(handle)
    decision = peer.guard.decision(handle)
    assert decision is not None
    assert (decision.action, decision.known) == (Action.REFUSE, True)
    assert handle.status().paused
    assert peer.got_nothing(handle)
    assert [each.kind for each in told] == [EventKind.HIT]
    assert {s.value for s in links.read_file(passed[0]).signals} >= {s.value for s in keys}
    # Started by somebody else, it is stopped again, and has nothing that it wants.
    handle.resume()
    assert peer.got_nothing(handle)
    assert handle.status().paused


def test_a_known_infohash_never_looks_for_peers(tmp_path: Path, oracle: Oracle):
    data = make_torrent(tmp_path, "known.bin", [100_000])
    oracle.learn(*(s for s in links.read_file(data).signals if s.type.name == "btih"))
    seed, magnet = swarm.seed(data, tmp_path)
    peer = Peer(tmp_path, Gate(oracle), seed)
    handle = peer.add(lt.parse_magnet_uri(magnet))
    assert peer.got_nothing(handle)
    assert handle.torrent_file() is None
    assert peer.guard.decision(handle) is not None


def test_without_an_answer_it_is_held_until_there_is_one(
    tmp_path: Path, oracle: Oracle, told: list[Event]
):
    seed, magnet = swarm.seed(make_torrent(tmp_path, "clear.bin", [100_000]), tmp_path)
    now = [0.0]
    gate = Gate(oracle, on_event=told.append)
    peer = Peer(tmp_path, gate, seed, clock=lambda: now[0])
    oracle.down()
    handle = peer.add(lt.parse_magnet_uri(magnet))
    assert peer.got_nothing(handle)
    assert peer.guard.decision(handle).known is None
    now[0] = 31.0
    assert peer.got_nothing(handle)  # asked again, and not told of again
    oracle.up()
    assert peer.got_nothing(handle)  # not asked again yet
    now[0] = 62.0
    peer.step()
    assert peer.guard.decision(handle) is None
    peer.settle(handle)
    assert handle.status().is_seeding
    assert [each.kind for each in told] == [
        EventKind.FAILING, EventKind.HELD, EventKind.RECOVERED, EventKind.RELEASED,
    ]  # fmt: skip


def test_an_asker_that_fails_between_link_and_metadata_holds(tmp_path: Path, oracle: Oracle):
    seed, magnet = swarm.seed(make_torrent(tmp_path, "clear.bin", [100_000]), tmp_path)
    peer = Peer(tmp_path, Gate(oracle), seed)
    handle = peer.add(lt.parse_magnet_uri(magnet))
    oracle.down()
    peer.settle(handle)
    assert handle.torrent_file() is not None
    assert peer.guard.decision(handle).known is None
    assert peer.got_nothing(handle)


def test_an_open_policy_lets_through_what_nobody_can_tell(tmp_path: Path, oracle: Oracle):
    seed, magnet = swarm.seed(make_torrent(tmp_path, "clear.bin", [100_000]), tmp_path)
    oracle.down()
    peer = Peer(tmp_path, Gate(oracle, Policy(on_failure=OnFailure.OPEN)), seed)
    handle = peer.add(lt.parse_magnet_uri(magnet))
    peer.settle(handle)
    assert handle.status().is_seeding


def test_a_magnet_whose_metadata_does_not_come_is_held(
    tmp_path: Path, oracle: Oracle, told: list[Event]
):
    now = [0.0]
    peer = Peer(tmp_path, Gate(oracle, on_event=told.append), swarm.session(),
                patience=60, clock=lambda: now[0])  # fmt: skip
    handle = peer.add(lt.parse_magnet_uri("magnet:?xt=urn:btih:" + "41" * 20))
    peer.step()
    assert peer.guard.decision(handle) is None
    now[0] = 61.0
    assert peer.got_nothing(handle)
    assert "metadata did not come" in peer.guard.decision(handle).why
    assert handle.status().paused
    assert [each.kind for each in told] == [EventKind.HELD]


def test_a_torrent_file_is_judged_before_it_runs(tmp_path: Path, oracle: Oracle, told: list[Event]):
    known = make_torrent(tmp_path, "known.bin", [100_000], "hybrid")
    oracle.learn(*links.read_file(known).files[0].signals)
    seed, _ = swarm.seed(known, tmp_path)
    peer = Peer(tmp_path, Gate(oracle, on_event=told.append), seed)
    handle = peer.add(lt.load_torrent_buffer(known))
    assert peer.guard.decision(handle) is not None
    assert peer.got_nothing(handle)
    # A person decides otherwise.
    peer.guard.release(handle)
    peer.settle(handle)
    assert handle.status().is_seeding
    assert [each.kind for each in told] == [EventKind.HIT, EventKind.OVERRULED]


def test_what_is_not_certain_is_held_for_a_person(tmp_path: Path):
    data = make_torrent(tmp_path, "x.bin", [100_000])
    oracle = Oracle(certain=False)
    oracle.learn(*links.read_file(data).signals)
    seed, magnet = swarm.seed(data, tmp_path)
    peer = Peer(tmp_path, Gate(oracle), seed)
    handle = peer.add(lt.parse_magnet_uri(magnet))
    assert peer.guard.decision(handle).action is Action.HOLD
    assert peer.got_nothing(handle)


def test_what_its_user_wanted_is_kept(tmp_path: Path, oracle: Oracle):
    data = make_torrent(tmp_path, "clear", [40_000, 50_000, 60_000])
    seed, magnet = swarm.seed(data, tmp_path)
    peer = Peer(tmp_path, Gate(oracle), seed)
    handle = peer.add(lt.parse_magnet_uri(magnet + "&so=1"))
    swarm.until(lambda: peer.step() or (handle.status().is_finished))
    assert handle.get_file_priorities() == [0, 4, 0]
    stopped = lt.load_torrent_buffer(make_torrent(tmp_path, "other.bin", [30_000]))
    stopped.flags |= lt.torrent_flags.paused
    stopped.flags &= ~lt.torrent_flags.auto_managed
    handle = peer.add(stopped)
    assert peer.guard.decision(handle) is None
    assert handle.status().paused


def test_removed_torrents_are_forgotten(tmp_path: Path, oracle: Oracle):
    oracle.known.add(("btih", b"A" * 20))
    peer = Peer(tmp_path, Gate(oracle), swarm.session())
    handle = peer.add(lt.parse_magnet_uri("magnet:?xt=urn:btih:" + "41" * 20))
    peer.session.remove_torrent(handle)
    swarm.until(lambda: not handle.is_valid())
    peer.step()
    assert peer.guard.decision(handle) is None


class Shown:
    """A session that ends the documentation's endless loop once the torrent has arrived."""

    def __init__(self) -> None:
        self._session = swarm.session()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)

    def wait_for_alert(self, _: int) -> None:
        self._session.wait_for_alert(20)
        if all(handle.status().is_seeding for handle in self._session.get_torrents()):
            raise StopIteration


def test_the_documentation_shows_what_works(
    tmp_path: Path, oracle: Oracle, monkeypatch: pytest.MonkeyPatch
):
    page = (Path(__file__).parents[2] / "docs" / "gates.md").read_text()
    [code] = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)
    monkeypatch.chdir(tmp_path)
    seed, magnet = swarm.seed(make_torrent(tmp_path, "clear.bin", [50_000]), tmp_path)
    with pytest.raises(StopIteration):
        names["run"](Shown(), oracle, f"{magnet}&x.pe=127.0.0.1:{seed.listen_port()}")
    assert (tmp_path / "downloads" / "clear.bin").stat().st_size == 50_000
