from __future__ import annotations

import inspect
from collections.abc import AsyncIterator
from dataclasses import replace

import anyio
import httpx
import pytest
from tests.client.service_helper import KEY, QUICK, SCREENED, SOUND, scripted

from tidebreak.client import AsyncClient, CannotAsk, Client
from tidebreak.screens import Screens


def test_both_clients_have_the_same_calls():
    def calls(kind: type) -> dict[str, list[tuple[str, object]]]:
        return {
            name: [(one.name, one.default) for one in inspect.signature(method).parameters.values()]
            for name, method in inspect.getmembers(kind, inspect.isfunction)
            if not name.startswith("_")
        }

    assert calls(Client) == {
        name: v for name, v in calls(AsyncClient).items() if name != "as_screens"
    }


def test_many_calls_at_once():
    waiting = 0
    most = 0

    async def answer(request: httpx.Request) -> httpx.Response:
        nonlocal waiting, most
        waiting += 1
        most = max(most, waiting)
        await anyio.sleep(0.02)
        waiting -= 1
        return httpx.Response(200, json=SCREENED)

    async def call() -> None:
        transport = httpx.MockTransport(answer)
        async with (
            AsyncClient("https://x.example", KEY, transport=transport) as client,
            anyio.create_task_group() as group,
        ):
            for _ in range(20):
                group.start_soon(client.screen, b"x")

    anyio.run(call)
    assert most == 20


def test_an_async_iterator_is_streamed():
    async def drip() -> AsyncIterator[bytes]:
        for _ in range(5):
            await anyio.sleep(0)
            yield b"drop"

    async def call(url: str) -> None:
        async with AsyncClient(url, KEY, patience=QUICK) as client:
            await client.screen(drip())

    with scripted(SOUND) as script:
        anyio.run(call, script.url)
    assert script.asked[0].body == b"drop" * 5


def test_an_endless_upload_ends_with_the_calls_time():
    async def drip() -> AsyncIterator[bytes]:
        while True:
            await anyio.sleep(0.01)
            yield b"x"

    async def call(url: str) -> None:
        async with AsyncClient(url, KEY, patience=replace(QUICK, deadline=0.2)) as client:
            with pytest.raises(CannotAsk, match="takes longer"):
                await client.screen(drip())

    # Blocks come without end: only the time that is up can stop it.
    with scripted(SOUND) as script:
        anyio.run(call, script.url)


def test_it_is_what_gates_ask():
    async def call() -> None:
        async with AsyncClient("https://x.example", KEY) as client:
            screens: Screens = client.as_screens()
            assert screens

    anyio.run(call)
