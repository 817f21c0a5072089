"""Before and after screening: what it is made of, in which order that starts and ends."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Callable, Collection
from contextlib import ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass

from tidebreak import kernels
from tidebreak.index import KERNEL_MODULES
from tidebreak.lists.counting import listing
from tidebreak.matching.adapting import check_sandbox
from tidebreak.matching.matcher import Matcher
from tidebreak.policy.flooding import Floods
from tidebreak.screening.deciding import Book, Listener, PolicyNow
from tidebreak.screening.examiner import Examiner
from tidebreak.screening.following import Following, Known, Opened
from tidebreak.screening.lease import Lease
from tidebreak.screening.listings import Listings
from tidebreak.screening.lookups import Lookups
from tidebreak.screening.quick import Quick
from tidebreak.screening.records import Records
from tidebreak.screening.retroactive import Lists, Rematch, RematchProgress, RematchResult
from tidebreak.screening.screener import Machinery, Screener
from tidebreak.screening.upkeep import Upkeep
from tidebreak.screening.verdicts import Later
from tidebreak.screening.writer import Writer
from tidebreak.screens import Screened
from tidebreak.sql import Sql


@dataclass(frozen=True, slots=True)
class Options:
    """How screening is done; what is 0 or None is as the settings say.

    ``most`` is how many uploads wait or are examined at a time (0: 64 per worker), ``leads``
    whether distances that mean no more than a lead are searched. Without ``rematch`` nothing is
    matched again when the lists change.
    """

    workers: int = 0
    most: int = 0
    leads: bool | None = None
    rematch: bool = True


@asynccontextmanager
async def screener(
    opened: Opened, book: Book, options: Options | None = None, *, floods: Floods | None = None
) -> AsyncGenerator[Screener]:
    """Start everything that screening needs, give the screener, and end it all.

    Raises `WorkersFailed`, and `UsageError` when the workers are locked down less than the
    settings ask for.
    """
    loop = asyncio.get_running_loop()
    stack = ExitStack()
    starting = _Starting(opened, PolicyNow(book, floods), options or Options(), stack, loop)
    try:
        yield await asyncio.to_thread(starting.screener)
    finally:
        await asyncio.to_thread(stack.close)


def rematch(
    opened: Opened,
    book: Book,
    names: Collection[str] = (),
    *,
    floods: Floods | None = None,
    on_progress: Callable[[RematchProgress], None] = lambda _: None,
) -> RematchResult:
    """Match what was seen before again, as `Rematch.run` says; for where no service runs.

    Raises `Busy` while another process does. Nobody is told of what is found but by the records.
    """
    with ExitStack() as stack:
        starting = _Starting(opened, PolicyNow(book, floods), Options(), stack, None)
        matched = starting.rematch(starting.writer(), lambda screened, earlier: None)
        lease = Lease(starting.store(), "rematch")

        def proceed(progress: RematchProgress) -> None:
            lease.renew()
            on_progress(progress)

        with lease.held():
            return matched.run(names, proceed)


def open_store(opened: Opened) -> Sql:
    """Open the store of screenings of an installation."""
    return opened.stores.open("screenings", "tidebreak.screening")


@dataclass(slots=True)
class _Starting:
    """Starts one part after the other; ``stack`` ends them in reverse."""

    opened: Opened
    policy: PolicyNow
    options: Options
    stack: ExitStack
    loop: asyncio.AbstractEventLoop | None

    def screener(self) -> Screener:
        """Start everything; in a thread that may wait."""
        kernels.warm("tidebreak.hashing.blake2b", *KERNEL_MODULES)
        following = self._following()
        examiner = self._examiner(following)
        lookups = Lookups(lambda: following.current, self.opened.sealer)
        lookups.start()
        self.stack.callback(lookups.stop)
        quick = Quick(lambda: following.current, self.opened.sealer, lookups)
        self.stack.callback(quick.stop)
        writer = self.writer()
        machinery = Machinery(examiner, following, lookups, quick, writer)
        records = Records(self.store(), self.opened.audit)
        made = Screener(machinery, records, self.policy)
        made.upkeep = self._upkeep(following, writer, made)
        return made

    def writer(self) -> Writer:
        """Start to write screenings down."""
        writer = Writer(self.store())
        writer.start()
        self.stack.callback(writer.stop)
        return writer

    def rematch(self, writer: Writer, tell: Listener) -> Rematch:
        """Return what matches again."""
        aside, leads, depth = self._again(), self._leads, self.opened.settings.depth

        def matcher() -> Matcher:
            return Matcher(
                aside.snapshot,
                aside.catalogue,
                leads=leads,
                depth=depth,
                vectors=aside.known_vectors(),
            )

        lists = Lists(aside.database, aside.catalogue, matcher, depth)
        sql = self.store()
        Listings(sql).begin(listing(aside.database))
        later = Later(Records(sql, self.opened.audit), writer, self.policy, tell)
        return Rematch(sql, lists, later)

    def store(self) -> Sql:
        """Open the store of screenings: each user of it has a connection of its own."""
        sql = open_store(self.opened)
        self.stack.callback(sql.close)
        return sql

    def _following(self) -> Following:
        following = Following(self._again(), self._again(), leads=self._leads)
        following.start()
        self.stack.callback(following.stop)
        return following

    @property
    def _leads(self) -> bool:
        return self.opened.settings.leads if self.options.leads is None else self.options.leads

    def _again(self) -> Opened:
        again = type(self.opened).open(self.opened.home)
        self.stack.callback(again.close)
        return again

    def _examiner(self, following: Following) -> Examiner:
        known, settings = following.known, self.opened.settings
        assert known is not None
        workers = self.options.workers or settings.workers or len(os.sched_getaffinity(0))
        models = self.opened.models()
        examiner = Examiner(known.settings, models, workers=workers, most=self.options.most)

        def on_change(known: Known) -> None:
            examiner.adapt(known.settings)

        following.on_change = on_change
        examiner.start()
        self.stack.callback(examiner.stop)
        check_sandbox(examiner.posture, settings)
        return examiner

    def _upkeep(self, following: Following, writer: Writer, made: Screener) -> Upkeep:
        loop = self.loop
        assert loop is not None

        def tell(screened: Screened, earlier: str) -> None:
            with suppress(RuntimeError):  # the loop has ended; the verdict is in the records
                loop.call_soon_threadsafe(made.tell, screened, earlier)

        def version() -> str:
            known = following.known
            return known.version if known else ""

        upkeep = Upkeep(
            self.store(), self.rematch(writer, tell), version, automatic=self.options.rematch
        )
        upkeep.start()
        self.stack.callback(upkeep.stop)
        return upkeep
