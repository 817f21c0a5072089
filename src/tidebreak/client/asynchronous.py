"""The client for programs on an event loop; call for call the same as `tidebreak.client.sync`."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Self, TypeVar

import anyio
import httpx

from tidebreak.client import api
from tidebreak.client.api import Items
from tidebreak.client.attempts import Attempts, Heard, Patience, Pause, Reply, Silence, Try
from tidebreak.client.bodies import Content
from tidebreak.client.calls import Call, batches
from tidebreak.client.connecting import Received, key_in, options
from tidebreak.client.errors import CannotAsk
from tidebreak.client.records import Filter, Outcome, Status, VerdictRecord
from tidebreak.client.screening import RemoteScreens
from tidebreak.model import Examination, HashList, Verdict
from tidebreak.screens import Origin, Screened

T = TypeVar("T")


class AsyncClient:
    """A service, and a key for it. An async context manager, for many calls at once.

    Raises what `tidebreak.client.sync.Client` raises.
    """

    def __init__(
        self,
        url: str,
        key: str | Path,
        *,
        ca: Path | None = None,
        insecure: bool = False,
        patience: Patience | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """As `tidebreak.client.sync.Client`."""
        key = key_in(key) if isinstance(key, Path) else key
        self._attempts = Attempts(patience or Patience())
        self._http = httpx.AsyncClient(
            transport=transport, **options(url, key, ca=ca, insecure=insecure)
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def as_screens(self) -> RemoteScreens:
        """Return this service as what gates ask (`tidebreak.screens.Screens`)."""
        return RemoteScreens(self)

    async def hash(self, content: Content, *, full: bool = False) -> tuple[Examination, ...]:
        """Return every signal of ``content`` and its members; nothing is looked up or kept."""
        return await self.send(api.hash_(content, full=full))

    async def match(self, items: Items) -> tuple[list[Verdict], str]:
        """Return one verdict per item, and by which version of the lists; nothing is kept."""
        found, version = list[Verdict](), ""
        for batch in batches(items):
            verdicts, version = await self.send(api.match(batch))
            found += verdicts
        return found, version

    async def screen(
        self, content: Content, origin: Origin | None = None, *, key: str = ""
    ) -> Screened:
        """Return what to do with ``content``, which is streamed."""
        return await self.send(api.screen(content, origin or Origin(), key))

    async def screen_url(
        self, url: str, origin: Origin | None = None, *, key: str = ""
    ) -> Screened:
        """Return what to do with what lies at ``url``, where the service is allowed to fetch."""
        return await self.send(api.screen_url(url, origin or Origin(), key))

    async def screen_signals(self, items: Items, origin: Origin | None = None) -> list[Screened]:
        """Return what to do with each of ``items``."""
        found = list[Screened]()
        for batch in batches(items):
            found += await self.send(api.screen_signals(batch, origin or Origin(), ""))
        return found

    async def verdicts(
        self, chosen: Filter | None = None, *, page: int = 100
    ) -> AsyncIterator[VerdictRecord]:
        """Yield verdicts, newest first; ``page`` is how many are fetched at once."""
        after = ""
        while True:
            found = await self.send(api.verdicts(chosen or Filter(), after, page))
            for one in found.items:
                yield one
            if not found.next:
                return
            after = found.next

    async def verdict(self, id: str) -> VerdictRecord:
        """Return one verdict with its reviews."""
        return await self.send(api.verdict(id))

    async def review(
        self, id: str, outcome: Outcome, note: str = "", *, key: str = ""
    ) -> VerdictRecord:
        """Say what you found of a verdict; it is kept beside what others said."""
        return await self.send(api.review(id, outcome, note, key))

    async def lists(self) -> tuple[HashList, ...]:
        """Return all lists that the key may see."""
        return await self.send(api.lists())

    async def status(self) -> Status:
        """Return how the service is."""
        return await self.send(api.status())

    async def send(self, call: Call[T]) -> T:
        """Make ``call``, again where that helps, and return its answer."""
        steps, outcome = self._attempts.steps(call.repeatable), None
        while True:
            try:
                step = steps.send(outcome)
            except StopIteration as done:
                reply: Reply = done.value
                return call.answer(reply)
            outcome = await self._carry_out(step, call)

    async def _carry_out(self, step: Try | Pause, call: Call[T]) -> Heard | None:
        if isinstance(step, Pause):
            await anyio.sleep(step.seconds)
            return None
        try:
            with anyio.fail_after(max(step.until - time.monotonic(), 0)):
                return await self._once(step, call)
        except TimeoutError:
            raise CannotAsk("The service takes longer than the time that the call has.") from None
        except httpx.HTTPError as error:
            return Silence(type(error).__name__)

    async def _once(self, step: Try, call: Call[T]) -> Reply:
        async with self._http.stream(
            call.method,
            call.path,
            params=call.query,
            headers={**call.headers, **call.length},
            content=call.body.blocks_async() if call.body else None,
            timeout=step.seconds,
        ) as response:
            received = Received(response.status_code, response.headers)
            async for block in response.aiter_bytes():
                received.add(block)
            return received.reply()
