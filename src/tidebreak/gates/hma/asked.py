"""Whom the façade asks: the service's screener, gatekeeper and fetcher, as far as it uses them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from tidebreak.access.roles import Principal
from tidebreak.model import Examination, Signal, Verdict
from tidebreak.spool import Spool


class Readiness(Protocol):
    """How whoever screens is doing. ``version`` is that of the lists, empty before the first."""

    @property
    def ready(self) -> bool:
        """Whether answers come, by lists that are current."""
        ...

    @property
    def version(self) -> str:
        """The version of the lists that answers are by."""
        ...


class Screener(Protocol):
    """Hashes and matches (`tidebreak.screening`). Raises `Overloaded` and `CannotAsk`."""

    async def hash(self, content: Spool, *, full: bool = False) -> tuple[Examination, ...]:
        """Return what isolated workers make of ``content``, and of the members that it has."""
        ...

    async def match(self, items: Sequence[Sequence[Signal]]) -> tuple[list[Verdict], str]:
        """Return a verdict for each item, and the version of the lists."""
        ...

    @property
    def state(self) -> Readiness:
        """How it is doing."""
        ...


class Gatekeeper(Protocol):
    """Who may come in (`tidebreak.access`)."""

    def admit(self, bearer: str, address: str = "") -> Principal | None:
        """Return whose key this is."""
        ...

    def named(self, name: str) -> Principal | None:
        """Return the key called ``name``, while it is valid."""
        ...

    def charge(self, principal: Principal, count: int) -> None:
        """Count look-ups; raises `OverLimit`."""
        ...

    def looked_up(
        self,
        principal: Principal,
        asked: int,
        hits: int,
        near: Iterable[tuple[bytes, bool]] = (),
    ) -> None:
        """Note how many were hits."""
        ...


class Fetched(Protocol):
    """What was fetched."""

    @property
    def content_type(self) -> str:
        """What the other side calls it."""
        ...


class Fetcher(Protocol):
    """Fetches what a URL names, from public addresses only (`tidebreak.fetching`)."""

    async def fetch(self, url: str, spool: Spool, deadline: float) -> Fetched:
        """Take it into ``spool``; raises `UsageError` where that may not or cannot be."""
        ...
