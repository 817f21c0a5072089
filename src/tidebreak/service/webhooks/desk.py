"""Telling: events are written down first, then posted, tried again for a day, and counted.

Each webhook is told by itself: one whose address is silent makes no other wait or lose events.
What is posted says what was decided and never by what it was recognised: whoever gets it asks the
service for more, with a key of their own.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
import uuid
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import cast

import anyio.to_thread

from tidebreak.audit.log import AuditLog
from tidebreak.screens import Screened
from tidebreak.service.config import WebhookRules
from tidebreak.service.grouped import Grouped
from tidebreak.service.logs import line, unforeseen
from tidebreak.service.webhooks.hooks import Hook, Hooks
from tidebreak.service.webhooks.posting import Poster
from tidebreak.sql import Sql
from tidebreak.store.vault import Vault

_LOOK_SECONDS, _KNOWN_SECONDS = 1.0, 2.0
_FIRST_WAIT, _LONGEST_WAIT, _TRIES = 2.0, 3600.0, 32
_LEASE_SECONDS = 60.0
_AT_ONCE, _MOST_WAITING = 16, 100_000
"""Of one webhook: events posted side by side, and events that are kept for it."""

_Due = tuple[str, str, str, int]


class Webhooks:
    """Takes note of answers and tells of them; `run` does the telling."""

    def __init__(self, db: Sql, vault: Vault, audit: AuditLog, rules: WebhookRules) -> None:
        self._db, self._grouped = db, Grouped(db)
        self.hooks, self.poster = Hooks(db, vault, audit), Poster(rules)
        self._known: Sequence[Hook] = ()
        self._known_at, self._new = 0.0, asyncio.Event()
        self._writing: set[asyncio.Task[None]] = set()
        self._telling: dict[str, asyncio.Task[None]] = {}
        self.lost = 0
        """Events that could not even be written down, since the start."""
        self.waiting = 0
        """Events that were not delivered yet to those who are told, as of the last look."""

    def noted(self, screened: Screened, earlier: str = "") -> None:
        """Take note of an answer (a listener of the screener); on the event loop."""
        wanting = [hook for hook in self._known if hook.wants(screened)]
        self._count_lost([hook for hook in wanting if hook.waiting > _MOST_WAITING])
        wanting = [hook for hook in wanting if hook.waiting <= _MOST_WAITING]
        if not wanting:
            return
        body = json.dumps(event_of(screened, earlier), separators=(",", ":"))
        rows = [(str(uuid.uuid4()), hook.id, body, 0, time.time()) for hook in wanting]
        task = asyncio.create_task(self._keep(rows, wanting))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    async def run(self) -> None:
        """Deliver what is due, until this is cancelled."""
        try:
            while True:
                self._new.clear()
                try:
                    await self.refresh()
                    await self._begin()
                except Exception as error:  # one that ended this would end all telling, unseen
                    unforeseen(error, "webhooks", 503)
                with suppress(TimeoutError):
                    async with asyncio.timeout(_LOOK_SECONDS):
                        await self._new.wait()
        finally:
            for task in list(self._telling.values()):
                task.cancel()
            await asyncio.gather(*self._telling.values(), return_exceptions=True)

    async def refresh(self, *, now: bool = False) -> None:
        """Take over what changed about the webhooks."""
        if now or time.monotonic() - self._known_at > _KNOWN_SECONDS:
            self._known = await anyio.to_thread.run_sync(self.hooks.all)
            self.waiting = sum(hook.waiting for hook in self._known if hook.enabled)
            self._known_at = time.monotonic()

    async def close(self) -> None:
        """Wait until what was noted is written."""
        if self._writing:
            await asyncio.wait(self._writing)

    async def _keep(self, rows: Sequence[tuple[object, ...]], hooks: Sequence[Hook]) -> None:
        try:
            await self._grouped.do(lambda db: db.change_many(_INSERT, rows))
            self._new.set()
        except Exception as error:
            unforeseen(error, "webhooks", 503)
            self._count_lost(hooks)

    def _count_lost(self, hooks: Sequence[Hook]) -> None:
        for hook in hooks:
            line("webhook.lost", webhook=hook.id)
        self.lost += len(hooks)

    async def _begin(self) -> None:
        """Tell every webhook that is not being told what is due for it."""
        idle = [hook.id for hook in self._known if hook.id not in self._telling]
        for hook, due in (await self._grouped.do(lambda db: _claim(db, idle))).items():
            task = self._telling[hook] = asyncio.create_task(self._tell(due))
            task.add_done_callback(partial(self._told, hook))

    async def _tell(self, due: Sequence[_Due]) -> None:
        ends = await asyncio.gather(*map(self._deliver, due), return_exceptions=True)
        for error in ends:
            if isinstance(error, Exception):
                unforeseen(error, "webhooks", 503)

    def _told(self, hook: str, _: asyncio.Task[None]) -> None:
        del self._telling[hook]
        self._new.set()

    async def _deliver(self, due: _Due) -> None:
        id, hook, body, tries = due
        known = await anyio.to_thread.run_sync(self.hooks.secrets, hook)
        if known is None:
            await self._grouped.do(lambda db: db.change(_DELETE, (id,)))
            return
        status = await self.poster.post(known[0], known[1], body.encode(), id)
        delivered, again = 200 <= status < 300, tries + 1 < _TRIES
        if not delivered and not again:
            line("webhook.lost", webhook=hook, status=status)
        wait = min(_LONGEST_WAIT, _FIRST_WAIT * 2**tries) * random.uniform(0.75, 1.25)

        def note(db: Sql) -> None:
            if delivered or not again:
                db.change(_DELETE, (id,))
            else:
                db.change(_AGAIN, (tries + 1, time.time() + wait, id))
            lost = int(not delivered and not again)
            db.change(_COUNT, (int(delivered), lost, status, hook))

        await self._grouped.do(note)


def _claim(db: Sql, hooks: Sequence[str]) -> dict[str, list[_Due]]:
    """Take what is due for ``hooks``; other replicas leave it alone for as long as it may take."""
    now = time.time()
    claimed: dict[str, list[_Due]] = {}
    for hook in hooks:
        rows = cast("list[_Due]", db.rows(_SELECT, (hook, now, _AT_ONCE)))
        if rows:
            claimed[hook] = rows
            leases = [(now + _LEASE_SECONDS, row[0]) for row in rows]
            db.change_many("UPDATE delivery SET due = ? WHERE id = ?", leases)
    return claimed


def event_of(screened: Screened, earlier: str) -> dict[str, object]:
    """Return what others are told of an answer: no signal, no entry, no list, no member."""
    return {
        "type": "screened",
        "id": screened.id,
        "at": screened.at,
        "client": screened.origin.client,
        "surface": screened.origin.surface.value,
        "item": screened.origin.item,
        "state": screened.state.value,
        "level": screened.level.value,
        "action": screened.decision.action.value,
        "rule": screened.decision.rule,
        "holds": list(screened.decision.holds),
        "earlier": earlier,
    }


_INSERT = "INSERT INTO delivery (id, hook, body, tries, due) VALUES (?, ?, ?, ?, ?)"
_SELECT = """
SELECT delivery.id, hook, body, tries FROM delivery JOIN hook ON hook.id = delivery.hook
WHERE hook = ? AND due <= ? AND enabled = 1 ORDER BY due LIMIT ?
"""
_DELETE = "DELETE FROM delivery WHERE id = ?"
_AGAIN = "UPDATE delivery SET tries = ?, due = ? WHERE id = ?"
_COUNT = """
UPDATE hook SET delivered = delivered + ?, lost = lost + ?, last_status = ? WHERE id = ?
"""
