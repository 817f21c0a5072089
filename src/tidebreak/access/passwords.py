"""Passwords: argon2id (RFC 9106), and what makes a password one that may be chosen.

Length counts, and nothing else (NIST SP 800-63B, section 3.1.1.2): no rules of composition, no
expiry. Parameters are RFC 9106's second recommended option: 3 passes over 64 MiB in 4 lanes.
"""

from __future__ import annotations

import threading
import unicodedata
from typing import TYPE_CHECKING

from tidebreak.errors import UsageError

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SHORTEST, LONGEST = 12, 256
_AT_ONCE = 2
"""How many are computed at once in a process: each takes 64 MiB."""


def checked(password: str, name: str) -> str:
    """Return ``password``; raise `UsageError` when ``name`` should not choose it."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise UsageError(f"Choose a password of {SHORTEST} to {LONGEST} characters.")
    if len(set(password)) < SHORTEST // 2 or name.casefold() in password.casefold():
        raise UsageError("Choose a password without your name, and not a few letters repeated.")
    return password


class Passwords:
    """Hashes and verifies; as slow for people that there are not.

    Raises `UsageError` where the extra is missing.
    """

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or _hasher()
        self._room = threading.BoundedSemaphore(_AT_ONCE)
        self._nobody = self._hasher.hash("nobody has this password")

    def hash(self, password: str) -> str:
        """Return what is kept of ``password``."""
        with self._room:
            return self._hasher.hash(_normal(password))

    def verify(self, kept: str, password: str) -> bool:
        """Whether ``password`` is the one of which ``kept`` is kept; nothing is, "", of nobody."""
        from argon2.exceptions import InvalidHashError, VerificationError

        try:
            with self._room:
                self._hasher.verify(kept or self._nobody, _normal(password[:LONGEST]))
        except (VerificationError, InvalidHashError):
            return False
        return bool(kept)

    def is_old(self, kept: str) -> bool:
        """Whether it was hashed with other parameters than today's."""
        return self._hasher.check_needs_rehash(kept)


def _normal(password: str) -> str:
    """Return one form of what keyboards may write in several (RFC 8265, section 4.2)."""
    return unicodedata.normalize("NFC", password)


def _hasher() -> PasswordHasher:
    try:
        from argon2 import PasswordHasher
        from argon2.profiles import RFC_9106_LOW_MEMORY
    except ImportError:
        raise UsageError(
            "Passwords need argon2-cffi, which is not installed: pip install 'tidebreak[service]'"
        ) from None
    return PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
