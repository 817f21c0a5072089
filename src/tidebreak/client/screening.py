"""A service elsewhere as whoever screens: gates need not know that it is not here."""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Protocol

from tidebreak.client.bodies import Content
from tidebreak.client.errors import CannotAsk, ComeBack, Refused
from tidebreak.model import Signal
from tidebreak.screens import Origin, Overloaded, Screened
from tidebreak.spool import Spool


class Asked(Protocol):
    """What of a client is needed here."""

    async def screen(self, content: Content, origin: Origin | None = None) -> Screened:
        """Return what to do with ``content``."""
        ...

    async def screen_signals(
        self, items: Sequence[Sequence[Signal]], origin: Origin | None = None
    ) -> list[Screened]:
        """Return what to do with each of ``items``."""
        ...


class RemoteScreens:
    """Keeps `tidebreak.screens.Screens` by asking a service.

    A refusal is no answer, either: whatever is wrong with the key or the request, nobody has
    looked at the content.
    """

    def __init__(self, client: Asked) -> None:
        self._client = client

    async def screen(self, content: Spool, origin: Origin) -> Screened:
        """Return what to do with ``content``; raises `Overloaded` and `CannotAsk`."""
        with _no_answer():
            return await self._client.screen(content, origin)

    async def screen_signals(
        self, items: Sequence[Sequence[Signal]], origin: Origin
    ) -> list[Screened]:
        """Return what to do with each of ``items``; raises `Overloaded` and `CannotAsk`."""
        with _no_answer():
            return await self._client.screen_signals(items, origin)


@contextmanager
def _no_answer() -> Generator[None]:
    try:
        yield
    except ComeBack as error:
        raise Overloaded(math.ceil(error.wait)) from None
    except Refused as error:
        raise CannotAsk(str(error)) from None
