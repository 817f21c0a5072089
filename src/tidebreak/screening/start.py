"""Before and after screening: what it is made of, in which order that starts and ends."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Protocol

from tidebreak import kernels
from tidebreak.index import KERNEL_MODULES
from tidebreak.matching.adapting import check_sandbox
from tidebreak.policy.case import Case
from tidebreak.policy.flooding import Floods
from tidebreak.policy.policy import Policy
from tidebreak.screening.examiner import Examiner
from tidebreak.screening.following import Following, Known, Opened
from tidebreak.screening.lookups import Lookups
from tidebreak.screening.records import Records
from tidebreak.screening.screener import Machinery, Screener
from tidebreak.screening.writer import Writer
from tidebreak.screens import Decision, Origin
from tidebreak.sql import Sql
from tidebreak.store.stores import Stores


class Book(Protocol):
    """Whoever has the policy of this moment."""

    @property
    def current(self) -> Policy:
        """The policy in force."""
        ...


@asynccontextmanager
async def screener(
    opened: Opened,
    book: Book,
    *,
    floods: Floods | None = None,
    workers: int = 0,
    most: int = 0,
    leads: bool | None = None,
) -> AsyncGenerator[Screener]:
    """Start everything that screening needs, give the screener, and end it all.

    ``workers`` and ``leads`` override the settings; ``most`` is how many uploads wait or are
    examined at a time (0: 64 per worker). Raises `WorkersFailed`, and `UsageError` when the
    workers are locked down less than the settings ask for.
    """
    async with AsyncExitStack() as stack:
        following = await asyncio.to_thread(_followed, opened, leads, stack)
        examiner = _examiner(opened, following, workers, most)
        await asyncio.to_thread(examiner.start)
        stack.push_async_callback(asyncio.to_thread, examiner.stop)
        check_sandbox(examiner.posture, opened.settings)
        # Two connections: whoever looks things up must not wait for what is being written.
        sql, looked_up = open_store(opened), open_store(opened)
        stack.callback(sql.close)
        stack.callback(looked_up.close)
        writer, lookups = Writer(sql), Lookups(lambda: following.current, opened.sealer)
        for part in (writer, lookups):
            part.start()
            stack.push_async_callback(asyncio.to_thread, part.stop)

        def decide(case: Case) -> Decision:
            return book.current.decide(case, floods)

        def check_surface(origin: Origin) -> None:
            book.current.check_surface(origin)

        machinery = Machinery(examiner, following, lookups, writer)
        yield Screener(machinery, Records(looked_up, opened.audit), decide, check_surface)


def open_store(opened: Opened) -> Sql:
    """Open the store of screenings of an installation."""
    return Stores(opened.home).open("screenings", "tidebreak.screening")


def _followed(opened: Opened, leads: bool | None, stack: AsyncExitStack) -> Following:
    """Return the lists, loaded and followed; the look-ups' own connections come with them."""
    kernels.warm("tidebreak.hashing.blake2b", *KERNEL_MODULES)
    asking = type(opened).open(opened.home)
    stack.callback(asking.close)
    following = Following(asking, leads=opened.settings.leads if leads is None else leads)
    following.start()
    stack.callback(following.stop)
    return following


def _examiner(opened: Opened, following: Following, workers: int, most: int) -> Examiner:
    known = following.known
    assert known is not None
    wanted = workers or opened.settings.workers or len(os.sched_getaffinity(0))
    examiner = Examiner(known.settings, opened.models(), workers=wanted, most=most)

    def on_change(known: Known) -> None:
        examiner.adapt(known.settings)

    following.on_change = on_change
    return examiner
