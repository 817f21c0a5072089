from __future__ import annotations

import asyncio
import contextlib
import socket
import stat
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tidebreak.errors import UsageError
from tidebreak.gates.accepting import Accepting, Where, accept
from tidebreak.gates.table import Table

pytestmark = pytest.mark.anyio


def where(**values) -> Where:
    return Where.of(Table("gate", values), "127.0.0.1:0")


async def echo(connected: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    while part := await loop.sock_recv(connected, 100):
        await loop.sock_sendall(connected, part)


async def asked(server: Accepting, handle: Callable[[], Awaitable[socket.socket]]) -> bytes:
    """What a client that sends a word is told; nothing when it is not let in."""
    loop = asyncio.get_running_loop()
    made = await handle()
    try:
        await loop.sock_sendall(made, b"hello")
        return await asyncio.wait_for(loop.sock_recv(made, 100), 5)
    except ConnectionError:
        return b""
    finally:
        made.close()


async def dialled(port: int, host: str = "127.0.0.1") -> socket.socket:
    made = socket.socket()
    made.setblocking(False)
    try:
        await asyncio.get_running_loop().sock_connect(made, (host, port))
    except ConnectionError:
        made.close()
        raise
    return made


async def test_it_answers_over_tcp_until_it_is_closed():
    server = await accept(where(), echo)
    assert await asked(server, lambda: dialled(server.port)) == b"hello"
    left = await dialled(server.port)
    port = server.port
    await server.close()
    with left, contextlib.suppress(ConnectionError):
        assert await asyncio.get_running_loop().sock_recv(left, 1) == b""
    with pytest.raises(ConnectionRefusedError):
        await dialled(port)


async def test_it_answers_at_a_socket_whose_rights_are_as_stated(tmp_path: Path):
    path = tmp_path / "gate.sock"

    async def dial() -> socket.socket:
        made = socket.socket(socket.AF_UNIX)
        made.setblocking(False)
        await asyncio.get_running_loop().sock_connect(made, str(path))
        return made

    server = await accept(where(listen=f"unix:{path}", socket_mode="600"), echo)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert server.port == 0
    assert await asked(server, dial) == b"hello"
    with pytest.raises(UsageError, match="choose another place"):
        await accept(where(listen=f"unix:{path}"), echo)
    await server.close()
    assert not path.exists()


async def test_what_a_killed_process_left_is_taken_over_and_nothing_else(tmp_path: Path):
    path = tmp_path / "gate.sock"
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(path))
    left.close()
    server = await accept(where(listen=f"unix:{path}"), echo)
    await server.close()
    path.write_text("somebody's")
    with pytest.raises(UsageError):
        await accept(where(listen=f"unix:{path}"), echo)
    assert path.read_text() == "somebody's"


async def test_more_connections_than_stated_are_not_held():
    turned_away = list[None]()
    server = await accept(where(connections=2), echo, lambda: turned_away.append(None))
    held = [await dialled(server.port) for _ in range(2)]
    for each in held:  # so that both were taken
        await asyncio.get_running_loop().sock_sendall(each, b"x")
        assert await asyncio.get_running_loop().sock_recv(each, 1) == b"x"
    assert await asked(server, lambda: dialled(server.port)) == b""
    assert len(turned_away) == 1
    for each in held:
        each.close()
    await asyncio.sleep(0.05)
    assert await asked(server, lambda: dialled(server.port)) == b"hello"
    await server.close()


async def test_a_fault_in_one_connection_ends_that_one_only():
    async def broken(connected: socket.socket) -> None:
        raise RuntimeError("a fault of ours")

    loop, faults = asyncio.get_running_loop(), list[object]()
    loop.set_exception_handler(lambda _, context: faults.append(context["exception"]))
    server = await accept(where(), broken)
    for _ in range(2):
        assert await asked(server, lambda: dialled(server.port)) == b""
    await server.close()


def outside(server: Accepting, address: str) -> bool:
    return server._welcome((address, 5555))


async def test_others_come_from_the_networks_that_are_named_only():
    server = await accept(where(networks=["192.0.2.0/24", "2001:db8::/32"]), echo)
    welcome = ["127.0.0.1", "::1", "192.0.2.7", "::ffff:192.0.2.7", "2001:db8::7"]
    assert all(outside(server, each) for each in welcome)
    assert not any(outside(server, each) for each in ("198.51.100.7", "::ffff:198.51.100.7",
                                                       "fe80::1%eth0"))  # fmt: skip
    await server.close()


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "[::]", "example.org"])
async def test_without_networks_only_this_machine_may_ask(host: str):
    with pytest.raises(UsageError, match="networks"):
        await accept(where(listen=f"{host}:0"), echo)


@pytest.mark.parametrize("listen", ["127.0.0.1", "127.0.0.1:", ":3310", "127.0.0.1:x", "h:99999"])
async def test_a_place_that_is_none_is_one_sentence(listen: str):
    with pytest.raises(UsageError, match="host:port or unix:/path"):
        await accept(where(listen=listen), echo)


async def test_a_port_that_is_taken_is_one_sentence():
    server = await accept(where(), echo)
    with pytest.raises(UsageError, match="choose another place"):
        await accept(where(listen=f"127.0.0.1:{server.port}"), echo)
    await server.close()


@pytest.mark.parametrize("mode", ["999", "66", "rw-", "0660"])
def test_rights_are_three_digits(mode: str):
    with pytest.raises(UsageError, match="socket_mode"):
        where(socket_mode=mode)
