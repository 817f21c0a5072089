"""Whom an examiner tells what it finds."""

from __future__ import annotations

from typing import Protocol

from tidebreak.model import Examination


class Report(Protocol):
    """Whom an examiner tells what it finds. ``token`` is the job's."""

    def working(self, token: int) -> None:
        """From here on, whatever goes wrong is over this job (0: over no single one)."""
        ...

    def beat(self) -> None:
        """Work goes on."""
        ...

    def draft(self, token: int, found: Examination) -> None:
        """So much is certain before the risky part begins."""
        ...

    def result(self, token: int, found: Examination, *, last: bool) -> None:
        """One file or member is finished; ``last``: and so is its job."""
        ...


class Unread:
    """A report that nobody reads."""

    def working(self, token: int) -> None:
        """Say nothing."""

    def beat(self) -> None:
        """Say nothing."""

    def draft(self, token: int, found: Examination) -> None:
        """Say nothing."""

    def result(self, token: int, found: Examination, *, last: bool) -> None:
        """Say nothing."""


class Collected(Unread):
    """A report that only remembers results."""

    def __init__(self) -> None:
        self.results: list[Examination] = []

    def result(self, token: int, found: Examination, *, last: bool) -> None:
        """Remember it."""
        self.results.append(found)
