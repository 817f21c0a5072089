"""Where the service is and who asks: what both clients make their connections of."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import TypedDict
from urllib.parse import urlsplit

from tidebreak import secret_files
from tidebreak.client.attempts import Reply
from tidebreak.client.fields import unreadable
from tidebreak.errors import UsageError
from tidebreak.version import VERSION
from tidebreak.web.loopback import is_loopback

MOST_REPLY = 64 << 20
"""Bytes of an answer; none is longer."""


class Options(TypedDict):
    """What both of httpx's clients are made with."""

    base_url: str
    headers: dict[str, str]
    verify: ssl.SSLContext
    trust_env: bool


def options(url: str, key: str, *, ca: Path | None, insecure: bool) -> Options:
    """Return how to connect; raises `UsageError` for what would send the key in the clear.

    Neither proxies nor a netrc of the environment have a say: the key goes to the service alone.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError("The service's address begins with https:// and has a name.")
    if parts.username is not None or parts.query or parts.fragment:
        raise UsageError("The service's address is https://NAME or https://NAME/PATH, no more.")
    if parts.scheme == "http" and not insecure and not is_loopback(parts.hostname):
        raise UsageError("The key would be sent in the clear; ask the service by https://.")
    if not key or not key.isascii() or not key.isprintable() or " " in key:
        raise UsageError("The key is none; give the line that 'tidebreak access key add' printed.")
    headers = {
        "Authorization": f"Bearer {key}",
        "User-Agent": f"tidebreak/{VERSION}",
        "Accept": "application/json",
        "Accept-Encoding": "identity",
    }
    return Options(base_url=url.rstrip("/"), headers=headers, verify=_trust(ca), trust_env=False)


def key_in(path: Path) -> str:
    """Return the key in the file at ``path``; `UsageError` where others may read it."""
    remedy = "put the line there that 'tidebreak access key add' printed"
    return secret_files.read(path, "key file", remedy, UsageError).strip()


class Received:
    """An answer as it arrives, no longer than an answer is; raises `CannotAsk` for another."""

    def __init__(self, status: int, headers: Mapping[str, str]) -> None:
        """What is packed was not asked for and could unfold to anything."""
        self._status, self._body = status, bytearray()
        self._headers = {name.lower(): value for name, value in headers.items()}
        if self._headers.get("content-encoding", "identity") != "identity":
            raise unreadable("answer", "it is packed")

    def add(self, block: bytes) -> None:
        """Take the next bytes."""
        self._body += block
        if len(self._body) > MOST_REPLY:
            raise unreadable("answer", f"more than {MOST_REPLY:,} bytes")

    def reply(self) -> Reply:
        """Return all of it."""
        return Reply(self._status, self._headers, bytes(self._body))


def _trust(ca: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca)
    except (OSError, ssl.SSLError):
        raise UsageError(f"{ca} is no certificate that can be read; name the right file.") from None
