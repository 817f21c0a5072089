"""The hooks between real programs: nginx in front, an application behind."""

from __future__ import annotations

import asyncio
import random
import re
import socket
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from tests.gates import programs, swarm
from tests.gates.origin import Origin, origin
from tests.gates.screening import BROKEN, CLEAR, KNOWN, Screener, gate_of

from tidebreak.errors import CannotAsk, UsageError
from tidebreak.gates.content import ContentGate
from tidebreak.gates.hooks.serving import start
from tidebreak.gates.table import Table

ROOT = Path(__file__).parents[3]
BIG = random.Random(1).randbytes(3_000_000)


@contextmanager
def serving(gate: ContentGate, **values) -> Generator[int]:
    """Run the hooks in a thread with a loop of its own; yields their port."""
    ready, ended, ports = threading.Event(), asyncio.Event(), list[int]()
    loop = asyncio.new_event_loop()

    async def run() -> None:
        server = await start(gate, Table("hooks", {"listen": "127.0.0.1:0", **values}))
        ports.append(server.port)
        ready.set()
        await ended.wait()
        await server.close()

    thread = threading.Thread(target=lambda: loop.run_until_complete(run()))
    thread.start()
    assert ready.wait(10)
    try:
        yield ports[0]
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join()
        loop.close()


@dataclass
class Fronted:
    """nginx, the gate that it asks, and the application behind it."""

    screener: Screener
    origin: Origin
    client: httpx.Client


@pytest.fixture(scope="module")
def fronted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fronted]:
    """nginx with the configuration of the documentation."""
    program = programs.found("nginx")
    folder = tmp_path_factory.mktemp("nginx")
    page = (ROOT / "docs" / "content-gates.md").read_text()
    [shown] = re.findall(r"```nginx\n(.*?)```", page, re.DOTALL)
    port, screener = programs.free_port(), Screener()
    token = folder / "token"
    token.write_text("a secret\n")
    token.chmod(0o600)
    with origin() as served, serving(gate_of(screener, folder), token_file=str(token)) as gate:
        for there, here in (("8080", f"127.0.0.1:{port}"), ("9000", f"{served.port}"),
                            ("8398", f"{gate}"), ("TOKEN", "a secret")):  # fmt: skip
            shown = shown.replace(there, here)
        (folder / "nginx.conf").write_text(
            f"daemon off; master_process off; pid {folder}/pid; error_log stderr;\n"
            "events {}\n"
            "http { client_body_temp_path body; proxy_temp_path proxy; access_log off;\n"
            "fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;\n"
            + shown + "}\n"
        )  # fmt: skip
        with (
            programs.running([program, "-p", str(folder), "-c", "nginx.conf"], folder),
            httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20) as client,
        ):
            swarm.until(lambda: programs.accepts(port))
            yield Fronted(screener, served, client)


@pytest.fixture
def nginx(fronted: Fronted) -> Iterator[Fronted]:
    yield fronted
    fronted.screener.error = None
    fronted.origin.received.clear()


def test_an_upload_reaches_the_application_when_it_is_clear_and_only_then(nginx: Fronted):
    answer = nginx.client.post("/upload/new?album=1", content=BIG)
    assert answer.text == "taken"
    # Whole, and at the address that it was sent to.
    assert nginx.origin.received == [("/upload/new?album=1", BIG)]
    answer = nginx.client.post("/upload", files={"file": ("a", CLEAR)}, data={"title": "x"})
    assert answer.text == "taken"
    assert CLEAR in nginx.origin.received[1][1]
    told = nginx.origin.heads[-1]  # so that the application can act on a review
    assert told["tidebreak-action"] == "allow"
    assert told["tidebreak-screening"].startswith("scr-")
    false = {"Tidebreak-Screening": "mine", "Tidebreak-Action": "allow"}
    nginx.client.post("/upload", headers=false)
    assert "tidebreak-screening" not in nginx.origin.heads[-1]
    nginx.origin.received.pop()
    refused = nginx.client.post("/upload", files={"file": ("a", KNOWN)})
    assert refused.status_code == 403
    assert re.fullmatch(r"This content cannot be sent here. Reference: \w+\n", refused.text)
    held = nginx.client.post("/upload", files={"file": ("a", BROKEN)})
    assert (held.status_code, len(held.text)) == (403, len(refused.text))
    assert len(nginx.origin.received) == 2


def test_what_has_no_body_passes_without_a_question(nginx: Fronted):
    nginx.origin.pages["/upload/form"] = (b"a form", {})
    asked = len(nginx.screener.asked)
    assert nginx.client.get("/upload/form").text == "a form"
    assert len(nginx.screener.asked) == asked


def test_without_answers_nothing_passes(nginx: Fronted):
    nginx.screener.error = CannotAsk("nobody is there")
    answer = nginx.client.post("/upload", content=CLEAR)
    assert answer.status_code == 403
    assert "nobody" not in answer.text
    assert nginx.origin.received == []


def test_it_runs_beside_others_and_ends(tmp_path: Path):
    with serving(gate_of(Screener(), tmp_path)) as port:
        answer = httpx.post(f"http://127.0.0.1:{port}/check", content=KNOWN)
        assert answer.status_code == 403
        assert answer.headers["tidebreak-gate"].startswith("ok; on-failure=closed")
    assert not programs.accepts(port)


def test_whoever_says_nothing_keeps_nobody_out(tmp_path: Path):
    with serving(gate_of(Screener(), tmp_path), connections=3, idle_seconds=0.3) as port:
        silent = [socket.create_connection(("127.0.0.1", port)) for _ in range(3)]
        for each in silent:
            each.sendall(b"POST /check HTTP/1.1\r\nHost: x\r\nX: ")
        address = f"http://127.0.0.1:{port}/check"
        swarm.until(lambda: httpx.post(address, content=CLEAR).status_code == 200)
        for each in silent:
            each.close()


def test_headers_without_end_are_not_kept(tmp_path: Path):
    with serving(gate_of(Screener(), tmp_path)) as port:
        answer = httpx.post(
            f"http://127.0.0.1:{port}/check", content=CLEAR, headers={"X": "a" * 100_000}
        )
        assert answer.status_code == 431


def test_a_setting_that_cannot_be_is_refused(tmp_path: Path):
    for values in ({"listen": "0.0.0.0:0"}, {"unknown": 1, "listen": "127.0.0.1:0"}):
        with pytest.raises(UsageError):
            asyncio.run(start(gate_of(Screener(), tmp_path), Table("hooks", values)))
