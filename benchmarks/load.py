"""Load on an HTTP service: as much as it takes, or as much as is asked for at random times.

Used by the benchmarks of services. Latencies are measured from the moment at which a request was
due, not from when it could be sent: a service that stalls delays everything that was due meanwhile.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Load:
    """What came of a load: answers, those that were not 200, and latencies in ms, ascending."""

    seconds: float
    answers: int
    failed: int
    latencies: Sequence[float]

    @property
    def rate(self) -> float:
        """Answers per second."""
        return self.answers / self.seconds

    def percentile(self, share: float) -> float:
        """Return the latency in ms that ``share`` (0-1) of the answers did not exceed."""
        return self.latencies[min(len(self.latencies) - 1, int(share * len(self.latencies)))]


@dataclass(slots=True)
class _Counts:
    answers: int = 0
    failed: int = 0


class _Connection(asyncio.Protocol):
    """One connection that has at most one request under way."""

    def __init__(self, done: asyncio.Queue[_Connection], counts: _Counts, out: list[float]) -> None:
        self._done, self._counts, self._out = done, counts, out
        self._buffer, self._wanted, self._due = b"", -1, 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._done.put_nowait(self)

    def send(self, request: bytes, due: float) -> None:
        self._due = due
        self._transport.write(request)

    def close(self) -> None:
        self._transport.close()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if self._wanted < 0:
            head, found, _ = self._buffer.partition(b"\r\n\r\n")
            if not found:
                return
            lower = head.lower()
            place = lower.index(b"content-length:") + 15
            length = int(
                lower[place : lower.find(b"\r", place) if b"\r" in lower[place:] else None]
            )
            self._wanted = len(head) + 4 + length
            self._counts.failed += not head.startswith(b"HTTP/1.1 200")
        if len(self._buffer) >= self._wanted:
            self._buffer, self._wanted = b"", -1
            self._counts.answers += 1
            self._out.append((time.perf_counter() - self._due) * 1000)
            self._done.put_nowait(self)


def saturate(port: int, requests: Sequence[bytes], seconds: float, connections: int = 32) -> Load:
    """Send as fast as ``connections`` get answers."""
    return asyncio.run(_run(port, requests, seconds, connections, 0.0))


def at_rate(
    port: int, requests: Sequence[bytes], seconds: float, rate: float, connections: int = 256
) -> Load:
    """Send ``rate`` requests per second on average, at random (Poisson) times."""
    return asyncio.run(_run(port, requests, seconds, connections, rate))


async def _run(
    port: int, requests: Sequence[bytes], seconds: float, connections: int, rate: float
) -> Load:
    loop, counts, latencies = asyncio.get_running_loop(), _Counts(), list[float]()
    free: asyncio.Queue[_Connection] = asyncio.Queue()
    made: list[_Connection] = []
    for _ in range(connections):
        _, one = await loop.create_connection(
            lambda: _Connection(free, counts, latencies), "127.0.0.1", port
        )
        made.append(one)
    begun = time.perf_counter()
    await (_paced(free, requests, seconds, rate) if rate else _flat_out(free, requests, seconds))
    ended = time.perf_counter()
    for _ in range(200):  # what is still under way
        if free.qsize() >= connections:
            break
        await asyncio.sleep(0.05)
    for one in made:
        one.close()
    return Load(ended - begun, counts.answers, counts.failed, sorted(latencies))


async def _flat_out(
    free: asyncio.Queue[_Connection], requests: Sequence[bytes], seconds: float
) -> None:
    begun, number = time.perf_counter(), 0
    while (now := time.perf_counter()) - begun < seconds:
        (await free.get()).send(requests[number % len(requests)], now)
        number += 1


async def _paced(
    free: asyncio.Queue[_Connection], requests: Sequence[bytes], seconds: float, rate: float
) -> None:
    chance = random.Random(1)
    begun = due = time.perf_counter()
    waiting: deque[float] = deque()
    number = 0
    while due - begun < seconds or waiting:
        now = time.perf_counter()
        while due <= now and due - begun < seconds:
            waiting.append(due)
            due += chance.expovariate(rate)
        while waiting and not free.empty():
            free.get_nowait().send(requests[number % len(requests)], waiting.popleft())
            number += 1
        if waiting:
            one = await free.get()
            one.send(requests[number % len(requests)], waiting.popleft())
            number += 1
        else:
            # Timers of event loops are coarse: the last half millisecond passes in turns.
            rest = due - time.perf_counter()
            await asyncio.sleep(rest - 0.0005 if rest > 0.001 else 0)


def request(method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
    """Return a request as it is sent."""
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
