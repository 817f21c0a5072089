"""Content gates before an installation: a real process, and hostile files through every gate."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import random
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import pytest
from tests.gates import programs, swarm
from tests.gates.clamd.test_session import instream
from tests.gates.icap.test_session import request
from tests.service.hostile import corpus

from tidebreak.errors import CannotAsk
from tidebreak.gates.alone import Elsewhere, _elsewhere, _here
from tidebreak.gates.content import Place
from tidebreak.gates.content_policy import Outcome
from tidebreak.gates.content_start import Running, start
from tidebreak.gates.keeping import kept_in, open_kept
from tidebreak.installation import Tidebreak
from tidebreak.model import ListKind
from tidebreak.screens import Origin, Screened, Screens
from tidebreak.spool import Spool

ROOT = Path(__file__).parents[2]
KNOWN = random.Random(1).randbytes(50_000)
CLEAR = KNOWN[::-1]


@pytest.fixture
def known(installation: Tidebreak, tmp_path: Path) -> Tidebreak:
    """An installation with one known file."""
    digest = hashlib.sha256(KNOWN).hexdigest()
    (tmp_path / "list.csv").write_text(f"sha256\n{digest}\n")
    installation.import_list(tmp_path / "list.csv", name="known", kind=ListKind.CONTRABAND)
    return installation


def test_the_command_runs_until_it_is_told_to_end(known: Tidebreak, tmp_path: Path):
    uploads, socket = tmp_path / "uploads", tmp_path / "clamd.sock"
    uploads.mkdir()
    (uploads / "known").write_bytes(KNOWN)
    (uploads / "clear").write_bytes(CLEAR)
    (tmp_path / "clamd.conf").write_text(f"LocalSocket {socket}\n")
    command = [
        sys.executable, "-m", "tidebreak", "--home", str(known.home), "gate", "clamd",
        "--on-failure", "closed", "--listen", f"unix:{socket}", "--root", str(uploads),
        "--keep", str(tmp_path / "kept"),
    ]  # fmt: skip
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
    try:
        swarm.until(socket.exists)
        scan = [programs.found("clamdscan"), "-c", str(tmp_path / "clamd.conf"), str(uploads)]
        made = subprocess.run(scan, capture_output=True, timeout=30, check=False)
    finally:
        process.terminate()
        out, _ = process.communicate(timeout=20)
    assert b"Tidebreak.Known FOUND" in made.stdout
    assert made.returncode == 1
    assert process.returncode == 0
    events = [json.loads(line) for line in out.splitlines()]
    assert [each["event"] for each in events] == ["start", "hit", "stop"]
    # The caller may delete it now: a sealed copy is left, and the audit log says what ran.
    [copy] = kept_in(tmp_path / "kept")
    assert copy.screening in events[1]["why"]
    assert b"".join(open_kept(copy.path, known.vault)) == KNOWN
    actions = [each.action for each in known.audit.events()]
    assert actions[-2:] == ["gate.start", "gate.stop"]


@pytest.mark.anyio
async def test_who_screens_elsewhere_and_is_not_there_is_no_pass(tmp_path: Path):
    key = tmp_path / "key"
    key.write_text("tb_id_secret\n")
    key.chmod(0o600)
    async with _elsewhere(Elsewhere("http://127.0.0.1:1", key)) as screens:
        with Spool(tmp_path, 10) as content, pytest.raises(CannotAsk):
            async with asyncio.timeout(60):
                await screens.screen(content, Origin())


async def by_clamd(running: Running, data: bytes) -> str:
    reader, writer = await asyncio.open_connection("127.0.0.1", running.server.port)
    writer.write(instream(data))
    reply = (await reader.read()).decode()
    writer.close()
    await writer.wait_closed()
    return {"OK\0": "pass", "FOUND\0": "refuse", "ERROR\0": "failure"}[reply.split(" ")[-1]]


async def by_icap(running: Running, data: bytes) -> str:
    reader, writer = await asyncio.open_connection("127.0.0.1", running.server.port)
    writer.write(request(data, "Allow: 204", "Connection: close"))
    reply = await reader.read()
    writer.close()
    await writer.wait_closed()
    if reply.startswith(b"ICAP/1.0 204 "):
        return "pass"
    assert reply.startswith(b"ICAP/1.0 200 ")
    return "refuse" if b"Tidebreak.Known" in reply else "failure"


async def by_hooks(running: Running, data: bytes) -> str:
    async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
        address = f"http://127.0.0.1:{running.server.port}/check"
        return (await client.post(address, content=data)).json()["decision"]


ASK: dict[str, Callable[[Running, bytes], Awaitable[str]]] = {
    "clamd": by_clamd, "icap": by_icap, "hooks": by_hooks,
}  # fmt: skip


class Remembering:
    """Has each content screened once, whichever gate it comes through."""

    def __init__(self, screens: Screens) -> None:
        self._screens = screens
        self._answers: dict[bytes, asyncio.Future[Screened]] = {}

    async def screen(self, content: Spool, origin: Origin) -> Screened:
        with os.fdopen(content.open(), "rb") as file:
            digest = hashlib.file_digest(file, "sha256").digest()
        if digest not in self._answers:
            self._answers[digest] = asyncio.ensure_future(self._screens.screen(content, origin))
        return await self._answers[digest]

    async def screen_signals(self, items: object, origin: Origin) -> list[Screened]:
        raise NotImplementedError


@pytest.mark.anyio
@pytest.mark.slow
async def test_every_hostile_file_ends_in_one_of_three_ways_at_every_gate(
    known: Tidebreak, tmp_path: Path
):
    files = {**dict(corpus()), "known": KNOWN, "clear": CLEAR}
    place = Place(tmp_path / "spool")
    found: dict[str, dict[str, str]] = {}
    async with _here(known) as screens:
        remembering = Remembering(screens)
        for kind, ask in ASK.items():
            values = {"listen": "127.0.0.1:0", "on_failure": "closed", "most_bytes": 8 << 20}
            running = await start(kind, values, remembering, place)
            turns = asyncio.Semaphore(8)

            async def one(data: bytes, ask=ask, running=running, turns=turns) -> str:
                async with turns:
                    return await ask(running, data)

            async with asyncio.timeout(120):
                ended = await asyncio.gather(*map(one, files.values()))
            found[kind] = dict(zip(files, ended, strict=True))
            await running.close()
    for outcomes in found.values():
        assert set(outcomes.values()) <= set(Outcome)
        assert (outcomes["known"], outcomes["clear"]) == ("refuse", "pass")
        assert {name for name, outcome in outcomes.items() if outcome == "refuse"} == {"known"}
        assert outcomes["zip bomb"] == outcomes["huge picture"] == "failure"
    # Nobody but an empty body, which hands nothing in, is treated differently anywhere.
    assert found["clamd"] | {"nothing": ""} == found["icap"] | {"nothing": ""}
    assert found["clamd"] | {"nothing": ""} == found["hooks"] | {"nothing": ""}
