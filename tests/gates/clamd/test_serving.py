"""The gate driven by ClamAV's own client."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.gates import programs
from tests.gates.screening import BROKEN, CLEAR, KNOWN, Screener, gate_of

from tidebreak.errors import CannotAsk, UsageError
from tidebreak.gates.clamd.serving import start
from tidebreak.gates.table import Table


@asynccontextmanager
async def listening(folder: Path, screener: Screener, values: dict, **policy) -> AsyncIterator[int]:
    server = await start(gate_of(screener, folder, **policy), Table("clamd", values))
    try:
        yield server.port
    finally:
        await server.close()


@pytest.fixture
def uploads(tmp_path: Path) -> Path:
    folder = tmp_path / "uploads"
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / "clear.bin").write_bytes(CLEAR)
    (folder / "deep" / "known.bin").write_bytes(KNOWN)
    (folder / "deep" / "er" / "also.bin").write_bytes(KNOWN)
    return folder


async def clamdscan(folder: Path, where: str, *arguments: str) -> tuple[int, str]:
    config = folder / "clamd.conf"
    config.write_text(f"{where}\nStreamMaxLength 4000M\n")
    made = await asyncio.create_subprocess_exec(
        programs.found("clamdscan"), "-c", str(config), *arguments,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    out, _ = await asyncio.wait_for(made.communicate(), 20)
    return made.returncode or 0, out.decode()


pytestmark = pytest.mark.anyio

MODES = ((), ("--fdpass",), ("--stream",), ("-m",), ("-m", "--fdpass"), ("-m", "--stream"))


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: " ".join(mode) or "path")
async def test_clamdscan_finds_what_is_known_in_every_mode(
    tmp_path: Path, uploads: Path, mode: tuple[str, ...]
):
    socket = tmp_path / "clamd.sock"
    values = {"listen": f"unix:{socket}", "roots": [str(uploads)]}
    async with listening(tmp_path, Screener(), values):
        where = f"LocalSocket {socket}"
        status, said = await clamdscan(tmp_path, where, *mode, str(uploads))
        assert status == 1
        assert said.count("Tidebreak.Known FOUND") == 2
        assert "Infected files: 2" in said
        status, said = await clamdscan(tmp_path, where, *mode, str(uploads / "clear.bin"))
        assert (status, "Infected files: 0" in said) == (0, True)


async def test_clamdscan_over_tcp(tmp_path: Path, uploads: Path):
    async with listening(tmp_path, Screener(), {"listen": "127.0.0.1:0"}) as port:
        where = f"TCPSocket {port}\nTCPAddr 127.0.0.1"
        status, said = await clamdscan(tmp_path, where, "--stream", str(uploads))
        assert (status, said.count("FOUND")) == (1, 2)
        status, said = await clamdscan(tmp_path, where, "--version")
        assert said.startswith("Tidebreak ")
        status, said = await clamdscan(tmp_path, where, "--ping", "1")
        assert (status, "PONG" in said) == (0, True)


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: " ".join(mode) or "path")
async def test_clamdscan_is_told_that_something_could_not_be_examined(
    tmp_path: Path, uploads: Path, mode: tuple[str, ...]
):
    (uploads / "clear.bin").write_bytes(BROKEN)
    socket = tmp_path / "clamd.sock"
    screener = Screener()
    values = {"listen": f"unix:{socket}", "roots": [str(uploads)]}
    async with listening(tmp_path, screener, values):
        where = f"LocalSocket {socket}"
        status, said = await clamdscan(tmp_path, where, *mode, str(uploads / "clear.bin"))
        assert (status, "Could not be examined. ERROR" in said) == (2, True)
        screener.error = CannotAsk("nobody is there")
        status, said = await clamdscan(tmp_path, where, *mode, str(uploads))
        assert status == 2
        assert "OK" not in said


async def test_clamdscan_is_told_of_a_stream_that_is_too_large(tmp_path: Path, uploads: Path):
    (uploads / "clear.bin").write_bytes(bytes(5_000_000))
    async with listening(tmp_path, Screener(), {"listen": "127.0.0.1:0"}, most=1000) as port:
        where = f"TCPSocket {port}\nTCPAddr 127.0.0.1"
        status, said = await clamdscan(tmp_path, where, "--stream", str(uploads / "clear.bin"))
        assert (status, "ERROR" in said) == (2, True)


def test_a_setting_that_cannot_be_is_refused(tmp_path: Path):
    for values in ({"roots": ["relative"]}, {"idle_seconds": 0}, {"unknown": 1}):
        table = Table("clamd", {"listen": "127.0.0.1:0", **values})
        with pytest.raises(UsageError, match=next(iter(values))):
            asyncio.run(start(gate_of(Screener(), tmp_path), table))
