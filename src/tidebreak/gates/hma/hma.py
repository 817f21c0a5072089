"""The façade without any HTTP: banks and disabled contents in memory, kept up with the stores."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

import anyio
import anyio.to_thread

from tidebreak.errors import CannotAsk
from tidebreak.gates.hma.asked import Fetcher, Gatekeeper, Screener
from tidebreak.gates.hma.banks import Banks
from tidebreak.gates.hma.contents import Contents
from tidebreak.gates.hma.curating import Curator
from tidebreak.gates.hma.kept import ContentRow, Kept
from tidebreak.gates.hma.options import Options

if TYPE_CHECKING:
    from tidebreak.installation import Tidebreak

_FOLLOW_SECONDS = 0.5
_ACTOR = "hma"
_WARNINGS = ("could not be hashed", "not fully examined", "empty signal", "matches omitted",
             "signals sealed", "normalised", "failed")  # fmt: skip

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class View:
    """What lookups go by: one state of banks, disabled contents and signal types."""

    banks: Banks
    disabled: tuple[ContentRow, ...]
    off: frozenset[str]


class Hma:
    """The façade of one installation. An async context manager: entered, it follows the stores.

    Without a ``fetcher`` no URL is ever fetched.
    """

    def __init__(
        self,
        opened: Tidebreak,
        screener: Screener,
        gatekeeper: Gatekeeper,
        *,
        options: Options | None = None,
        fetcher: Fetcher | None = None,
    ) -> None:
        self.opened, self.screener, self.gatekeeper = opened, screener, gatekeeper
        self.options, self.fetcher = options or Options(), fetcher
        self.kept = Kept(opened.stores, opened.vault)
        self.curator = Curator(opened, self.kept, self.options)
        self.contents = Contents(opened, self.kept)
        self.since = 0
        """Since when lookups go by the present state, in Unix seconds."""
        self.warned = Counter[str](dict.fromkeys(_WARNINGS, 0))
        self.uploads = anyio.Semaphore(self.options.uploads)
        self._turn = anyio.CapacityLimiter(1)
        self._version: tuple[str, tuple[int, int]] | None = None
        self._view: View | None = None
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self.refresh()
        self._task = asyncio.create_task(self._follow())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        self.kept.close()

    @property
    def view(self) -> View:
        """What lookups go by; raises `CannotAsk` while it cannot be read."""
        if self._view is None:
            raise CannotAsk("The lists cannot be read now; try again later.")
        return self._view

    def warn(self, kind: str, count: int = 1) -> None:
        """Count something that a client may not see; ``kind`` is one of a fixed few."""
        self.warned[kind] += count

    async def apart(self, work: Callable[..., _T], *arguments: Any) -> _T:
        """Do something that takes its time, such as SQL, in a thread; one thing after the other."""
        return await anyio.to_thread.run_sync(work, *arguments, limiter=self._turn)

    async def changed(self, work: Callable[..., _T], *arguments: Any) -> _T:
        """Do something that changes banks or contents; lookups go by it when this returns."""
        done = await self.apart(work, *arguments)
        await self.refresh()
        return done

    async def refresh(self) -> None:
        """Take over what changed since the last time; lookups fail while that cannot be read."""
        try:
            await self.apart(self._refresh)
        except Exception:  # whatever it is, what was so before must not go on being told
            self._view = self._version = None
            raise

    def _refresh(self) -> None:
        catalogue = self.opened.catalogue
        version = (catalogue.label, self.kept.version())
        if version == self._version:
            return
        banks = self.curator.banks()
        off = frozenset(name for name, ratio in self.kept.ratios().items() if not ratio)
        self._view = View(banks, tuple(self.kept.disabled()), off)
        self._version, self.since = version, int(time.time())

    def _enable_due(self) -> None:
        if self.contents.enable_due(_ACTOR, list(self.view.banks.by_name.values())):
            self._refresh()

    async def _follow(self) -> None:
        while True:
            await asyncio.sleep(_FOLLOW_SECONDS)
            # What fails shows in every answer until it is mended; the next round tries again.
            with contextlib.suppress(Exception):
                await self.refresh()
                await self.apart(self._enable_due)
