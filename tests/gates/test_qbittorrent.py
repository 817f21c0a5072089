"""Against qBittorrent itself, with a libtorrent peer that has everything, on loopback."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import libtorrent as lt
import pytest
from tests.gates import programs, swarm
from tests.gates.conftest import Oracle, make_torrent

from tidebreak import links
from tidebreak.errors import TidebreakError, UsageError
from tidebreak.gates import qbittorrent as qbittorrent_gate
from tidebreak.gates.events import Event, EventKind
from tidebreak.gates.gate import Gate
from tidebreak.gates.kept_magnets import KeptMagnets
from tidebreak.gates.patrol import Mark, Patrol, Torrent
from tidebreak.gates.qbittorrent import QBittorrent
from tidebreak.gates.web import NoAnswer

CONFIGURATION = """
[LegalNotice]
Accepted=true
[BitTorrent]
Session\\DHTEnabled=false
Session\\LSDEnabled=false
Session\\PeXEnabled=false
Session\\Port={peers}
Session\\Interface=lo
Session\\InterfaceName=lo
Session\\DefaultSavePath={folder}/received
Session\\MultiConnectionsPerIp=true
[Network]
PortForwardingEnabled=false
[Preferences]
WebUI\\Address=127.0.0.1
WebUI\\Port={port}
WebUI\\UseUPnP=false
"""


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    program = programs.found("qbittorrent-nox")
    port, peers = programs.free_port(), programs.free_port()
    folder = tmp_path / "client"
    configuration = folder / "qBittorrent" / "config" / "qBittorrent.conf"
    configuration.parent.mkdir(parents=True)
    configuration.write_text(CONFIGURATION.format(port=port, peers=peers, folder=folder))
    with programs.running([program, f"--profile={folder}"], folder, {"HOME": str(folder)}):
        swarm.until(lambda: programs.accepts(port))
        yield f"http://127.0.0.1:{port}"


class User:
    """Somebody else who uses the same qBittorrent."""

    def __init__(self, address: str) -> None:
        self._web = httpx.Client(base_url=f"{address}/api/v2/", trust_env=False)
        self.post("auth/login", username="admin", password="adminadmin")

    def post(self, path: str, files: dict | None = None, **fields: str) -> None:
        self._web.post(path, data=fields, files=files).raise_for_status()

    def torrents(self) -> dict[str, dict]:
        return {each["hash"]: each for each in self._web.get("torrents/info").json()}

    def __enter__(self) -> User:
        return self

    def __exit__(self, *_: object) -> None:
        self._web.close()


def test_what_is_known_is_held_and_what_is_clear_arrives(
    address: str, tmp_path: Path, oracle: Oracle, told: list[Event]
):
    with signed_in(address, tmp_path) as client, User(address) as user:
        watch_over(client, user, tmp_path, oracle, told)
    assert not list((tmp_path / "gates").iterdir())


@contextmanager
def signed_in(address: str, folder: Path) -> Generator[QBittorrent]:
    with closing(QBittorrent(address, folder / "gates", "admin", "adminadmin")) as client:
        yield client


class Killed(BaseException):
    """The gate ends here."""


@pytest.mark.parametrize("at", ["torrents/delete", "torrents/add", "forget"])
def test_a_gate_that_is_killed_loses_no_magnet(
    at: str, address: str, tmp_path: Path, oracle: Oracle, monkeypatch: pytest.MonkeyPatch
):
    def post(client: QBittorrent, path: str, **fields: str) -> None:
        if path == at:
            raise Killed
        sent(client, path, **fields)

    def forget(*_: object) -> None:
        raise Killed

    sent = QBittorrent._post
    magnet = "magnet:?dn=clear&xt=urn:btih:" + "41" * 20
    with User(address) as user, signed_in(address, tmp_path) as client:
        Patrol(client, Gate(oracle)).prepare(change=True)
        user.post("torrents/add", urls=magnet, category="a category", tags="a tag")
        swarm.until(lambda: len(user.torrents()) == 1)
        [key] = user.torrents()
        [torrent] = client.torrents()
        with monkeypatch.context() as patched:
            patched.setattr(QBittorrent, "_post", post)
            if at == "forget":
                patched.setattr(KeptMagnets, "forget", forget)
            with pytest.raises(Killed):
                client.seek(torrent)
        assert (key in user.torrents()) is (at != "torrents/add")
        [kept] = (tmp_path / "gates").iterdir()
        assert kept.stat().st_mode & 0o777 == 0o600

        with signed_in(address, tmp_path) as again:
            patrol = Patrol(again, Gate(oracle))

            def sought() -> bool:
                patrol.round()
                return key in user.torrents() and user.torrents()[key]["state"] == "metaDL"

            swarm.until(sought)
            assert not list((tmp_path / "gates").iterdir())
        [now] = user.torrents().values()
        assert (now["category"], now["tags"]) == ("a category", "a tag")


def test_a_magnet_that_is_not_taken_back_yet_is_kept_and_does_not_stop_the_gate(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setattr(qbittorrent_gate, "_MOMENT", 0)
    info = {"magnet_uri": "magnet:?xt=urn:btih:ab", "save_path": "/x", "category": "",
            "tags": "", "auto_tmm": False}  # fmt: skip
    answers = Answers(torrents_info=json.dumps([info]))
    client = faked(monkeypatch, answers, tmp_path)
    post = QBittorrent._post

    def emptied(client: QBittorrent, path: str, **fields: str) -> None:
        answers.said["torrents_info"] = "[]"
        post(client, path, **fields)

    monkeypatch.setattr(QBittorrent, "_post", emptied)
    with pytest.raises(NoAnswer, match="kept"):
        client.seek(Torrent("ab", (), running=False, ready=False))
    answers.sent.clear()
    assert client.torrents() == []
    [added] = [body for path, body in answers.sent if path == "torrents/add"]
    assert "stopped=true" in added
    assert len(list((tmp_path / "gates").iterdir())) == 1


def watch_over(
    client: QBittorrent, user: User, folder: Path, oracle: Oracle, told: list[Event]
) -> None:
    patrol = Patrol(client, Gate(oracle, on_event=told.append))
    patrol.prepare(change=False)
    assert [each.kind for each in told] == [EventKind.WARNING]
    patrol.prepare(change=True)
    patrol.prepare(change=False)
    patrol.round()
    assert len(told) == 1

    seeds, keys = list[tuple[lt.session, str]](), dict[str, str]()
    for number, name in enumerate(("clear file", "known file", "clear link", "known link")):
        data = make_torrent(folder, name, [90_000], "hybrid", seed=number)
        reference = links.read_file(data)
        if name.startswith("known"):
            oracle.learn(*reference.files[0].signals)
        seed, magnet = swarm.seed(data, folder)
        if name.endswith("file"):
            user.post("torrents/add", files={"torrents": (f"{name}.torrent", data)})
        else:
            user.post("torrents/add", urls=magnet, category="a category", tags="a tag")
        swarm.until(lambda: len(user.torrents()) > len(keys))
        [key] = user.torrents().keys() - keys.values()
        keys[name] = key
        seeds.append((seed, key))

    def settled() -> bool:
        patrol.round()
        now = user.torrents()
        for seed, key in seeds:
            user.post("torrents/addPeers", hashes=key, peers=f"127.0.0.1:{seed.listen_port()}")
        return all(
            now[key]["progress"] == 1 or Mark.HELD in now[key]["tags"] for key in keys.values()
        )

    swarm.until(settled)
    for _ in range(3):
        patrol.round()
    now = user.torrents()
    for name, key in keys.items():
        marks = set(now[key]["tags"].split(", ")) - {"a tag"}
        assert now[key]["category"] == ("a category" if name.endswith("link") else "")
        received = folder / "client" / "received" / name
        if name.startswith("known"):
            assert marks == {Mark.HELD}
            assert now[key]["state"].startswith("paused")
            assert now[key]["downloaded"] == 0
            assert not received.exists()
        else:
            assert marks == {Mark.CHECKED}
            assert received.read_bytes() == (folder / name).read_bytes()
    assert sorted(each.kind for each in told[1:]) == [
        EventKind.HIT, EventKind.HIT, EventKind.RELEASED, EventKind.RELEASED,
    ]  # fmt: skip

    # Started by somebody else it brings nothing, and is stopped; with a person's word, it runs.
    key = keys["known file"]
    user.post("torrents/resume", hashes=key)
    swarm.until(lambda: not user.torrents()[key]["state"].startswith("paused"))
    swarm.until(lambda: patrol.round() or user.torrents()[key]["state"].startswith("paused"))
    assert user.torrents()[key]["downloaded"] == 0
    user.post("torrents/addTags", hashes=key, tags=Mark.RELEASED.value)
    patrol.round()
    swarm.until(lambda: user.torrents()[key]["tags"] == Mark.RELEASED)
    user.post("torrents/resume", hashes=key)
    swarm.until(lambda: not user.torrents()[key]["state"].startswith("paused"))
    patrol.round()
    patrol.round()
    assert not user.torrents()[key]["state"].startswith("paused")


def test_a_client_that_is_not_there_or_does_not_let_the_gate_in(address: str, tmp_path: Path):
    wrong = QBittorrent(address, tmp_path, "admin", "a wrong one")
    with pytest.raises(NoAnswer, match="password"):
        wrong.torrents()
    wrong.close()
    gone = QBittorrent(f"http://127.0.0.1:{programs.free_port()}", tmp_path)
    with pytest.raises(NoAnswer, match="does not answer"):
        gone.torrents()
    gone.close()


class Answers:
    """A client's interface in another version, as its documentation has it."""

    def __init__(self, **said: str) -> None:
        self.said, self.sent = said, list[tuple[str, str]]()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/api/v2/")
        self.sent.append((path, request.content.decode()))
        return httpx.Response(200, text=self.said.get(path.replace("/", "_"), "Ok."))


