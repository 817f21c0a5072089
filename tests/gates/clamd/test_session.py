from __future__ import annotations

import asyncio
import contextlib
import os
import re
import socket
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.gates.pairs import connected, said, talk
from tests.gates.screening import BROKEN, CLEAR, KNOWN, Screener, gate_of

from tidebreak.errors import CannotAsk
from tidebreak.gates.clamd.session import ClamdOptions, Session
from tidebreak.gates.files_below import Roots
from tidebreak.gates.policy import OnFailure


class Clamd:
    """A session for one client, and whoever screens for it."""

    def __init__(self, folder: Path, idle: float = 5, whole: float = 5, **policy) -> None:
        self.screener = Screener()
        self.gate = gate_of(self.screener, folder, **policy)
        self._options = ClamdOptions(Roots([folder]), idle, whole)

    async def run(self, there: socket.socket) -> None:
        await Session(self.gate, self._options, there).run()

    async def talk(self, *parts: bytes, **more) -> bytes:
        return await talk(self.run, *parts, **more)


@pytest.fixture
def clamd(tmp_path: Path) -> Clamd:
    return Clamd(tmp_path)


def instream(data: bytes, prefix: bytes = b"z") -> bytes:
    end = b"\0" if prefix == b"z" else b"\n"
    return prefix + b"INSTREAM" + end + len(data).to_bytes(4) + data + bytes(4)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("command", "reply"),
    [(b"zPING\0", b"PONG\0"), (b"nPING\n", b"PONG\n"), (b"PING\n", b"PONG\n"),
     (b"zRELOAD\0", b"RELOADING\0"), (b"zSHUTDOWN\0", b"UNKNOWN COMMAND\0"),
     (b"zEND\0", b"UNKNOWN COMMAND\0"), (b"zNONSENSE\0", b"UNKNOWN COMMAND\0"),
     (b"nINSTREAMS\n", b"UNKNOWN COMMAND\n"),
     (instream(CLEAR), b"stream: OK\0"), (instream(CLEAR, b"n"), b"stream: OK\n"),
     (instream(KNOWN), b"stream: Tidebreak.Known FOUND\0"),
     (instream(BROKEN), b"stream: Could not be examined. ERROR\0"),
     (b"zFILDES\0\0", b"FILDES: didn't receive file descriptor. ERROR\0")],
)  # fmt: skip
async def test_replies_are_those_of_clamd(clamd: Clamd, command: bytes, reply: bytes):
    assert await clamd.talk(command) == reply


@pytest.mark.anyio
async def test_without_a_session_one_command_is_answered(clamd: Clamd):
    assert await clamd.talk(b"zPING\0zPING\0", done=False) == b"PONG\0"


@pytest.mark.anyio
async def test_nobody_ends_the_gate(clamd: Clamd):
    await clamd.talk(b"zSHUTDOWN\0")
    assert await clamd.talk(b"zPING\0") == b"PONG\0"


def numbered(reply: bytes) -> dict[int, str]:
    parts = [each.decode() for each in reply.split(b"\0") if each]
    return {int(number): text for number, _, text in (each.partition(": ") for each in parts)}


@pytest.mark.anyio
async def test_a_session_answers_by_number_whatever_is_done_first(clamd: Clamd):
    data = b"zIDSESSION\0" + instream(CLEAR) + b"zPING\0" + instream(KNOWN) + b"zVERSION\0zEND\0"
    found = numbered(await clamd.talk(data, done=False))
    assert found.pop(4).startswith("Tidebreak ")
    assert found == {1: "stream: OK", 2: "PONG", 3: "stream: Tidebreak.Known FOUND"}


@pytest.mark.anyio
async def test_commands_in_a_session_do_not_wait_for_each_other(clamd: Clamd):
    clamd.screener.delay = 0.1
    data = b"zIDSESSION\0" + instream(CLEAR) * 10 + b"zEND\0"
    assert len(numbered(await clamd.talk(data, done=False))) == 10
    assert clamd.screener.most_at_once == 10


@pytest.mark.anyio
async def test_what_is_not_allowed_in_a_session_ends_it(clamd: Clamd):
    reply = await clamd.talk(b"zIDSESSION\0zPING\0zSHUTDOWN\0zPING\0")
    assert numbered(reply) == {1: "PONG", 2: "Command invalid inside IDSESSION. ERROR"}


