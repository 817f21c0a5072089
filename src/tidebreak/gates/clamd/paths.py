"""SCAN and its kin: a path that the client names, judged file by file."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Generator

from tidebreak.errors import CannotRead
from tidebreak.gates.clamd.commands import Command, Verb
from tidebreak.gates.clamd.replies import fault, ruled, shown
from tidebreak.gates.content import ContentGate
from tidebreak.gates.content_policy import Outcome
from tidebreak.gates.files_below import Found, Roots, files_in, is_folder, take
from tidebreak.spool import NoRoom, TooLarge

_TOGETHER = 8


class Paths:
    """Judges what lies at paths below ``roots``."""

    def __init__(self, gate: ContentGate, roots: Roots) -> None:
        self._gate, self._roots = gate, roots

    async def replies(self, command: Command) -> AsyncIterator[str]:
        """Yield the replies to SCAN, CONTSCAN, MULTISCAN and ALLMATCHSCAN.

        Of a folder only what is found and what failed is told, then ``OK`` if that was nothing.
        SCAN ends with the first that is found.
        """
        path = os.fsdecode(command.path)
        try:
            fd = await asyncio.to_thread(self._roots.open, path)
        except CannotRead as error:
            yield self._fault(path, str(error))
            return
        if not is_folder(fd):
            yield (await self._judged(Found(path, fd)))[1]
            return
        clean = True
        async for outcome, reply in self._folder(fd, path, command.verb):
            if outcome is not Outcome.PASS:
                clean = False
                yield reply
            if outcome is Outcome.REFUSE and command.verb is Verb.SCAN:
                return
        if clean:
            yield f"{shown(path)}: OK"

    async def _folder(self, fd: int, path: str, verb: Verb) -> AsyncIterator[tuple[Outcome, str]]:
        together = _TOGETHER if verb is Verb.MULTISCAN else 1
        files = files_in(fd, path)
        try:
            while batch := await asyncio.to_thread(_next, files, together):
                for told in await asyncio.gather(*map(self._judged, batch)):
                    yield told
        finally:
            files.close()

    async def _judged(self, found: Found) -> tuple[Outcome, str]:
        if found.fd < 0:
            return Outcome.FAILURE, self._fault(found.path, found.why)
        try:
            with self._gate.spool() as content:
                await take(found.fd, content)
                ruling = await self._gate.screen(content, found.path)
        except (TooLarge, NoRoom) as error:
            ruling = self._gate.untold(str(error), found.path, never=isinstance(error, TooLarge))
        except CannotRead as error:
            return Outcome.FAILURE, self._fault(found.path, str(error))
        finally:
            os.close(found.fd)
        return ruling.outcome, ruled(found.path, ruling)

    def _fault(self, path: str, why: str) -> str:
        self._gate.untold(why, path, never=True)
        return fault(path, why)


def _next(files: Generator[Found], count: int) -> list[Found]:
    return [found for _, found in zip(range(count), files, strict=False)]
