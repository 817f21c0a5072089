"""A content gate alone in a process: who screens for it, and what its operator hears."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tidebreak.gates.content import Place
from tidebreak.gates.content_start import start
from tidebreak.gates.events import Event, EventKind
from tidebreak.screens import Screens
from tidebreak.store.vault import Vault

if TYPE_CHECKING:
    from tidebreak.installation import Tidebreak

_AUDITED = frozenset(
    {EventKind.START, EventKind.STOP, EventKind.FAILING, EventKind.RECOVERED, EventKind.WARNING}
)
"""What is no screening: those are kept by whoever screens."""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A service that screens, and the key for it."""

    url: str
    key_file: Path
    ca: Path | None = None


def run(name: str, values: Mapping[str, object], spool: Path, asked: Tidebreak | Elsewhere) -> None:
    """Serve the gate ``name`` until SIGINT or SIGTERM; events are lines of JSON on stdout.

    ``spool`` is the folder for what is on its way in. Raises `UsageError` for its settings and
    what whoever screens raises at the start.
    """
    asyncio.run(_run(name, values, spool, asked))


async def _run(
    name: str, values: Mapping[str, object], spool: Path, asked: Tidebreak | Elsewhere
) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with AsyncExitStack() as stack:
        if isinstance(asked, Elsewhere):
            screens, vault = await stack.enter_async_context(_elsewhere(asked)), None
            place = Place(spool, _print)
        else:
            screens, vault = await stack.enter_async_context(_here(asked)), asked.vault
            place = Place(spool, lambda happened: _audit(asked, name, happened))
        await _serve(name, values, screens, place, vault, stopped)


async def _serve(
    name: str,
    values: Mapping[str, object],
    screens: Screens,
    place: Place,
    vault: Vault | None,
    stopped: asyncio.Event,
) -> None:
    running = await start(name, values, screens, place, vault)
    try:
        await stopped.wait()
    finally:
        await running.close()


@asynccontextmanager
async def _elsewhere(asked: Elsewhere) -> AsyncGenerator[Screens]:
    from tidebreak.client.asynchronous import AsyncClient

    async with AsyncClient(asked.url, asked.key_file, ca=asked.ca) as client:
        yield client.as_screens()


@asynccontextmanager
async def _here(opened: Tidebreak) -> AsyncGenerator[Screens]:
    from tidebreak.policy.start import open_book, watching_floods
    from tidebreak.screening.start import screener

    with watching_floods(opened, lambda _: None) as floods:
        async with screener(opened, open_book(opened), floods=floods) as screens:
            yield screens


def _audit(opened: Tidebreak, name: str, happened: Event) -> None:
    _print(happened)
    if happened.kind in _AUDITED:
        detail = {"why": happened.why}
        opened.audit.append(f"gate.{happened.kind}", opened.actor, f"gate {name}", detail)


def _print(happened: Event) -> None:
    sys.stdout.write(happened.as_json() + "\n")
    sys.stdout.flush()