def faked(monkeypatch: pytest.MonkeyPatch, answers: Answers, folder: Path) -> QBittorrent:
    made = httpx.Client

    def client(**more) -> httpx.Client:
        return made(**more, transport=httpx.MockTransport(answers))

    monkeypatch.setattr(httpx, "Client", client)
    return QBittorrent("http://client", folder / "gates")


def test_version_5_has_other_words(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    preferences = {"add_stopped_enabled": False, "torrent_stop_condition": "MetadataReceived"}
    info = {"hash": "ab", "infohash_v1": "", "infohash_v2": "cd" * 32, "state": "stoppedDL",
            "tags": "other, tidebreak-held", "total_size": 0, "has_metadata": False}  # fmt: skip
    answers = Answers(
        app_webapiVersion="2.11.4",
        app_preferences=json.dumps(preferences),
        torrents_info=json.dumps([info]),
    )
    client = faked(monkeypatch, answers, tmp_path)
    assert len(client.prepare(change=False)) == 1
    client.prepare(change=True)
    assert "add_stopped_enabled" in answers.sent[-1][1]
    [torrent] = client.torrents()
    assert (torrent.running, torrent.ready) == (False, False)
    assert [(s.type.name, len(s.value)) for s in torrent.signals] == [("btih", 20), ("btmh", 32)]
    assert torrent.marks == {"other", "tidebreak-held"}
    client.start(torrent)
    client.stop(torrent)
    client.hold(torrent)
    client.mark_checked(torrent)
    assert [path for path, _ in answers.sent[-6:]] == [
        "app/webapiVersion", "torrents/start", "torrents/stop", "torrents/stop",
        "torrents/addTags", "torrents/addTags",
    ]  # fmt: skip


def test_before_4_5_there_is_no_gate(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    answers = Answers(app_preferences=json.dumps({"start_paused_enabled": True}))
    client = faked(monkeypatch, answers, tmp_path)
    with pytest.raises(TidebreakError, match="older than"):
        client.prepare(change=True)


def test_what_is_no_json_is_no_answer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    with pytest.raises(NoAnswer, match="not JSON"):
        faked(monkeypatch, Answers(torrents_info="<html>"), tmp_path).torrents()


@pytest.mark.parametrize(
    "address", ["client:80", "ftp://client", "http://user:word@client", "http://"]
)
def test_an_address_is_without_secrets(address: str, tmp_path: Path):
    with pytest.raises(UsageError, match="--password-file") as error:
        QBittorrent(address, tmp_path)
    assert "word@" not in str(error.value)
