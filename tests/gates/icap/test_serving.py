"""The ICAP gate between real programs: squid before an origin server, and c-icap's client."""

from __future__ import annotations

import asyncio
import gzip
import random
import re
import subprocess
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import brotli
import httpx
import pytest
from tests.gates import programs, swarm
from tests.gates.origin import Origin, origin
from tests.gates.screening import CLEAR, KNOWN, Screener, gate_of

from tidebreak.errors import CannotAsk, UsageError
from tidebreak.gates.content import ContentGate
from tidebreak.gates.icap.serving import start
from tidebreak.gates.table import Table

ROOT = Path(__file__).parents[3]
BIG = random.Random(1).randbytes(300_000)


@contextmanager
def serving(gate: ContentGate, **values) -> Generator[int]:
    """Run a gate in a thread with a loop of its own; yields its port."""
    ready, ended, ports = threading.Event(), asyncio.Event(), list[int]()
    loop = asyncio.new_event_loop()

    async def run() -> None:
        server = await start(gate, Table("icap", {"listen": "127.0.0.1:0", **values}))
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
class Proxied:
    """Squid with its gate, and the origin behind it."""

    screener: Screener
    gate: ContentGate
    origin: Origin
    client: httpx.Client

    def address(self, path: str) -> str:
        return f"http://127.0.0.1:{self.origin.port}{path}"

    def get(self, path: str) -> httpx.Response:
        return self.client.get(self.address(path))

    def post(self, path: str, **more) -> httpx.Response:
        return self.client.post(self.address(path), **more)


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxied]:
    """squid with the configuration of the documentation."""
    program = programs.found("squid")
    folder = tmp_path_factory.mktemp("squid")
    folder.chmod(0o777)
    folder.parent.chmod(0o755)
    page = (ROOT / "docs" / "content-gates.md").read_text()
    [shown] = re.findall(r"```squid\n(.*?)```", page, re.DOTALL)
    port, screener = programs.free_port(), Screener()
    gate = gate_of(screener, folder)
    with origin() as served, serving(gate) as icap:
        shown = shown.replace("1344", f"{icap}")
        (folder / "squid.conf").write_text(
            f"http_port 127.0.0.1:{port}\nhttp_access allow localhost\nhttp_access deny all\n"
            f"cache deny all\nacl localnet src 127.0.0.1\npid_filename {folder}/pid\n"
            f"access_log none\ncache_log {folder}/cache.log\ncoredump_dir {folder}\n"
            f"shutdown_lifetime 0 seconds\npinger_enable off\nnetdb_filename none\n{shown}\n"
        )
        command = [program, "-N", "-f", str(folder / "squid.conf")]
        with (
            programs.running(command, folder),
            httpx.Client(proxy=f"http://127.0.0.1:{port}", timeout=20, trust_env=False) as client,
        ):
            swarm.until(lambda: programs.accepts(port))
            yield Proxied(screener, gate, served, client)


@pytest.fixture
def squid(proxied: Proxied) -> Iterator[Proxied]:
    yield proxied
    proxied.screener.error = None
    proxied.origin.received.clear()


def form(name: str, data: bytes) -> dict:
    return {"files": {"file": (name, data)}, "data": {"title": "a picture"}}


def test_uploads_reach_the_origin_when_clear_and_only_then(squid: Proxied):
    for more in (form("a.bin", CLEAR), {"content": CLEAR}):
        assert squid.post("/up", **more).text == "taken"
    for more in (form("a.bin", KNOWN), {"content": KNOWN}):
        answer = squid.post("/up", **more)
        assert answer.status_code == 403
        assert re.search(r"Reference: [0-9a-f]{10}", answer.text)
        assert "known" not in answer.text.lower()
    assert len(squid.origin.received) == 2
    assert squid.origin.received[1] == ("/up", CLEAR)
    # The file inside the form is what was asked about, not the form.
    assert {data for data, _ in squid.screener.asked} == {CLEAR, KNOWN, b"taken"}