@pytest.mark.anyio
async def test_a_descriptor_is_judged_and_closed(clamd: Clamd, tmp_path: Path):
    (tmp_path / "known").write_bytes(KNOWN)
    before = sum(1 for _ in Path("/proc/self/fd").iterdir())
    async with connected(clamd.run) as here:
        with (tmp_path / "known").open("rb") as file:
            await asyncio.get_running_loop().sock_sendall(here, b"zFILDES\0")
            socket.send_fds(here, [b"\0"], [file.fileno()])
        reply = await said(here)
    assert re.fullmatch(rb"fd\[\d+\]: Tidebreak.Known FOUND\0", reply)
    assert sum(1 for _ in Path("/proc/self/fd").iterdir()) == before


@pytest.mark.anyio
async def test_a_pipe_for_a_descriptor_is_a_failure_and_is_not_waited_for(clamd: Clamd):
    reading, writing = os.pipe()
    async with connected(clamd.run) as here:
        await asyncio.get_running_loop().sock_sendall(here, b"zFILDES\0")
        socket.send_fds(here, [b"\0"], [reading])
        assert (await said(here)).endswith(b"ERROR\0")
    os.close(reading)
    os.close(writing)


@pytest.mark.anyio
@pytest.mark.parametrize("mode", list(OnFailure))
async def test_more_than_is_taken_is_never_ok(tmp_path: Path, mode: OnFailure):
    clamd = Clamd(tmp_path, most=100, on_failure=mode)
    reply = await clamd.talk(b"zIDSESSION\0" + instream(bytes(101)) + instream(CLEAR))
    assert reply == b"1: INSTREAM size limit exceeded. ERROR\0"
    assert clamd.screener.asked == []


@pytest.mark.anyio
@pytest.mark.parametrize("mode", list(OnFailure))
async def test_without_answers_the_stated_fail_mode_counts(tmp_path: Path, mode: OnFailure):
    clamd = Clamd(tmp_path, on_failure=mode)
    clamd.screener.error = CannotAsk("nobody is there")
    closed = b"stream: Could not be examined. ERROR\0"
    expected = closed if mode is OnFailure.CLOSED else b"stream: OK\0"
    assert await clamd.talk(instream(CLEAR)) == expected
    assert f"on-failure={mode}".encode() in await clamd.talk(b"zSTATS\0")


@pytest.mark.anyio
@pytest.mark.parametrize("data", [b"", b"zINST", b"zINSTREAM\0", b"zINSTREAM\0\0\0\0\5ab",
                                  instream(CLEAR)[:-1], b"zFILDES\0"])  # fmt: skip
async def test_what_is_cut_off_is_not_answered(clamd: Clamd, data: bytes):
    assert await clamd.talk(data) == b""
    assert clamd.screener.asked == []


@pytest.mark.anyio
async def test_a_client_that_trickles_is_not_waited_for(tmp_path: Path):
    clamd = Clamd(tmp_path, idle=5, whole=0.2)
    loop = asyncio.get_running_loop()
    async with connected(clamd.run) as here:
        await loop.sock_sendall(here, b"zINSTREAM\0")
        with contextlib.suppress(OSError):
            for _ in range(30):
                await loop.sock_sendall(here, b"\0\0\0\1x")
                await asyncio.sleep(0.02)
        with contextlib.suppress(ConnectionError):
            assert await said(here) == b""
    assert clamd.screener.asked == []


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(
    st.sampled_from([b"zPING\0", b"zIDSESSION\0", b"zEND\0", instream(CLEAR), instream(KNOWN),
                     b"nSCAN /etc/passwd\n", b"zFILDES\0", b"\0"]),
    st.binary(max_size=40),
), max_size=8))  # fmt: skip
def test_whatever_is_said_it_ends_and_knows_only_what_is_known(tmp_path_factory, parts):
    clamd = Clamd(tmp_path_factory.mktemp("clamd"), idle=2)
    reply = asyncio.run(clamd.talk(*parts))
    known = sum(data == KNOWN for data, _ in clamd.screener.asked)
    assert reply.count(b"FOUND") <= known
