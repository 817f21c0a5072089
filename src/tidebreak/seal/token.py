"""The one text that an operator is given: who asks, by what secret, and whose answers to believe.

``tbo1.<operator>.<public key>.<secret>``, the last two base64url without padding. The server's
public key is inside, so that nothing else can be pinned by mistake; only operator and secret are
ever sent.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field

from tidebreak.errors import UsageError

_PREFIX = "tbo1"
_ID = re.compile(r"[a-z2-7]{8}")
_BYTES = 32


@dataclass(frozen=True, slots=True)
class Token:
    """``public`` and ``secret`` have 32 bytes each."""

    operator: str
    public: bytes
    secret: bytes = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> Token:
        """Return the token that ``text`` writes; raise `UsageError`, which never repeats it."""
        prefix, *parts = text.strip().split(".")
        if prefix == _PREFIX and len(parts) == 3 and _ID.fullmatch(parts[0]):
            public, secret = _decoded(parts[1]), _decoded(parts[2])
            if len(public) == len(secret) == _BYTES:
                return cls(parts[0], public, secret)
        raise UsageError(
            "This is no token of an operator; copy the whole line that you were given."
        )

    @property
    def text(self) -> str:
        """What `parse` reads: a secret."""
        return ".".join((_PREFIX, self.operator, encoded(self.public), encoded(self.secret)))

    @property
    def bearer(self) -> str:
        """What is sent with every request."""
        return f"{self.operator}.{encoded(self.secret)}"


def parse_bearer(text: str) -> tuple[str, bytes] | None:
    """Return operator and secret of what a request was sent with, None when it is neither."""
    operator, _, secret = text.partition(".")
    decoded = _decoded(secret)
    return (operator, decoded) if _ID.fullmatch(operator) and len(decoded) == _BYTES else None


def encoded(data: bytes) -> str:
    """Return ``data`` in base64url without padding."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _decoded(text: str) -> bytes:
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return b""
    return data if encoded(data) == text else b""
