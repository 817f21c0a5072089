from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import anyio
import pytest
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import Message
from tests.service.service_helper import Running, running, signal

from tidebreak.installation import Tidebreak
from tidebreak.screens import Overloaded
from tidebreak.service.budget import Budget
from tidebreak.service.config import Intake, ServiceConfig
from tidebreak.service.intake import Bounded, Bounds, check_whole
from tidebreak.service.problems import Problem

TIMES = Intake(idle_seconds=0.05, request_seconds=0.1, slowest=1000)


class Sender:
    """What a server would receive: pieces, each after a pause."""

    def __init__(self, *pieces: bytes, pause: float = 0, disconnect: bool = False) -> None:
        self.left, self.pause, self.disconnect = list(pieces), pause, disconnect

    async def __call__(self) -> Message:
        await asyncio.sleep(self.pause)
        if not self.left and self.disconnect:
            return {"type": "http.disconnect"}
        body = self.left.pop(0) if self.left else b""
        return {
            "type": "http.request", "body": body, "more_body": bool(self.left) or self.disconnect
        }  # fmt: skip


def received(
    sender: Sender, headers: dict[str, str], most: int = 100, budget: Budget | None = None,
    times: Intake = TIMES,
) -> list[bytes]:  # fmt: skip
    async def take() -> list[bytes]:
        with (budget or Budget(1000)).share() as share:
            bounded = Bounded(sender, Headers(headers), Bounds.of(times, most, share))
            found: list[bytes] = []
            while True:
                message = await bounded()
                found.append(message.get("body", b""))
                if not message.get("more_body"):
                    return found

    return anyio.run(take)


CHUNKED = {"transfer-encoding": "chunked"}


def test_a_body_comes_through_piece_by_piece():
    assert received(Sender(b"ab", b"cd"), CHUNKED) == [b"ab", b"cd"]
    assert received(Sender(b"abcd"), {"content-length": "4"}) == [b"abcd"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [({}, 411), ({"transfer-encoding": "gzip, chunked"}, 415), ({"content-length": "0"}, 0),
     (CHUNKED, 0), ({"transfer-encoding": "Chunked"}, 0)],
)  # fmt: skip
def test_an_upload_can_be_told_from_none(headers: dict[str, str], status: int):
    if not status:
        check_whole(Headers(headers), upload=True)
        return
    with pytest.raises(Problem) as raised:
        check_whole(Headers(headers), upload=True)
    assert raised.value.said.status == status
    if status == 411:
        check_whole(Headers(headers), upload=False)


@pytest.mark.parametrize("headers", [CHUNKED, {"content-length": "101"}])
def test_one_byte_too_many(headers: dict[str, str]):
    assert received(Sender(b"x" * 100), CHUNKED)
    with pytest.raises(Problem) as raised:
        received(Sender(b"x" * 60, b"x" * 41), headers)
    assert raised.value.said.status == 413
    assert raised.value.said.headers["Connection"] == "close"


def test_a_pause_and_a_trickle_are_both_too_slow():
    for sender in (Sender(b"a", b"b", pause=0.2), Sender(*[b"a"] * 90, pause=0.01)):
        with pytest.raises(Problem) as raised:
            received(sender, CHUNKED)
        assert raised.value.said.status == 408


def test_whoever_sends_fast_enough_has_time():
    times = Intake(idle_seconds=30, request_seconds=0.1, slowest=50)
    pieces = [b"x" * 50] * 20  # 0.2 s, above the time for a request without a body
    assert len(received(Sender(*pieces, pause=0.01), CHUNKED, 1000, times=times)) == 20


def test_who_is_gone_is_told_nothing():
    with pytest.raises(ClientDisconnect):
        received(Sender(b"a", disconnect=True), CHUNKED)


def test_what_is_declared_and_what_comes_both_count():
    for headers in ({"content-length": "30"}, CHUNKED):
        budget = Budget(20)
        with pytest.raises(Overloaded):
            received(Sender(b"x" * 15, b"x" * 15), headers, budget=budget)
        assert budget.used == 0


def test_a_body_that_is_refused_is_taken_in_a_little(installation: Tidebreak):
    with running(installation) as service:
        pieces = [b"x" * 1000] * 100
        sent = 0

        async def body() -> AsyncIterator[bytes]:
            nonlocal sent
            for piece in pieces:
                sent += 1
                yield piece

        answer = service.send(
            "POST", "/v1/screen", content=body(), headers={"Idempotency-Key": "x" * 300}
        )
        assert answer.status_code == 422
        assert sent == 100


@pytest.fixture
def small(installation: Tidebreak):
    with running(installation, ServiceConfig(intake=Intake(
        upload_bytes=10_000, batch_bytes=2000, in_flight_bytes=12_000, idle_seconds=5.0,
    ))) as service:  # fmt: skip
        yield service


def test_limits_by_route(small: Running):
    assert small.send("POST", "/v1/screen", content=b"x" * 10_000).status_code == 200
    assert small.send("POST", "/v1/screen", content=b"x" * 10_001).status_code == 413
    many = {"items": [[signal(1)]] * 30}
    assert small.send("POST", "/v1/match", json=many).status_code == 413
    # JSON is held in memory: it is bounded as such on a route that takes uploads, too.
    assert small.send("POST", "/v1/screen", json=many).status_code == 413
    assert small.send("POST", "/v1/lists", json={"name": "x" * 2_000_000}).status_code == 413
    assert small.send("GET", "/v1/status", content=b"x" * 2_000_000).status_code == 413
    assert small.parts.budget.used == 0


def test_many_uploads_at_once_are_refused_and_none_is_lost(small: Running):
    async def upload(number: int) -> AsyncIterator[bytes]:
        for _ in range(5):
            yield bytes([number]) * 1000
            await asyncio.sleep(0.01)

    async def all_of_them() -> list[int]:
        found: list[int] = []

        async def one(number: int) -> None:
            answer = await small._send(
                "POST", "/v1/screen", {"Authorization": f"Bearer {key}"},
                {"content": upload(number)},
            )  # fmt: skip
            found.append(answer.status_code)
            if answer.status_code == 429:
                assert int(answer.headers["retry-after"]) > 0

        async with anyio.create_task_group() as group:
            for number in range(50):
                group.start_soon(one, number)
        return found

    key = small.key()
    found = small.portal.call(all_of_them)
    assert set(found) == {200, 429}
    assert found.count(200) == small.screener.screened
    assert small.parts.budget.used == 0
    assert small.send("POST", "/v1/screen", content=b"x").status_code == 200
