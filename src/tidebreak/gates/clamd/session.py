"""One client of clamd from hello to goodbye: what it asks for and what it is told (clamd(8)).

Replies have clamd's own shapes. A failure is ``… ERROR``, never ``OK``, unless the operator said
that the gate is open. What is found has one name for all lists, ``Tidebreak.Known``.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

from tidebreak.errors import CannotRead
from tidebreak.gates.clamd.commands import IN_SESSION, PATHS, Command, Unknown, Verb
from tidebreak.gates.clamd.line import Gone, Line
from tidebreak.gates.clamd.paths import Paths
from tidebreak.gates.clamd.replies import UNKNOWN, commands, ruled, stats, version
from tidebreak.gates.content import ContentGate
from tidebreak.gates.files_below import Roots, take
from tidebreak.spool import NoRoom, Spool, TooLarge, pour

_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class ClamdOptions:
    """``idle`` is how many seconds a client may be silent, ``whole`` how many one stream takes."""

    roots: Roots
    idle: float = 30.0
    whole: float = 600.0


class Session:
    """Answers one client."""

    def __init__(self, gate: ContentGate, options: ClamdOptions, connected: socket.socket) -> None:
        self._gate, self._options = gate, options
        self._line = Line(connected, options.idle)
        self._paths = Paths(gate, options.roots)
        self._numbered = False
        self._number = 0
        self._under_way = set[asyncio.Task[None]]()
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def run(self) -> None:
        """Answer until the client or a fault ends it."""
        try:
            while (command := await self._line.command()) is not None:
                if not await self._answer(command):
                    break
            await asyncio.gather(*self._under_way)
            await self._line.linger()
        except Unknown as error:
            await self._last(error.end)
        except (Gone, TimeoutError):
            pass
        finally:
            for task in self._under_way:
                task.cancel()
            await asyncio.gather(*self._under_way, return_exceptions=True)
            self._line.close()

    async def _answer(self, command: Command) -> bool:
        """Answer one command; return whether another one may follow."""
        if self._numbered:
            self._number += 1
            if command.verb not in IN_SESSION:
                await self._say(command, "Command invalid inside IDSESSION. ERROR")
                return False
        match command.verb:
            case Verb.IDSESSION:
                self._numbered = True
            case Verb.END:
                return await self._end(command)
            case Verb.INSTREAM:
                return await self._stream(command)
            case Verb.FILDES:
                await self._descriptor(command)
            case verb if verb in PATHS:
                await self._later(self._path(command, self._number))
            case _:
                await self._say(command, self._told(command.verb))
        return self._numbered

    def _told(self, verb: Verb) -> str:
        """Return the answer to a command that hands nothing in."""
        match verb:
            case Verb.PING:
                return "PONG"
            case Verb.VERSION:
                return version(self._gate)
            case Verb.VERSIONCOMMANDS:
                return commands(self._gate)
            case Verb.STATS:
                return stats(self._gate, len(self._under_way))
            case Verb.RELOAD:
                return "RELOADING"  # the lists are followed anyway
            case _:
                return UNKNOWN  # SHUTDOWN: no client ends the gate

    async def _end(self, command: Command) -> bool:
        if not self._numbered:
            await self._say(command, UNKNOWN)
        return False

    async def _stream(self, command: Command) -> bool:
        content = self._gate.spool()
        try:
            async with asyncio.timeout(self._options.whole):
                async for part in self._line.stream():
                    await pour(part, content)
        except (TooLarge, NoRoom) as error:
            content.close()
            # The rest of the stream would be read as commands: the connection ends.
            self._gate.untold(str(error), never=True)
            await self._say(command, _LIMIT if isinstance(error, TooLarge) else _NO_ROOM)
            return False
        except BaseException:
            content.close()
            raise
        await self._later(self._content(command, self._number, "stream", content))
        return self._numbered

    async def _descriptor(self, command: Command) -> None:
        fd = await self._line.descriptor()
        if fd < 0:
            await self._say(command, "FILDES: didn't receive file descriptor. ERROR")
            return
        await self._later(self._file(command, self._number, fd))

    async def _file(self, command: Command, number: int, fd: int) -> None:
        name, content = f"fd[{fd}]", self._gate.spool()
        try:
            await take(fd, content)
        except (CannotRead, TooLarge, NoRoom) as error:
            content.close()
            never = isinstance(error, TooLarge)
            ruling = self._gate.untold(str(error), never=never)
            await self._say(command, ruled(name, ruling), number=number)
        else:
            await self._content(command, number, name, content)
        finally:
            os.close(fd)

    async def _content(self, command: Command, number: int, name: str, content: Spool) -> None:
        with content:
            ruling = await self._gate.screen(content)
        await self._say(command, ruled(name, ruling), number=number)

    async def _path(self, command: Command, number: int) -> None:
        async for reply in self._paths.replies(command):
            await self._say(command, reply, number=number)

    async def _later(self, work: Coroutine[Any, Any, None]) -> None:
        """Inside IDSESSION answer while the next command is read, else now."""
        if not self._numbered:
            await work
            return
        await self._turns.acquire()
        task = asyncio.ensure_future(work)
        self._under_way.add(task)
        task.add_done_callback(self._done)
        await asyncio.sleep(0)  # it must begin, or nobody would close what it was handed

    def _done(self, task: asyncio.Task[None]) -> None:
        self._turns.release()
        self._under_way.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self._line.hang_up()

    async def _say(self, command: Command, text: str, *, number: int | None = None) -> None:
        given = self._number if number is None else number
        await self._line.say(f"{given}: {text}" if self._numbered else text, end=command.end)

    async def _last(self, end: bytes) -> None:
        with contextlib.suppress(Gone):
            await self._line.say(UNKNOWN, end=end)
            await self._line.linger()


_LIMIT = "INSTREAM size limit exceeded. ERROR"
_NO_ROOM = "Error writing to temporary file. ERROR"
