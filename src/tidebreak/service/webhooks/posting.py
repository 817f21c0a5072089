"""Posting one event: to the address that was checked, under the name that was asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import httpx

from tidebreak.errors import UsageError
from tidebreak.service.config import WebhookRules
from tidebreak.service.webhooks.targets import Target, address_of, target_of
from tidebreak.web.signing import signed_headers

_SECONDS, _ANSWER_BYTES = 10.0, 1 << 16

Resolve = Callable[[Target, WebhookRules], Awaitable[str]]


class Poster:
    """Posts events; redirections are not followed, and proxies of the environment not used."""

    def __init__(self, rules: WebhookRules, resolve: Resolve = address_of) -> None:
        self.rules, self._resolve = rules, resolve

    async def post(self, url: str, secret: bytes, body: bytes, delivery: str) -> int:
        """Return the status of the answer, 0 when there was none."""
        try:
            target = target_of(url, self.rules)
            async with asyncio.timeout(_SECONDS):
                address = await self._resolve(target, self.rules)
                return await self._sent(target, address, body, secret, delivery)
        except (httpx.HTTPError, httpx.InvalidURL, UsageError, TimeoutError, OSError):
            return 0

    async def _sent(
        self, target: Target, address: str, body: bytes, secret: bytes, delivery: str
    ) -> int:
        host = f"[{address}]" if ":" in address else address
        scheme = "https" if target.secure else "http"
        name = f"[{target.host}]" if ":" in target.host else target.host
        headers = {**signed_headers(body, secret, delivery), "Host": f"{name}:{target.port}"}
        request = {"sni_hostname": target.host} if target.secure else {}
        async with (
            httpx.AsyncClient(trust_env=False, follow_redirects=False, timeout=_SECONDS) as client,
            client.stream(
                "POST", f"{scheme}://{host}:{target.port}{target.path}", content=body,
                headers=headers, extensions=request,
            ) as answer,
        ):  # fmt: skip
            taken = 0
            async for piece in answer.aiter_raw():
                taken += len(piece)
                if taken > _ANSWER_BYTES:
                    break
            return answer.status_code
