"""One server over HTTP: few tries with growing pauses, bounded answers, errors in plain words."""

from __future__ import annotations

import random
import ssl
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from tidebreak.errors import CannotAsk, UsageError
from tidebreak.seal.online.token import Token
from tidebreak.seal.online.wire import VERSION
from tidebreak.version import VERSION as PROGRAMME
from tidebreak.web.loopback import is_loopback

_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 5.0
_MOST_BYTES = 1 << 32
_AGAIN = (408, 425, 429, 500, 502, 503, 504)


@dataclass(frozen=True, slots=True)
class Reply:
    """What the server said. ``version`` is that of the lists."""

    status: int
    body: bytes
    version: str


class Connection:
    """Sends requests with the operator's token. Safe from several threads."""

    def __init__(
        self, url: str, token: Token, *, ca: Path | None, insecure: bool, tries: int, seconds: float
    ) -> None:
        """``ca`` is the certificate to trust, ``seconds`` are waited for each answer.

        Raises `UsageError` for an address that would send the token in the clear.
        """
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise UsageError("The server's address begins with https:// and has a name.")
        if parts.scheme == "http" and not insecure and not is_loopback(parts.hostname):
            raise UsageError("The token would be sent in the clear; ask the server by https://.")
        self._tries = max(1, tries)
        # Neither proxies nor a netrc from the environment: the token goes to the server alone.
        self._http = httpx.Client(
            base_url=url.rstrip("/"),
            headers={
                "Authorization": f"Bearer {token.bearer}",
                "User-Agent": f"tidebreak/{PROGRAMME}",
                "Accept-Encoding": "identity",
            },
            timeout=seconds,
            verify=_trust(ca),
            trust_env=False,
        )

    def close(self) -> None:
        """Close what is open."""
        self._http.close()

    def send(self, method: str, path: str, body: bytes = b"", version: str = "") -> Reply:
        """Return the reply to one request; raises `CannotAsk` when there is none that counts."""
        pause = _FIRST_PAUSE
        for left in range(self._tries - 1, -1, -1):
            reply, why, wait = self._once(method, path, body, version)
            if reply is not None:
                return reply
            if not left or wait > _LONGEST_PAUSE:
                raise CannotAsk(why)
            time.sleep(max(wait, pause * random.uniform(0.5, 1.0)))
            pause = min(2 * pause, _LONGEST_PAUSE)
        raise AssertionError

    def _once(
        self, method: str, path: str, body: bytes, version: str
    ) -> tuple[Reply | None, str, float]:
        """Return a reply, or why there is none and how long to wait before trying again."""
        headers = {"If-None-Match": f'"{version}"'} if version else {}
        try:
            response = self._http.request(method, path, content=body, headers=headers)
        except httpx.HTTPError as error:
            return None, f"The sealed server does not answer ({type(error).__name__}).", 0.0
        if response.status_code in (200, 304) and response.headers.get(VERSION):
            return Reply(response.status_code, response.content, response.headers[VERSION]), "", 0
        if response.status_code in _AGAIN:
            return None, _reason(response), _wait(response)
        raise CannotAsk(_reason(response))


def _reason(response: httpx.Response) -> str:
    try:
        said = str(response.json()["error"])[:200]
    except (ValueError, KeyError, TypeError):
        said = "It is no sealed server, or one of another version."
    return f"The sealed server refused (status {response.status_code}): {said}"


def _wait(response: httpx.Response) -> float:
    text = response.headers.get("retry-after", "")
    return float(text) if text.isdecimal() else 0.0


def _trust(ca: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca)
    except (OSError, ssl.SSLError):
        raise UsageError(f"{ca} is no certificate that can be read; name the right file.") from None
