"""Names of screenings: they sort by time, never meet across replicas, and cannot be guessed.

The form is that of ULID (github.com/ulid/spec): 48 bits of milliseconds since 1970 and 80 random
ones, as 26 characters of Crockford's base32. Within a process each is greater than the one before.
"""

from __future__ import annotations

import os
import threading
import time
from datetime import UTC, datetime

from tidebreak.errors import UsageError

_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VALUES = {digit: value for value, digit in enumerate(_DIGITS)}
LENGTH = 26
_RANDOM_BITS = 80

_turn = threading.Lock()
_last = 0


def new_id() -> str:
    """Return a new name."""
    global _last
    made = time.time_ns() // 1_000_000 << _RANDOM_BITS | int.from_bytes(os.urandom(10))
    with _turn:
        # A clock that stands still or goes back: a random step on, so that no guess is any easier.
        if made <= _last:
            made = _last + 1 + int.from_bytes(os.urandom(9))
        _last = made
    return _written(made)


def first_at(moment: datetime) -> str:
    """Return what every name made at or after ``moment`` sorts behind, or is equal to."""
    milliseconds = max(0, int(moment.timestamp() * 1000))
    return _written(milliseconds << _RANDOM_BITS)


def made_at(name: str) -> datetime:
    """Return when ``name`` was made; raises `UsageError` for what is no name."""
    return datetime.fromtimestamp((_read(name) >> _RANDOM_BITS) / 1000, UTC)


def is_id(name: str) -> bool:
    """Whether ``name`` has the form."""
    return len(name) == LENGTH and name[0] in "01234567" and all(c in _VALUES for c in name)


def _written(number: int) -> str:
    return "".join(_DIGITS[number >> 5 * place & 31] for place in reversed(range(LENGTH)))


def _read(name: str) -> int:
    if not is_id(name):
        raise UsageError("That is no id of a screening; take one from an answer or a list of them.")
    number = 0
    for digit in name:
        number = number << 5 | _VALUES[digit]
    return number
