"""A service of a test's own: real stores, keys and policy, a screener that is quick and known."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Collection, Generator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache
from types import SimpleNamespace
from typing import Any, cast

import anyio.from_thread
import httpx
from fastapi import FastAPI

from tidebreak.access.entrance import Entrance
from tidebreak.access.gatekeeper import Gatekeeper
from tidebreak.access.passwords import Passwords
from tidebreak.access.records import Scope
from tidebreak.access.roles import Role
from tidebreak.access.start import Access, open_access
from tidebreak.installation import Tidebreak
from tidebreak.model import Examination, Level, ListKind, Match, Signal, State, Verdict
from tidebreak.policy.start import open_book, watching_floods
from tidebreak.screening.health import ScreenerState
from tidebreak.screening.ids import new_id
from tidebreak.screening.records import Records
from tidebreak.screening.rows import row_of
from tidebreak.screening.start import open_store
from tidebreak.screening.writer import Writer, Written
from tidebreak.screens import Action, Decision, Origin, Part, Screened
from tidebreak.service.application import application, enveloped
from tidebreak.service.budget import Budget
from tidebreak.service.config import ServiceConfig
from tidebreak.service.grouped import Grouped
from tidebreak.service.jobs import Jobs
from tidebreak.service.metrics import Metrics
from tidebreak.service.once import Once
from tidebreak.service.parts import Parts
from tidebreak.service.readiness import gauges
from tidebreak.service.webhooks.desk import Webhooks
from tidebreak.spool import Spool

VERSION = "7.1"


def digest(number: int) -> str:
    return hashlib.sha256(f"harmless {number}".encode()).hexdigest()


def signal(number: int) -> dict[str, str]:
    return {"type": "sha256", "value": digest(number)}


KNOWN = {digest(number): number for number in range(10)}
"""Contents 0 to 9 are known."""


def match_of(number: int, list: str = "list") -> Match:
    return Match(
        list, "owner", ListKind.CONTRABAND, f"#{number}", "A1", "own", Level.EXACT, "sha256", 3.0,
        quality=88, reason="sha256 is equal", algorithm="sha256", known_fraction=0.5,
        file_fraction=0.25, ranges=((0.0, 1.0, 2.0, 3.0),), number=number,
    )  # fmt: skip


def verdict_for(signals: Sequence[Signal]) -> Verdict:
    numbers = [KNOWN[one.text] for one in signals if one.text in KNOWN]
    return Verdict(Level.EXACT, tuple(map(match_of, numbers))) if numbers else Verdict()


@dataclass
class FakeScreener:
    """Knows `KNOWN`; decides nothing cleverly; keeps records as the real one does."""

    records: Records
    writer: Writer
    fails: Exception | None = None
    waits: Callable[[], Any] | None = None
    screened: int = 0
    listeners: list[Any] = field(default_factory=list)
    posture: Any = field(default_factory=lambda: SimpleNamespace(level=3))
    state: ScreenerState = field(
        default_factory=lambda: ScreenerState((), VERSION, 1, 10, 0.1, 0, 0, 2, 3)
    )

    async def hash(self, content: Spool, *, full: bool = False) -> tuple[Examination, ...]:
        await self._before()
        return (Examination("", content.size, "text/plain", _signals(content)),)

    async def match(self, items: Sequence[Sequence[Signal]]) -> tuple[list[Verdict], str]:
        await self._before()
        return [verdict_for(item) for item in items], VERSION

    def untold(self, items: Sequence[Sequence[Signal]]) -> list[str]:
        known = {"sha256", "md5", "pdq"}
        return ["" if known & {s.type.name for s in item} else "not kept here" for item in items]

    async def screen(self, content: Spool, origin: Origin) -> Screened:
        await self._before()
        return await self._kept(_signals(content), content.size, origin, 3)

    async def screen_signals(
        self, items: Sequence[Sequence[Signal]], origin: Origin
    ) -> list[Screened]:
        await self._before()
        return [await self._kept(tuple(item), -1, origin, 0) for item in items]

    async def rematch(self, names: Collection[str] = ()) -> Any:
        await self._before()
        return _Rematched(12, 3, 1)

    async def _before(self) -> None:
        if self.waits:
            await self.waits()
        if self.fails:
            raise self.fails

    async def _kept(
        self, signals: tuple[Signal, ...], size: int, origin: Origin, sandbox: int
    ) -> Screened:
        self.screened += 1
        verdict = verdict_for(signals)
        state = State.MATCHED if verdict.matches else State.CLEAR
        part = Part("", size, "text/plain", state, verdict, signals)
        action = Action.QUARANTINE if verdict.matches else Action.ALLOW
        decision = Decision(action, "rule", "because", "law", "p1")
        at = "2026-11-23T02:00:00.000+00:00"
        screened = Screened(
            new_id(), at, origin, state, verdict.level, decision, (part,), VERSION, sandbox
        )  # fmt: skip
        await self.writer.keep(Written((row_of(screened, [0], waits=False),)))
        for listener in self.listeners:
            listener(screened, "")
        return screened


@dataclass(frozen=True)
class _Rematched:
    observations: int
    signals: int
    verdicts: int


def _signals(content: Spool) -> tuple[Signal, ...]:
    with os.fdopen(content.open(), "rb") as file:
        return (Signal.parse("sha256", hashlib.file_digest(file, "sha256").hexdigest()),)


class Running:
    """A service; `send` asks it without any socket, from any thread."""

    def __init__(
        self,
        parts: Parts,
        access: Access,
        portal: anyio.from_thread.BlockingPortal,
        app: FastAPI | None = None,
    ) -> None:
        app = app or application(parts)
        self.parts, self.access, self.portal = parts, access, portal
        self.app = app
        self.served = enveloped(self.app, quiet=True)
        self.keys: dict[str, str] = {}
        self.screener = cast("FakeScreener", parts.screener)

    def key(self, *roles: Role, **scope: Any) -> str:
        """Return a key with ``roles``, which every role has when there is none."""
        name = "-".join(roles) + "".join(f" {key} {value}" for key, value in scope.items())
        name = "".join(c if c.isalnum() or c in " -" else "" for c in name or "all")[:60]
        if name not in self.keys:
            made = Scope(frozenset(roles or Role), **scope)
            self.keys[name] = self.access.keys.add(name, made, "test").text
            self.parts.gatekeeper.refresh()
        return self.keys[name]

    def send(
        self, method: str, path: str, *, key: str | None = None, **more: Any
    ) -> httpx.Response:
        """Ask as ``key``, as a key with all roles when there is none; "" asks without."""
        headers = dict(more.pop("headers", {}))
        key = self.key() if key is None else key
        if key:
            headers["Authorization"] = f"Bearer {key}"
        return self.portal.call(self._send, method, path, headers, more)

    async def _send(
        self, method: str, path: str, headers: dict[str, str], more: dict[str, Any]
    ) -> httpx.Response:
        transport = httpx.ASGITransport(self.served)
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
            return await client.request(method, path, headers=headers, **more)


@contextmanager
def running(installation: Tidebreak, config: ServiceConfig | None = None) -> Generator[Running]:
    config = config or ServiceConfig()
    with ExitStack() as stack:
        portal = stack.enter_context(anyio.from_thread.start_blocking_portal())
        access = stack.enter_context(open_access(installation))
        gatekeeper = stack.enter_context(Gatekeeper(access.ledger))
        db = installation.stores.open("service", "tidebreak.service")
        stack.callback(db.close)
        hooks = installation.stores.open("webhooks", "tidebreak.service.webhooks")
        stack.callback(hooks.close)
        sql = open_store(installation)
        stack.callback(sql.close)
        writer = Writer(sql)
        writer.start()
        stack.callback(writer.stop)
        screener = FakeScreener(Records(sql, installation.audit), writer)
        floods = stack.enter_context(watching_floods(installation))
        metrics, grouped = Metrics(), Grouped(db)
        webhooks = portal.call(
            lambda: Webhooks(hooks, installation.vault, installation.audit, config.webhooks)
        )
        screener.listeners += [metrics.screened, webhooks.noted]
        parts = Parts(
            config=config, opened=installation, screener=cast("Any", screener),
            gatekeeper=gatekeeper, entrance=Entrance(access.ledger, passwords()),
            book=open_book(installation), floods=floods,
            once=Once(db, grouped, installation.vault, installation.access_key),
            jobs=Jobs(db, grouped), webhooks=webhooks, metrics=metrics,
            budget=Budget(config.intake.in_flight_bytes),
        )  # fmt: skip
        metrics.gauges.append(lambda: gauges(parts))
        app = _SPARE.pop() if _SPARE and config == ServiceConfig() else application(parts)
        app.state.parts = parts
        yield Running(parts, access, portal, app)
        portal.call(parts.jobs.close)
        if config == ServiceConfig():
            _SPARE.append(app)


_SPARE: list[FastAPI] = []
"""Applications of services that have ended: to make one takes longer than most tests."""


@cache
def passwords() -> Passwords:
    """Hash nothing for each service: that is meant to take its time."""
    return Passwords()