def test_a_body_that_squid_takes_no_204_for_comes_back_whole(squid: Proxied):
    squid.origin.pages["/big"] = (BIG, {})
    assert squid.get("/big").content == BIG
    assert squid.post("/up", content=BIG).text == "taken"
    assert squid.origin.received == [("/up", BIG)]


@pytest.mark.parametrize(
    ("encoding", "encode"), [("", bytes), ("gzip", gzip.compress), ("br", brotli.compress)]
)
def test_downloads_are_judged_without_their_encoding(squid: Proxied, encoding: str, encode):
    fields = {"Content-Encoding": encoding} if encoding else {}
    squid.origin.pages["/known"] = (encode(KNOWN), fields)
    squid.origin.pages["/clear"] = (encode(CLEAR), fields)
    assert squid.get("/clear").content == CLEAR
    assert squid.get("/known").status_code == 403


def test_without_answers_nothing_passes_and_it_looks_like_a_refusal(squid: Proxied):
    squid.origin.pages["/clear"] = (CLEAR, {})
    squid.screener.error = CannotAsk("nobody is there")
    answer = squid.get("/clear")
    assert answer.status_code == 403
    assert "nobody" not in answer.text
    assert squid.gate.status.failing
    squid.screener.error = None
    assert squid.get("/clear").content == CLEAR
    assert not squid.gate.status.failing


def test_a_part_of_a_file_is_not_taken_for_the_file(squid: Proxied):
    squid.origin.pages["/part"] = (CLEAR[:100], {"Content-Range": f"bytes 0-99/{len(CLEAR)}"})
    assert squid.get("/part").status_code == 403


def client(port: int, *arguments: str, folder: Path) -> str:
    """Run c-icap's client; return what it prints, the heads of the answer among it."""
    out = folder / "out"
    command = [programs.found("c-icap-client"), "-i", "127.0.0.1", "-p", f"{port}", "-v",
               "-o", str(out), *arguments]  # fmt: skip
    made = subprocess.run(command, capture_output=True, timeout=20, check=False)
    return (made.stdout + made.stderr).decode()


def test_c_icap_client_speaks_with_and_without_204(tmp_path: Path):
    (tmp_path / "big").write_bytes(BIG)
    (tmp_path / "known").write_bytes(KNOWN)
    gate = gate_of(Screener(), tmp_path)
    with serving(gate, status=451, ignore=["css"]) as port:
        said = client(port, "-s", "respmod", folder=tmp_path)
        assert "Transfer-Ignore: css" in said
        assert "on-failure=closed" in said
        for allowed in ((), ("-no204",), ("-nopreview",), ("-nopreview", "-no204")):
            (tmp_path / "out").unlink(missing_ok=True)
            arguments = ("-s", "respmod", *allowed, "-f", str(tmp_path / "big"))
            said = client(port, *arguments, folder=tmp_path)
            if "-no204" in allowed:
                assert (tmp_path / "out").read_bytes() == BIG
            else:
                assert "204" in said
            (tmp_path / "out").unlink(missing_ok=True)
            said = client(port, "-s", "respmod", *allowed, "-f", str(tmp_path / "known"),
                          folder=tmp_path)  # fmt: skip
            assert "451" in said
            assert "X-Infection-Found: Type=0; Resolution=2; Threat=Tidebreak.Known;" in said


@pytest.mark.parametrize(
    ("values", "why"), [({"status": 404}, "403 or 451"), ({"ignore": ["*.css"]}, "endings")]
)
def test_a_setting_that_cannot_be_is_refused(tmp_path: Path, values: dict, why: str):
    table = Table("icap", {"listen": "127.0.0.1:0", **values})
    with pytest.raises(UsageError, match=why):
        asyncio.run(start(gate_of(Screener(), tmp_path), table))
