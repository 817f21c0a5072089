from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import quote_from_bytes

import httpx
import pytest
from tests.gates.conftest import Oracle, make_torrent

from tidebreak import links
from tidebreak.gates import http as http_gate
from tidebreak.gates.events import Event, EventKind
from tidebreak.gates.gate import Gate
from tidebreak.gates.http import application
from tidebreak.gates.policy import OnFailure, OnHit, Policy
from tidebreak.gates.queue import Queue
from tidebreak.gates.trackers import Allowed

KNOWN, CLEAR = b"\x01known\xff" * 2 + b"abcdef", b"c" * 20
TORRENT = {"content-type": "application/x-bittorrent"}


class Client:
    """Asks an application without a network between."""

    def __init__(self, app) -> None:
        self._app = app

    def get(self, path: str, **more) -> httpx.Response:
        return asyncio.run(self._send("GET", path, **more))

    def post(self, path: str, **more) -> httpx.Response:
        return asyncio.run(self._send("POST", path, **more))

    async def _send(self, method: str, path: str, **more) -> httpx.Response:
        transport = httpx.ASGITransport(self._app)
        async with httpx.AsyncClient(transport=transport, base_url="http://gate") as client:
            return await client.request(method, path, **more)


class Site:
    """A gate that is asked in this process."""

    def __init__(self, oracle: Oracle, **more) -> None:
        self.oracle, self.told = oracle, list[Event]()
        oracle.known.add(("btih", KNOWN))
        gate = Gate(oracle, more.pop("policy", Policy()), self.told.append)
        self.client = Client(application(Queue(gate), **more))

    def auth(self, *values: bytes, **headers: str):
        named = "&".join(f"info_hash={quote_from_bytes(value)}" for value in values)
        sent = {"X-Original-URI": f"/announce?{named}&port=1", **headers}
        return self.client.get("/auth", headers=sent).status_code

    def check(self, data: bytes):
        return self.client.post("/check", content=data, headers=TORRENT).json()


@pytest.fixture
def site(oracle: Oracle) -> Site:
    return Site(oracle)


def test_announces_pass_or_not(site: Site):
    assert site.auth(CLEAR) == 204
    assert site.auth(KNOWN) == 403
    assert site.auth(CLEAR, KNOWN) == 403
    assert site.auth() == 204  # it names nothing that a tracker could serve


def test_what_cannot_be_read_does_not_pass_and_is_not_repeated(site: Site):
    for address in ("/announce?info_hash=abc", "/announce?xinfo_hash=" + "a" * 20):
        answer = site.client.get("/auth", headers={"X-Original-URI": address})
        assert answer.status_code == 403
        assert "abc" not in answer.text
    assert site.client.get("/auth").status_code == 403
    assert site.oracle.asked == []


@pytest.mark.parametrize(("choice", "status"), [("closed", 403), ("open", 204)])
def test_without_answers_the_policy_decides_and_everybody_can_see(
    choice: str, status: int, oracle: Oracle
):
    site = Site(oracle, policy=Policy(on_failure=OnFailure(choice)))
    healthy = site.client.get("/status")
    assert (healthy.status_code, healthy.json()["state"]) == (200, "ok")
    oracle.down("the server is not there")
    assert site.auth(CLEAR) == status
    seen = site.client.get("/status")
    assert seen.status_code == 503
    assert seen.headers["tidebreak-gate"] == f"failing; on-failure={choice}; on-hit=refuse"
    assert seen.json()["failing_why"] == "the server is not there"
    assert [each.kind for each in site.told] == [EventKind.FAILING]
    oracle.up()
    assert site.auth(CLEAR) == 204
    assert site.client.get("/status").json()["counts"]["asked"] == 2


def test_a_gate_that_only_reports_lets_known_announces_pass_and_counts_them(oracle: Oracle):
    site = Site(oracle, policy=Policy(on_hit=OnHit.REPORT))
    assert site.auth(KNOWN) == 204
    assert site.client.get("/status").json()["counts"]["known"] == 1


@pytest.mark.parametrize("form", ["v1", "v2", "hybrid"])
def test_torrents_are_checked(form: str, site: Site, tmp_path: Path):
    data = make_torrent(tmp_path, "pack", [40_000, 30_000], form)
    told = site.check(data)
    assert (told["decision"], told["known"], told["list_version"]) == ("allow", False, "7")
    assert len(told["could_not_be_judged"]) == (2 if form == "v1" else 0)
    site.oracle.learn(links.read_file(data).signals[0])
    told = site.check(data)
    assert (told["decision"], told["known"]) == ("refuse", True)
    assert "could_not_be_judged_besides" not in told


