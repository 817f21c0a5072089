"""Requests with an ``Idempotency-Key``: done once within a day, however often they are sent.

Who sends one again gets the answer of the first time; who sends something else under the same key
gets 422, and who comes while the first is under way waits for it, or gets 409 where another
replica has it. A claim is a lease that its process renews: what was under way when a process died
can be tried again half a minute later.
"""

from __future__ import annotations

import asyncio
import time
import uuid
import zlib
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Protocol

from starlette.responses import Response

from tidebreak.service.grouped import Grouped
from tidebreak.service.problems import Problem, said_of, wait
from tidebreak.sql import Sql
from tidebreak.store.vault import Vault

if TYPE_CHECKING:
    from tidebreak.access.roles import Principal

KEPT_SECONDS = 24 * 3600.0
_LEASE_SECONDS, _RENEW_SECONDS = 30.0, 10.0
_CLEAR_SECONDS, _TOUCH_SECONDS = 600.0, 2.0
_JSON = "application/json"


class Asks(Protocol):
    """What is needed of a request: who asks, and its key."""

    @property
    def caller(self) -> Principal:
        """Who asks."""
        ...

    @property
    def key(self) -> str:
        """What they call this request."""
        ...


@dataclass(frozen=True, slots=True)
class _Kept:
    """What the store has under a name; no answer while the request is under way."""

    fingerprint: bytes
    owner: str
    status: int
    answer: bytes


class Once:
    """Keeps answers in ``db``, encrypted by ``vault``; names are digests under ``key``."""

    def __init__(self, db: Sql, grouped: Grouped, vault: Vault, key: bytes) -> None:
        self._db, self._grouped, self._vault, self._key = db, grouped, vault, key
        self._owner = uuid.uuid4().hex
        self._under_way: dict[bytes, asyncio.Future[None]] = {}
        self._touched = float("-inf")

    async def answer(
        self, asks: Asks, path: str, content: bytes, make: Callable[[], Awaitable[Response]]
    ) -> Response:
        """Return what ``make`` returns, or returned before; raises `Problem`.

        ``content`` is what was asked, or a digest of it.
        """
        name = self._digest(asks.caller.id.encode(), asks.key.encode())
        print_ = self._digest(path.encode(), content, _rights(asks.caller))
        while (other := self._under_way.get(name)) is not None:
            await asyncio.shield(other)
        done = self._under_way[name] = asyncio.get_running_loop().create_future()
        try:
            kept = await self._grouped.do(lambda db: self._claim(db, name, print_))
            if kept is not None:
                return self._again(name, print_, kept)
            return await self._first(name, make)
        finally:
            del self._under_way[name]
            done.set_result(None)

    def touch(self) -> None:
        """Write to the store where nobody did so lately; raises its errors."""
        now = time.monotonic()
        if now - self._touched > _TOUCH_SECONDS:
            with self._db.writing():
                self._db.change(_BEAT, (time.time(),))
            self._touched = now

    async def keep(self) -> None:
        """Renew the leases of what is under way, and forget what is a day old, for ever."""
        cleared = 0.0
        while True:
            await asyncio.sleep(_RENEW_SECONDS)
            with suppress(Exception):  # the next round tries again; a lease outlives two of them
                until = time.time() + _LEASE_SECONDS
                names = [(until, name, self._owner) for name in self._under_way]
                await self._grouped.do(lambda db, rows=names: db.change_many(_RENEW, rows))
                if time.monotonic() - cleared > _CLEAR_SECONDS:
                    cleared = time.monotonic()
                    now = (time.time(),)
                    await self._grouped.do(
                        lambda db, now=now: db.change("DELETE FROM once WHERE until < ?", now)
                    )

    async def _first(self, name: bytes, make: Callable[[], Awaitable[Response]]) -> Response:
        """Do it, and keep what came of it; what failed for a while may be tried again."""
        try:
            response = await make()
        except BaseException as error:
            if not isinstance(error, Exception) or said_of(error).status >= 429:
                await asyncio.shield(self._grouped.do(lambda db: self._forget(db, name)))
            else:
                said = said_of(error)
                problem = said.response("")
                await asyncio.shield(self._keep(name, said.status, bytes(problem.body)))
            raise
        await asyncio.shield(self._keep(name, response.status_code, bytes(response.body)))
        return response

    async def _keep(self, name: bytes, status: int, body: bytes) -> None:
        sealed = self._vault.seal(_place(name), zlib.compress(body, 1))
        row = (status, sealed, time.time() + KEPT_SECONDS, name, self._owner)
        await self._grouped.do(lambda db: db.change(_KEEP, row))

    def _again(self, name: bytes, fingerprint: bytes, kept: _Kept) -> Response:
        if kept.fingerprint != fingerprint:
            detail = "This Idempotency-Key was used for something else, or with other rights."
            raise Problem(422, detail, name="key-reused")
        if not kept.answer:
            detail = "This request is being answered elsewhere; ask again in a moment."
            raise Problem(409, detail, name="under-way", headers=wait(2))
        body = zlib.decompress(self._vault.open(_place(name), kept.answer))
        kind = _JSON if kept.status < 400 else "application/problem+json"
        return Response(body, kept.status, {"Idempotent-Replayed": "true"}, kind)

    def _claim(self, db: Sql, name: bytes, fingerprint: bytes) -> _Kept | None:
        """Claim a name; return what is there instead where somebody else has it."""
        now = time.time()
        row = db.row(
            "SELECT fingerprint, owner, status, answer FROM once WHERE name = ? AND until >= ?",
            (name, now),
        )
        if row is not None:
            return _Kept(*row)
        db.change(_CLAIM, (name, fingerprint, self._owner, now + _LEASE_SECONDS, b""))
        return None

    def _forget(self, db: Sql, name: bytes) -> None:
        db.change("DELETE FROM once WHERE name = ? AND owner = ?", (name, self._owner))

    def _digest(self, *parts: bytes) -> bytes:
        digest = blake2b(digest_size=32, key=self._key)
        for part in parts:
            digest.update(len(part).to_bytes(8, "big"))
            digest.update(part)
        return digest.digest()


_CLAIM = """
INSERT INTO once (name, fingerprint, owner, until, status, answer) VALUES (?, ?, ?, ?, 0, ?)
ON CONFLICT (name) DO UPDATE SET fingerprint = excluded.fingerprint, owner = excluded.owner,
until = excluded.until, status = 0, answer = excluded.answer
"""
_BEAT = "INSERT INTO beat (id, at) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET at = excluded.at"
_KEEP = "UPDATE once SET status = ?, answer = ?, until = ? WHERE name = ? AND owner = ?"
_RENEW = "UPDATE once SET until = ? WHERE name = ? AND owner = ? AND status = 0"


def _rights(caller: Principal) -> bytes:
    """Return what ``caller`` may see: what was answered to more is not for less."""
    parts = (caller.permissions, caller.lists, caller.surfaces)
    return repr([sorted(map(str, part)) for part in parts]).encode()


def _place(name: bytes) -> str:
    return f"once {name.hex()}"
