from __future__ import annotations

import asyncio

import httpcore
import pytest
from tests.fetching.servers import OTHER, PUBLIC, internet

from tidebreak.fetching.dialing import NOT_PUBLIC, CheckedDialer, dial, resolver
from tidebreak.fetching.errors import FetchFailed, FetchRefused


def dialed(host: str, *addresses: str) -> list[tuple[str, int]]:
    """Connect to ``host``; return to which addresses that went."""
    net = internet()
    net.names = {host: [addresses]}

    async def run() -> None:
        async with net.up():
            stream = await CheckedDialer(net.resolve, net.connect, (), 1).connect_tcp(host, 443)
            await stream.aclose()

    asyncio.run(run())
    return net.connected


def test_a_connection_goes_to_the_address_that_was_checked():
    assert dialed("a.example", PUBLIC) == [(PUBLIC, 443)]
    assert dialed(PUBLIC) == [(PUBLIC, 443)]


def test_the_next_address_is_tried():
    assert dialed("a.example", OTHER, PUBLIC) == [(OTHER, 443), (PUBLIC, 443)]
    with pytest.raises(FetchFailed, match="does not answer"):
        dialed("a.example", OTHER)


@pytest.mark.parametrize(
    "addresses",
    [["127.0.0.1"], [PUBLIC, "10.0.0.1"], ["169.254.169.254", PUBLIC], ["::1"], [], ["x"]],
)
def test_a_host_with_any_address_that_is_not_public_is_not_connected_to(addresses: list[str]):
    net = internet()
    net.names = {"a.example": [addresses]}
    dialer = CheckedDialer(net.resolve, net.connect, (), 1)
    with pytest.raises(FetchRefused, match=NOT_PUBLIC):
        asyncio.run(dialer.connect_tcp("a.example", 80))
    assert not net.connected


def test_whether_a_name_exists_here_is_not_told():
    net = internet()
    net.names = {"inside.example": [["10.0.0.1"]]}
    dialer = CheckedDialer(net.resolve, net.connect, (), 1)
    said: list[str] = []
    for host in ("inside.example", "none.example", "10.0.0.1"):
        with pytest.raises(FetchRefused) as caught:
            asyncio.run(dialer.connect_tcp(host, 80))
        said.append(str(caught.value))
    assert len(set(said)) == 1


def test_a_name_that_takes_too_long_is_given_up():
    async def slow(_: str) -> list[str]:
        await asyncio.sleep(30)
        return [PUBLIC]

    with pytest.raises(FetchRefused):
        asyncio.run(CheckedDialer(slow, dial, (), 0.05).connect_tcp("a.example", 80))


def test_sockets_of_this_machine_are_refused():
    with pytest.raises(FetchRefused):
        asyncio.run(CheckedDialer(resolver(1), dial, (), 1).connect_unix_socket("/run/x"))


def test_this_machine_is_noticed_by_its_own_address():
    async def run() -> None:
        async with internet().up() as net:
            with pytest.raises(FetchRefused):
                await dial("127.0.0.1", net.port, 1)

    asyncio.run(run())


def test_nobody_at_an_address_is_an_error_of_the_back_end():
    async def run() -> None:
        server = await asyncio.start_server(lambda r, w: w.close(), "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        server.close()
        await server.wait_closed()
        await dial("127.0.0.1", port, 1)

    with pytest.raises(httpcore.ConnectError):
        asyncio.run(run())


def test_the_system_resolves_what_it_knows(monkeypatch: pytest.MonkeyPatch):
    asked: list[str] = []

    def getaddrinfo(host: str, *_: object, **__: object):
        asked.append(host)
        return [(2, 1, 6, "", (PUBLIC, 0)), (2, 1, 6, "", (PUBLIC, 0))]

    monkeypatch.setattr("socket.getaddrinfo", getaddrinfo)
    assert asyncio.run(resolver(1)("a.example")) == [PUBLIC]
    assert asked == ["a.example."]
