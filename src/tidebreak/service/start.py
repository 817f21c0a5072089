"""Puts the service together: what it is made of, in which order that starts and ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING

from tidebreak.access.alarms import Alarm
from tidebreak.access.entrance import Entrance
from tidebreak.access.gatekeeper import Gatekeeper, Told
from tidebreak.access.start import open_access
from tidebreak.policy.flood_store import Flood
from tidebreak.policy.start import open_book, watching_floods
from tidebreak.screening.start import Options, screener
from tidebreak.service.budget import Budget
from tidebreak.service.config import ServiceConfig
from tidebreak.service.gates import HMA, counted, running_gates
from tidebreak.service.grouped import Grouped
from tidebreak.service.heads import keeping_heads
from tidebreak.service.jobs import Jobs
from tidebreak.service.logs import line
from tidebreak.service.metrics import Metrics
from tidebreak.service.once import Once
from tidebreak.service.parts import Parts
from tidebreak.service.readiness import gauges
from tidebreak.service.webhooks.desk import Webhooks

if TYPE_CHECKING:
    from tidebreak.access.ledger import Ledger
    from tidebreak.access.oidc import Oidc
    from tidebreak.fetching.fetcher import Fetcher
    from tidebreak.gates.hma.hma import Hma
    from tidebreak.installation import Tidebreak
    from tidebreak.screening.screener import Screener

PACKAGE = "tidebreak.service"


@asynccontextmanager
async def started(opened: Tidebreak, config: ServiceConfig) -> AsyncGenerator[Parts]:
    """Start everything and give it; at the end what is under way is finished and written.

    Raises `UsageError` for a configuration that cannot be, and `WorkersFailed`.
    """
    metrics = Metrics()
    async with AsyncExitStack() as stack:
        heads = stack.enter_context(keeping_heads(opened, config.audit))
        db = opened.stores.open("service", PACKAGE)
        stack.callback(db.close)
        hooks_db = opened.stores.open("webhooks", "tidebreak.service.webhooks")
        stack.callback(hooks_db.close)
        access = stack.enter_context(open_access(opened))
        told = Told(on_alarm=partial(_alarmed, metrics))
        gatekeeper = stack.enter_context(Gatekeeper(access.ledger, told))
        book = open_book(opened)
        flooded = partial(_flooded, metrics)
        floods = stack.enter_context(watching_floods(opened, flooded))
        own = config.screening
        options = Options(own.workers, own.waiting, own.leads)
        screens = await stack.enter_async_context(screener(opened, book, options, floods=floods))
        grouped = Grouped(db)
        once = Once(db, grouped, opened.vault, opened.access_key)
        webhooks = Webhooks(hooks_db, opened.vault, opened.audit, config.webhooks)
        await webhooks.refresh(now=True)
        screens.listeners += [metrics.screened, webhooks.noted]
        jobs, fetcher = Jobs(db, grouped), _fetcher(config)
        hma = await _hma(stack, opened, config, screens, gatekeeper, fetcher)
        gates = await stack.enter_async_context(
            running_gates(config.gates, opened, screens, hma)
        )  # fmt: skip
        parts = Parts(
            config=config, opened=opened, screener=screens, gatekeeper=gatekeeper,
            entrance=Entrance(access.ledger), book=book, floods=floods, once=once, jobs=jobs,
            webhooks=webhooks, metrics=metrics, budget=Budget(config.intake.in_flight_bytes),
            fetcher=fetcher, gates=gates, hma=hma, oidc=_oidc(access.ledger, config), heads=heads,
        )  # fmt: skip
        metrics.gauges.append(lambda: gauges(parts))
        if hma is not None:
            metrics.warned = lambda: hma.warned
        metrics.gates = lambda: counted(gates)
        stack.push_async_callback(webhooks.close)
        stack.push_async_callback(jobs.close)
        await stack.enter_async_context(_running(once.keep()))
        await stack.enter_async_context(_running(webhooks.run()))
        yield parts


@asynccontextmanager
async def _running(job: Awaitable[None]) -> AsyncGenerator[None]:
    task = asyncio.ensure_future(job)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def _fetcher(config: ServiceConfig) -> Fetcher | None:
    if not config.fetch.get("enabled", False):
        return None
    from tidebreak.fetching.start import fetcher_of

    return fetcher_of(config.fetch)


def _oidc(ledger: Ledger, config: ServiceConfig) -> Oidc | None:
    if not config.oidc:
        return None
    from tidebreak.access.oidc import Oidc
    from tidebreak.access.oidc_settings import settings_from

    return Oidc(ledger, settings_from(config.oidc))


async def _hma(
    stack: AsyncExitStack,
    opened: Tidebreak,
    config: ServiceConfig,
    screens: Screener,
    gatekeeper: Gatekeeper,
    fetcher: Fetcher | None,
) -> Hma | None:
    table = config.gates.get(HMA)
    if table is None:
        return None
    from tidebreak.gates.hma.hma import Hma
    from tidebreak.gates.hma.options import options_of

    made = Hma(opened, screens, gatekeeper, options=options_of(table), fetcher=fetcher)
    return await stack.enter_async_context(made)


def _alarmed(metrics: Metrics, alarm: Alarm) -> None:
    metrics.alarm(alarm.kind.value)
    line("alarm", kind=alarm.kind.value, who=alarm.who)


def _flooded(metrics: Metrics, flood: Flood) -> None:
    metrics.alarm("flood")
    line("alarm", kind="flood", list=flood.list, matches=flood.matches)
