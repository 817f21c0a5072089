"""Who decides, who is told, and what every answer is stamped with."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol

from tidebreak.policy.case import Case
from tidebreak.screens import Decision, Screened


class Listener(Protocol):
    """Whoever is told of an answer, after it was written down.

    ``earlier`` is the screening of which this is a later verdict, empty when it is a first one.
    """

    def __call__(self, screened: Screened, earlier: str) -> None:
        """Take note; must not wait, and what it raises is lost."""
        ...


Decide = Callable[[Case], Decision]
"""The policy of this moment, with its memory of floods."""


def now() -> str:
    """Return the present in UTC as ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def changes_of(version: str) -> int:
    """Return the number of changes of the lists that their ``version`` says."""
    return int(version.partition(".")[0])