def test_what_is_not_certain_is_held_and_does_not_pass(site: Site, tmp_path: Path):
    site.oracle.certain = False
    data = make_torrent(tmp_path, "x.bin", [40_000])
    site.oracle.learn(links.read_file(data).signals[0])
    told = site.check(data)
    assert (told["decision"], told["known"]) == ("hold", True)
    assert "a person must look" in told["reason"]
    assert site.auth(KNOWN) == 403  # an announce cannot be held, and comes again


def test_what_is_no_torrent_is_held(site: Site):
    told = site.check(b"hello")
    assert (told["decision"], told["known"], told["list_version"]) == ("hold", None, None)


def test_many_files_that_cannot_be_judged_are_counted(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(http_gate, "_MOST_NAMED", 2)
    told = site.check(make_torrent(tmp_path, "pack", [9_000] * 5))
    assert [each["file"] for each in told["could_not_be_judged"]] == [1, 2]
    assert told["could_not_be_judged_besides"] == 3


def test_links_are_checked_in_order(site: Site):
    body = f"magnet:?xt=urn:btih:{CLEAR.hex()}\nnonsense\r\n\nmagnet:?xt=urn:btih:{KNOWN.hex()}\n"
    answer = site.client.post("/check", content=body, headers={"content-type": "text/plain"})
    decisions = answer.json()["decisions"]
    assert [each["decision"] for each in decisions] == ["allow", "hold", "refuse"]
    # The operator learns of a hit, whatever it was asked by.
    assert [event.place for event in site.told if event.kind == "hit"] == ["link 3 of 3"]


def test_what_is_too_much_or_of_another_kind_gets_no_decision(
    site: Site, monkeypatch: pytest.MonkeyPatch
):
    def post(body: bytes, kind: str) -> int:
        return site.client.post("/check", content=body, headers={"content-type": kind}).status_code

    assert post(b"x", "application/json") == 415
    assert post(b"x\n" * 1001, "text/plain") == 413
    monkeypatch.setattr(http_gate, "MOST_BYTES", 100)
    assert post(bytes(101), "application/x-bittorrent") == 413
    assert site.client.get("/check").status_code == 405
    assert site.client.get("/other").status_code == 404


def test_a_token_is_asked_for_everywhere(oracle: Oracle):
    site = Site(oracle, token="a secret")
    for wrong in ("", "Bearer", "Bearer a secre", "Basic a secret", "Bearer \u00e4"):
        headers = {"Authorization": wrong.encode("latin-1")} if wrong else {}
        answers = [
            site.client.get("/status", headers=headers),
            site.client.get("/auth", headers={**headers, "X-Original-URI": "/"}),
            site.client.post("/check", headers={**headers, **TORRENT}),
        ]
        assert {answer.status_code for answer in answers} == {401}
    assert site.auth(CLEAR, Authorization="Bearer a secret") == 204


def test_what_passes_the_check_is_allowed_at_the_tracker(oracle: Oracle, tmp_path: Path):
    path = tmp_path / "allowed"
    site = Site(oracle, allowed=Allowed(path))
    clear = make_torrent(tmp_path, "clear.bin", [40_000], "hybrid")
    known = make_torrent(tmp_path, "known.bin", [40_000], "hybrid", seed=2)
    oracle.learn(*links.read_file(known).files[0].signals)
    assert site.check(known)["decision"] == "refuse"
    assert not path.exists()
    assert site.check(clear)["decision"] == "allow"
    assert len(path.read_text().split()) == 2
    path.write_text("no list\n")
    told = site.check(make_torrent(tmp_path, "third.bin", [40_000], "v2", seed=3))
    assert (told["decision"], told["known"]) == ("hold", False)
    assert [each.kind for each in site.told] == [EventKind.HIT, EventKind.WARNING]
    named = '<file name="a"><hash type="sha-256">' + "ab" * 32 + "</hash></file>"
    metalink = f'<metalink xmlns="urn:ietf:params:xml:ns:metalink">{named}</metalink>'
    headers = {"content-type": "application/metalink4+xml"}
    answer = site.client.post("/check", content=metalink.encode(), headers=headers)
    assert answer.json()["decision"] == "allow"
