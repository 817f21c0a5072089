"""What all hooks do: take bytes from where they are, ask, and answer in the caller's words."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from typing import Any

from tidebreak.errors import CannotRead
from tidebreak.gates.content import ContentGate
from tidebreak.gates.content_policy import Ruling
from tidebreak.gates.files_below import take
from tidebreak.gates.hooks.events import TusEvent
from tidebreak.gates.hooks.objects import Named
from tidebreak.gates.hooks.options import HookOptions
from tidebreak.spool import NoRoom, Spool, TooLarge, pour
from tidebreak.web.requests import Refused

_PREFIX = 12
_BEFORE, _FINISHING, _AFTER = "pre-create", "pre-finish", "post-finish"


class Hooks:
    """Judges what hooks name or carry."""

    def __init__(self, gate: ContentGate, options: HookOptions) -> None:
        self.gate, self.options = gate, options

    async def taken(self, parts: AsyncIterator[bytes], content: Spool, item: str) -> Ruling | None:
        """Take a body into ``content``; return a ruling when that fails, else None.

        Raises `Refused` (408) for a body that comes too slowly.
        """
        try:
            async with asyncio.timeout(self.options.whole):
                while (part := await _next(parts, self.options.idle)) is not None:
                    await pour(part, content)
        except TimeoutError:
            raise Refused(408, "The request was too slow.", {"Connection": "close"}) from None
        except (TooLarge, NoRoom) as error:
            return self.gate.untold(str(error), item, never=True)
        return None

    async def path(self, path: str, item: str = "") -> Ruling:
        """Judge the file at ``path``, below one of the folders that the operator named."""
        item = item or path
        try:
            fd = await asyncio.to_thread(self.options.roots.open, path)
        except CannotRead as error:
            return self.gate.untold(f"the file cannot be opened ({error})", item, never=True)
        try:
            with self.gate.spool() as content:
                await take(fd, content)
                return await self.gate.screen(content, item)
        except (CannotRead, TooLarge, NoRoom) as error:
            return self.gate.untold(str(error), item, never=True)
        finally:
            os.close(fd)

    async def object(self, named: Named, item: str = "") -> Ruling:
        """Judge an object of the store that the operator named."""
        item = item or named.item
        if self.options.store is None:
            return self.gate.untold("no object store is named (s3_endpoint)", item, never=True)
        try:
            with self.gate.spool() as content:
                await self.options.store.take(named, content)
                return await self.gate.screen(content, item)
        except (TooLarge, NoRoom) as error:
            return self.gate.untold(str(error), item, never=True)
        except CannotRead as error:
            return self.gate.untold(str(error), item)

    async def tus(self, event: TusEvent) -> dict[str, Any]:
        """Judge a finished upload; return what tusd does with its own answer.

        A refusal has a status below 500: clients try again after others, and then take the whole
        upload that they find for a success (``docs/content-gates.md``).
        """
        if event.kind == _BEFORE and event.size > self.gate.policy.most:
            return {"RejectUpload": True, **self._refusal(413, "The upload is too large.")}
        if event.kind == _BEFORE and event.pieces:
            # tusd puts pieces together without a hook that could still refuse the whole.
            self.gate.untold("it is an upload in pieces", never=True)
            text = "Send the upload as a whole, without concatenation."
            return {"RejectUpload": True, **self._refusal(400, text)}
        if event.kind not in (_FINISHING, _AFTER):
            return {}
        # What begins its name finds the upload; the whole of it looks like an identifier.
        reference = event.id[:_PREFIX]
        item = f"tus {reference}"
        if event.named is not None:
            ruling = await self.object(event.named, item)
        else:
            ruling = await self.path(event.path, item)
        if ruling.passes or event.kind == _AFTER:
            return {}
        text = f"This content cannot be sent here. Reference: {reference}"
        return self._refusal(self.options.status, text)

    def _refusal(self, status: int, text: str) -> dict[str, Any]:
        header = {"Content-Type": "text/plain", "Cache-Control": "no-store"}
        return {"HTTPResponse": {"StatusCode": status, "Body": f"{text}\n", "Header": header}}


async def _next(parts: AsyncIterator[bytes], idle: float) -> bytes | None:
    """Return the next bytes, None at the end."""
    async with asyncio.timeout(idle):
        return await anext(parts, None)
