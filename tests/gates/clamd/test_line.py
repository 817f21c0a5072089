from __future__ import annotations

import asyncio
import os
import socket

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidebreak.gates.clamd.commands import Verb
from tidebreak.gates.clamd.line import Gone, Line


def pair(idle: float = 5) -> tuple[Line, socket.socket, socket.socket]:
    here, there = socket.socketpair()
    there.setblocking(False)
    return Line(there, idle), here, there


def chunked(parts: list[bytes]) -> bytes:
    return b"".join(len(part).to_bytes(4) + part for part in parts if part) + bytes(4)


@settings(max_examples=50)
@given(st.lists(st.binary(max_size=300), max_size=8), st.lists(st.integers(1, 50), max_size=20))
def test_a_stream_is_the_same_however_it_is_cut(parts: list[bytes], cuts: list[int]):
    async def run() -> bytes:
        line, here, there = pair()
        data = b"zINSTREAM\0" + chunked(parts) + b"zPING\0"
        with here, there:
            for cut in (*cuts, len(data)):
                here.sendall(data[:cut])
                data = data[cut:]
            assert (await line.command()).verb is Verb.INSTREAM
            found = b"".join([part async for part in line.stream()])
            assert (await line.command()).verb is Verb.PING
            return found

    assert asyncio.run(run()) == b"".join(parts)


@pytest.mark.anyio
@pytest.mark.parametrize("data", [b"", bytes(3), b"\0\0\0\5abcd", b"\0\0\0\1a"])
async def test_a_stream_that_is_cut_off_is_no_stream(data: bytes):
    line, here, there = pair()
    with there:
        here.sendall(data)
        here.close()
        with pytest.raises(Gone):
            [part async for part in line.stream()]


@pytest.mark.anyio
async def test_who_is_silent_is_not_waited_for():
    line, here, there = pair(idle=0.05)
    with here, there:
        with pytest.raises(Gone):
            await line.command()
        here.sendall(b"\0\0\0\5ab")
        with pytest.raises(Gone):
            [part async for part in line.stream()]


@pytest.mark.anyio
async def test_who_does_not_listen_is_not_waited_for():
    line, here, there = pair(idle=0.05)
    with here, there, pytest.raises(Gone):
        await line.say("x" * (1 << 24), end=b"\n")


@pytest.mark.anyio
async def test_descriptors_come_beside_their_bytes_in_order():
    line, here, there = pair()
    ends = [os.pipe() for _ in range(2)]
    with here, there:
        for number, (reading, writing) in enumerate(ends):
            os.write(writing, b"%d" % number)
            here.sendall(b"zFILDES\0")
            socket.send_fds(here, [b"\0"], [reading])
        for number in range(2):
            assert (await line.command()).verb is Verb.FILDES
            fd = await line.descriptor()
            assert os.read(fd, 10) == b"%d" % number
            assert not os.get_inheritable(fd)
            os.close(fd)
        here.sendall(b"zFILDES\0\0")
        await line.command()
        assert await line.descriptor() == -1
    for fds in ends:
        for fd in fds:
            os.close(fd)


@pytest.mark.anyio
async def test_descriptors_that_nobody_asked_for_are_closed():
    line, here, there = pair()
    reading, writing = os.pipe()
    with here, there:
        socket.send_fds(here, [b"nPING\n"], [reading])
        await line.command()
        os.close(reading)
        os.write(writing, b"x")  # somebody still holds the other end
        line.close()
        with pytest.raises(BrokenPipeError):
            os.write(writing, b"x")
    os.close(writing)


@pytest.mark.anyio
async def test_a_flood_of_descriptors_ends_the_connection():
    line, here, there = pair()
    reading, writing = os.pipe()
    with here, there:
        for _ in range(3):
            socket.send_fds(here, [b"x"], [reading] * 60)
        with pytest.raises(Gone):
            await line.command()
        line.close()
    os.close(reading)
    os.close(writing)
