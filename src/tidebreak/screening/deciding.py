"""Who decides, who is told, and what every answer is stamped with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from tidebreak.policy.case import Case
from tidebreak.policy.flooding import Floods
from tidebreak.policy.policy import Policy
from tidebreak.screens import Decision, Origin, Screened


class Listener(Protocol):
    """Whoever is told of an answer, after it was written down.

    ``earlier`` is the screening of which this is a later verdict, empty when it is a first one.
    """

    def __call__(self, screened: Screened, earlier: str) -> None:
        """Take note; must not wait, and what it raises is lost."""
        ...


class Book(Protocol):
    """Whoever has the policy of this moment."""

    @property
    def current(self) -> Policy:
        """The policy in force."""
        ...


@dataclass(frozen=True, slots=True)
class PolicyNow:
    """The policy of this moment, with its memory of floods."""

    book: Book
    floods: Floods | None = None

    def check_surface(self, origin: Origin) -> None:
        """Raise `SurfaceOff` when content from there must not be examined at all."""
        self.book.current.check_surface(origin)

    def surface_enabled(self, origin: Origin) -> bool:
        """Whether content from there may be examined."""
        return self.book.current.surface_enabled(origin)

    def decide(self, case: Case) -> Decision:
        """Return what to do."""
        return self.book.current.decide(case, self.floods)


def now() -> str:
    """Return the present in UTC as ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def changes_of(version: str) -> int:
    """Return the number of changes of the lists that their ``version`` says."""
    return int(version.partition(".")[0])
