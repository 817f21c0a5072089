"""Against Transmission itself, on loopback."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import libtorrent as lt
import pytest
from tests.gates import programs, swarm
from tests.gates.conftest import Oracle, make_torrent

from tidebreak import links
from tidebreak.errors import TidebreakError
from tidebreak.gates.events import Event, EventKind
from tidebreak.gates.gate import Gate
from tidebreak.gates.patrol import Mark, Patrol, Torrent
from tidebreak.gates.transmission import Transmission
from tidebreak.gates.web import NoAnswer


@dataclass
class Daemon:
    address: str
    peers: int
    folder: Path

    def call(self, method: str, **arguments: Any) -> dict[str, Any]:
        """What another user of the daemon does."""
        body = {"method": method, "arguments": arguments}
        headers = dict[str, str]()
        for _ in range(2):
            answer = httpx.post(
                self.address, json=body, headers=headers, auth=("user", "word"), trust_env=False
            )
            headers["X-Transmission-Session-Id"] = answer.headers.get(
                "X-Transmission-Session-Id", ""
            )
        assert answer.json()["result"] == "success"
        return answer.json()["arguments"]

    def add(self, **what: str) -> str:
        [added] = self.call("torrent-add", **what).values()
        return added["hashString"]

    def torrents(self) -> dict[str, dict[str, Any]]:
        fields = ["hashString", "status", "labels", "downloadedEver"]
        found = self.call("torrent-get", fields=fields)["torrents"]
        return {each["hashString"]: each for each in found}


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    program = programs.found("transmission-daemon")
    folder = tmp_path / "client"
    (folder / "received").mkdir(parents=True)
    port, peers = programs.free_port(), programs.free_port()
    settings = {
        "dht-enabled": False, "lpd-enabled": False, "pex-enabled": False, "utp-enabled": False,
        "port-forwarding-enabled": False, "blocklist-enabled": False,
        "rpc-port": port, "rpc-bind-address": "127.0.0.1", "rpc-authentication-required": True,
        "rpc-username": "user", "rpc-password": "word",
        "bind-address-ipv4": "127.0.0.1", "bind-address-ipv6": "::1", "peer-port": peers,
        "download-dir": str(folder / "received"),
    }  # fmt: skip
    (folder / "settings.json").write_text(json.dumps(settings))
    with programs.running([program, "-f", "-g", str(folder)], folder):
        swarm.until(lambda: programs.accepts(port))
        yield Daemon(f"http://127.0.0.1:{port}/transmission/rpc", peers, folder)


def test_what_is_known_is_held_and_what_is_clear_runs(
    daemon: Daemon, tmp_path: Path, oracle: Oracle, told: list[Event]
):
    with closing(Transmission(daemon.address, "user", "word")) as client:
        watch_over(client, daemon, tmp_path, oracle, told)


def watch_over(
    client: Transmission, daemon: Daemon, folder: Path, oracle: Oracle, told: list[Event]
) -> None:
    patrol = Patrol(client, Gate(oracle, on_event=told.append))
    patrol.prepare(change=False)
    assert [each.kind for each in told] == [EventKind.WARNING]
    patrol.prepare(change=True)
    patrol.prepare(change=False)
    patrol.round()
    assert len(told) == 1

    keys = dict[str, str]()
    for number, name in enumerate(("clear file", "known file", "a link")):
        data = make_torrent(folder, name, [90_000], "v1", seed=number)
        if name.startswith("known"):
            oracle.learn(*(s for s in links.read_file(data).signals if s.type.name == "btkey"))
        (folder / f"{name}.torrent").write_bytes(data)
        link = lt.make_magnet_uri(lt.load_torrent_buffer(data))
        keys[name] = daemon.add(
            filename=link if name == "a link" else str(folder / f"{name}.torrent")
        )

    def marked() -> bool:
        patrol.round()
        return all(daemon.torrents()[key]["labels"] for key in keys.values())

    swarm.until(marked)
    swarm.until(lambda: daemon.torrents()[keys["clear file"]]["status"] == 4)
    now = {name: daemon.torrents()[key] for name, key in keys.items()}
    assert now["clear file"]["labels"] == [Mark.CHECKED]
    for name in ("known file", "a link"):
        assert (now[name]["labels"], now[name]["status"]) == ([Mark.HELD], 0)
    assert sorted(each.kind for each in told[1:]) == [
        EventKind.HELD, EventKind.HIT, EventKind.RELEASED,
    ]  # fmt: skip
    assert "add the torrent's file" in next(e.why for e in told if e.kind is EventKind.HELD)

    # Started by somebody else, it is stopped; with a person's word, it runs.
    key = keys["known file"]
    daemon.call("torrent-start", ids=[key])
    swarm.until(lambda: patrol.round() or daemon.torrents()[key]["status"] == 0)
    assert daemon.torrents()[key]["downloadedEver"] == 0
    daemon.call("torrent-set", ids=[key], labels=[Mark.HELD, Mark.RELEASED])
    patrol.round()
    assert daemon.torrents()[key]["labels"] == [Mark.RELEASED]


def test_who_has_no_password_is_not_let_in(daemon: Daemon):
    wrong = Transmission(daemon.address, "user", "a wrong one")
    with closing(wrong), pytest.raises(NoAnswer, match="password"):
        wrong.torrents()


class Fake:
    """An RPC of version 4.0, with the fields that its documentation has."""

    def __init__(self, torrent_file: Path, key: str) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self._torrent = {
            "hashString": key, "status": 0, "metadataPercentComplete": 1.0,
            "labels": ["mine"], "torrentFile": str(torrent_file),
        }  # fmt: skip

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.headers.get("X-Transmission-Session-Id") != "a session":
            return httpx.Response(409, headers={"X-Transmission-Session-Id": "a session"})
        said = json.loads(request.content)
        self.calls.append((said["method"], said["arguments"]))
        answers = {
            "torrent-get": {"torrents": [self._torrent]},
            "session-get": {"rpc-version": 17, "version": "4.0.6", "start-added-torrents": False},
        }
        if said["method"] == "torrent-start" and said["arguments"]["ids"] == ["ab"]:
            return httpx.Response(200, json={"result": "no", "arguments": {}})
        return httpx.Response(
            200, json={"result": "success", "arguments": answers.get(said["method"], {})}
        )


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Fake, Transmission]:
    data = make_torrent(tmp_path, "x.bin", [40_000], "hybrid")
    (tmp_path / "x.torrent").write_bytes(data)
    key = lt.torrent_info(lt.bdecode(data)).info_hashes().v1.to_bytes().hex()
    answers, made = Fake(tmp_path / "x.torrent", key), httpx.Client
    monkeypatch.setattr(
        httpx, "Client", lambda **more: made(**more, transport=httpx.MockTransport(answers))
    )
    return answers, Transmission("http://client/transmission/rpc")


def test_version_4_is_the_same(fake: tuple[Fake, Transmission], oracle: Oracle):
    answers, client = fake
    patrol = Patrol(client, Gate(oracle))
    patrol.prepare(change=True)
    patrol._first = False
    patrol.round()
    assert [method for method, _ in answers.calls] == [
        "session-get", "torrent-get", "torrent-set", "torrent-start",
    ]  # fmt: skip
    assert answers.calls[2][1]["labels"] == ["mine", Mark.CHECKED]


def test_what_it_cannot_hand_over_could_not_be_told(
    fake: tuple[Fake, Transmission], tmp_path: Path, oracle: Oracle, told: list[Event]
):
    _, client = fake
    [torrent] = client.torrents()
    assert client.metainfo(torrent) == (tmp_path / "x.torrent").read_bytes()
    (tmp_path / "x.torrent").write_bytes(make_torrent(tmp_path, "y.bin", [40_000], seed=3))
    with pytest.raises(TidebreakError, match="of another"):
        client.metainfo(torrent)
    (tmp_path / "x.torrent").write_bytes(b"nothing")
    with pytest.raises(TidebreakError):
        client.metainfo(torrent)
    (tmp_path / "x.torrent").unlink()
    Patrol(client, Gate(oracle, on_event=told.append)).round()
    assert [each.kind for each in told] == [EventKind.HELD]
    assert "same machine" in told[0].why


def test_a_refused_call_is_no_answer(fake: tuple[Fake, Transmission]):
    with pytest.raises(NoAnswer, match="torrent-start"):
        fake[1].start(Torrent("ab", (), running=False, ready=False))
