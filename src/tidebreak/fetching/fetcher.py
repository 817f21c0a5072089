"""Fetching: one URL into a spool, within limits, following redirects by hand.

No cookies, no proxies, no credentials, no decompression; nothing of what is fetched is parsed
here, and no URL is kept, told or logged.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import ssl
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpcore

from tidebreak.fetching.config import FetchConfig
from tidebreak.fetching.dialing import CheckedDialer, Connect, Resolve, dial, resolver
from tidebreak.fetching.errors import FetchFailed, FetchRefused
from tidebreak.fetching.targets import Target, redirected, target_of
from tidebreak.screens import Overloaded
from tidebreak.spool import Spool, TooLarge, pour
from tidebreak.version import VERSION

_REDIRECTS = (301, 302, 303, 307, 308)
_WAIT_SECONDS = 2
_ANSWERED = 200


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came: its media type as it was called, its bytes, and over how many redirects."""

    content_type: str
    size: int
    redirects: int


@dataclass(frozen=True, slots=True)
class _Redirect:
    location: str


class Fetcher:
    """Fetches what URLs name. ``resolve`` and ``connect`` stand in for the network in tests."""

    def __init__(
        self,
        config: FetchConfig,
        *,
        resolve: Resolve | None = None,
        connect: Connect = dial,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.config = config
        self._tls = tls or ssl.create_default_context(cafile=config.ca_file or None)
        refused = [ipaddress.ip_network(text, strict=False) for text in config.refuse]
        found = resolve or resolver(config.at_once)
        self._dialer = CheckedDialer(found, connect, refused, config.connect_seconds)
        self._busy = 0
        # What it would write when everything is logged names the host.
        logging.getLogger("httpcore").setLevel(logging.WARNING)

    async def fetch(self, url: str, spool: Spool, deadline: float | None = None) -> Fetched:
        """Fetch what ``url`` names into ``spool``, within ``deadline`` seconds if that is less.

        Raises `FetchRefused` for a URL or address that is not taken, `FetchFailed` when the other
        side fails, `TooLarge`, `NoRoom`, and `Overloaded` when too many are being fetched. After
        any of them the spool is only to be closed.
        """
        if not self.config.enabled:
            raise FetchRefused("Nothing is fetched here; send the content itself.")
        target = target_of(url, self.config)
        if self._busy >= self.config.at_once:
            raise Overloaded(_WAIT_SECONDS)
        self._busy += 1
        seconds = self.config.seconds if deadline is None else min(deadline, self.config.seconds)
        try:
            async with asyncio.timeout(seconds):
                return await self._follow(target, spool)
        except TimeoutError:
            raise FetchFailed(f"It did not come within {seconds:g} s.") from None
        finally:
            self._busy -= 1

    async def _follow(self, target: Target, spool: Spool) -> Fetched:
        for redirects in range(self.config.redirects + 1):
            async with self._answer(target) as response:
                answer = await self._read(response, spool)
            if isinstance(answer, str):
                return Fetched(answer, spool.size, redirects)
            target = redirected(target, answer.location, self.config)
        raise FetchFailed(f"It leads on more than {self.config.redirects} times.")

    @asynccontextmanager
    async def _answer(self, target: Target) -> AsyncGenerator[httpcore.Response]:
        waits = {"read": self.config.idle_seconds, "write": self.config.idle_seconds,
                 "connect": self.config.connect_seconds}  # fmt: skip
        pool = httpcore.AsyncConnectionPool(
            ssl_context=self._tls, network_backend=self._dialer, max_keepalive_connections=0
        )
        url = httpcore.URL(
            scheme=target.scheme, host=target.host, port=target.port, target=target.path
        )
        try:
            async with (
                pool,
                pool.stream(
                    "GET", url, headers=_headers(target), extensions={"timeout": waits}
                ) as response,
            ):
                yield response
        except httpcore.TimeoutException:
            raise FetchFailed("That host answers too slowly.") from None
        except (httpcore.ConnectError, ssl.SSLError) as error:
            raise FetchFailed(_why_not_connected(error)) from None
        except (httpcore.NetworkError, httpcore.ProtocolError):
            raise FetchFailed("That host does not answer in full, as HTTP asks for.") from None

    async def _read(self, response: httpcore.Response, spool: Spool) -> str | _Redirect:
        headers = _joined(response.headers)
        if response.status in _REDIRECTS:
            return _Redirect(headers.get("location", b"").decode("utf-8", "replace"))
        if response.status != _ANSWERED:
            raise FetchFailed(f"That host answers with status {response.status}.")
        content_type = self._accepted(headers)
        size = 0
        async for part in response.aiter_stream():
            size += len(part)
            if size > self.config.bytes:
                raise self._too_large()
            await pour(part, spool)
        return content_type

    def _accepted(self, headers: Mapping[str, bytes]) -> str:
        """Return the media type of an answer; raise for what is not taken."""
        text = headers.get("content-type", b"application/octet-stream").decode("latin-1")
        content_type = text.partition(";")[0].strip().lower()
        if not self.config.takes(content_type):
            raise FetchFailed("What comes is of no type that is taken.")
        if headers.get("content-encoding", b"identity").strip().lower() not in (b"", b"identity"):
            raise FetchFailed("What comes is compressed, although that was not asked for.")
        chunked = b"chunked" in headers.get("transfer-encoding", b"").lower()
        length = headers.get("content-length", b"")
        if not chunked and not length:
            raise FetchFailed("That host does not say where its answer ends: it could be cut off.")
        if length.isdigit() and int(length) > self.config.bytes:
            raise self._too_large()
        return content_type

    def _too_large(self) -> TooLarge:
        return TooLarge(f"At most {self.config.bytes:,} bytes are fetched.")


def _joined(headers: Sequence[tuple[bytes, bytes]]) -> dict[str, bytes]:
    """Return headers by name; one that comes twice counts as both (RFC 9110, 5.3)."""
    found: dict[str, bytes] = {}
    for raw, value in headers:
        name = raw.decode("latin-1").lower()
        found[name] = b", ".join((found[name], value)) if name in found else value
    return found


def _headers(target: Target) -> list[tuple[str, str]]:
    return [
        ("Host", target.authority),
        ("User-Agent", f"Tidebreak/{VERSION}"),
        ("Accept", "*/*"),
        ("Accept-Encoding", "identity"),
        ("Connection", "close"),
    ]


def _why_not_connected(error: BaseException) -> str:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return "That host has no certificate by which it can be trusted."
        cause = cause.__cause__ or cause.__context__
    return "That host does not answer."
