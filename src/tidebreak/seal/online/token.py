"""The one text that an operator is given: who asks, by what secret, and whose answers to believe.

``tbo1.<operator>.<public key>.<secret>``, the last two base64url without padding. The server's
public key is inside, so that nothing else can be pinned by mistake; only operator and secret are
ever sent.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tidebreak import files, secret_files
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


def write(path: Path, made: Callable[[], Token]) -> None:
    """Write the token that is ``made`` to a new file (mode 0600), which can be had before it is.

    Raises `UsageError` where it cannot be: a token that nobody gets would be one too many.
    """
    try:
        with files.creating(path) as file:
            file.write(f"{made().text}\n".encode())
    except OSError as error:
        raise UsageError(
            f"The token cannot be written to {path} ({error.strerror}); name a new file."
        ) from None


def load(path: Path) -> Token:
    """Return the token in a file; raise `UsageError` when it cannot be used."""
    return Token.parse(secret_files.read(path, "token file", "name another", UsageError))


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
