"""Secrets that callers show, and the digests that stand in for them at rest.

An API key is ``tb_<id>_<secret>``: the id in 8, the secret (256 bits) in 52 characters of
lower-case base32, so that a double click selects it all and a scanner of leaked secrets can find
it by its form.
"""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass, field
from hashlib import blake2b

_PREFIX, _ID, _SECRET = "tb_", 8, 52
_START = len(_PREFIX) + _ID + 1
_WHOLE = _START + _SECRET


@dataclass(frozen=True, slots=True)
class Bearer:
    """One API key as it is shown once: ``id`` is public, ``secret`` is not."""

    id: str
    secret: str = field(repr=False)

    @classmethod
    def draw(cls) -> Bearer:
        """Return a new one."""
        return cls(draw_id(), draw_secret())

    @property
    def text(self) -> str:
        """What is handed over, and sent with every request."""
        return f"{_PREFIX}{self.id}_{self.secret}"


def parse(text: str) -> tuple[str, str]:
    """Return (id, secret) of what a request was sent with; both are empty when it is none."""
    if len(text) != _WHOLE or not text.startswith(_PREFIX) or text[_START - 1] != "_":
        return "", ""
    return text[len(_PREFIX) : _START - 1], text[_START:]


def draw_id() -> str:
    """Return a new id, of 40 bits: whoever makes a row with it finds out if it is taken."""
    return _base32(os.urandom(5))


def draw_secret() -> str:
    """Return 256 random bits as text."""
    return _base32(os.urandom(32))


class Digests:
    """Keyed digests (BLAKE2b, RFC 7693) of secrets, unrelated from one purpose to another."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def of(self, purpose: str, secret: str) -> bytes:
        """Return 32 bytes that tell nothing of ``secret``; ``purpose`` has at most 13 letters."""
        content = secret.encode(errors="replace")
        person = b"tb:" + purpose.encode()
        return blake2b(content, digest_size=32, key=self._key, person=person).digest()


def _base32(data: bytes) -> str:
    return base64.b32encode(data).decode().rstrip("=").lower()
