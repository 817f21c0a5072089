"""The process of a local store: it holds the key and says what is known, and nothing else.

Nothing of what is asked is ever written down. Every look-up costs the same, known or not: all
identifiers of a question are tried at all steps before anything is said.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import stat
import struct
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tidebreak.errors import TidebreakError, UsageError
from tidebreak.media.sandbox import Posture
from tidebreak.seal.filter import Filter
from tidebreak.seal.local import file, wire
from tidebreak.seal.local.bucket import Bucket
from tidebreak.seal.local.file import Terms
from tidebreak.seal.local.hardening import Hardener
from tidebreak.seal.local.lockdown import lock_down, refuse_dumps
from tidebreak.seal.local.wire import Identifier, Known, Malformed, Reply, Status

MOST_CONNECTIONS = 200
BURST = 10_000
"""Identifiers that may be asked at once after a quiet time."""
IDLE_SECONDS, FRAME_SECONDS = 60.0, 10.0
_BACKLOG = 1024
_SPARE_DESCRIPTORS = 56


@dataclass(frozen=True, slots=True)
class Place:
    """Where a store answers, and whom: the users (uids) ``allowed`` besides its own."""

    socket: Path
    allowed: frozenset[int] = frozenset()


class Store:
    """Answers questions about one store."""

    def __init__(self, terms: Terms, digests: Filter, key: bytes, bucket: Bucket) -> None:
        self.terms = terms
        self._digests = digests
        self._hardener = Hardener(key, terms.salt, terms.cost)
        self._bucket = bucket
        self._threads = ThreadPoolExecutor(len(os.sched_getaffinity(0)))

    async def answer(self, body: bytes) -> Reply:
        """Return the answer to a question, whatever it is; never raises."""
        try:
            asked = wire.read_question(body)
            if self.terms.expired(datetime.now(UTC)):
                return Reply(Status.EXPIRED)
            if wait := self._bucket.take(len(asked)):
                return Reply(Status.LATER, wait=wait)
            return Reply(Status.ANSWERED, self.terms.version, await self._look_up(asked))
        except Malformed:
            return Reply(Status.REFUSED)
        except Exception:  # what it says might repeat what was asked
            return Reply(Status.FAILED)

    def close(self) -> None:
        """Give up what is not answered yet."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _look_up(self, asked: Sequence[Identifier]) -> tuple[Known, ...]:
        loop = asyncio.get_running_loop()
        jobs = [loop.run_in_executor(self._threads, self._known, *each) for each in asked]
        return tuple(await asyncio.gather(*jobs))

    def _known(self, space: str, value: bytes) -> Known:
        made = self._hardener.everywhere(self._hardener.seal(space, value))
        certain, uncertain = (self._digests.has(made[:, column]).any() for column in (0, 1))
        return Known.CERTAIN if certain else Known.UNCERTAIN if uncertain else Known.NO


class Server:
    """Takes connections on a Unix socket, a bounded number of them, from whom it may."""

    def __init__(self, store: Store, allowed: Iterable[int]) -> None:
        self._store = store
        self._allowed = {os.getuid(), *allowed}
        self._connections = 0

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until it ends; one that is too slow is ended."""
        self._connections += 1
        try:
            await self._converse(reader, writer)
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            writer.transport.abort()  # whoever does not read must not hold what it did not read
        finally:
            self._connections -= 1
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if _peer(writer) not in self._allowed:
            return await _send(writer, Reply(Status.REFUSED))
        if self._connections > MOST_CONNECTIONS:
            return await _send(writer, Reply(Status.BUSY))
        while True:
            head = await asyncio.wait_for(reader.readexactly(wire.LENGTH.size), IDLE_SECONDS)
            (length,) = wire.LENGTH.unpack(head)
            if length > wire.LONGEST:
                return await _send(writer, Reply(Status.REFUSED))
            body = await asyncio.wait_for(reader.readexactly(length), FRAME_SECONDS)
            said = await self._store.answer(body)
            await _send(writer, said)
            if said.status is Status.REFUSED:
                return None


async def _send(writer: asyncio.StreamWriter, said: Reply) -> None:
    writer.write(wire.frame(wire.reply(said)))
    await asyncio.wait_for(writer.drain(), FRAME_SECONDS)


def _peer(writer: asyncio.StreamWriter) -> int:
    """Return the user at the other end."""
    there: socket.socket = writer.get_extra_info("socket")
    return struct.unpack("3i", there.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[1]


def serve(
    store: Path, key_file: Path, place: Place, on_ready: Callable[[Terms, Posture], None]
) -> None:
    """Answer at ``place`` until this process is told to end (SIGTERM, SIGINT).

    ``on_ready`` is called once the process is locked down. Raises `Damaged`, `NotInstalled`,
    `UsageError`, and `TidebreakError` for a store that is past its expiry.
    """
    refuse_dumps()
    key = file.load_key(key_file)
    terms, digests = file.unpack(file.read(store), key)
    if terms.expired(datetime.now(UTC)):
        raise TidebreakError("The store is past its expiry; get a new one from its issuer.")
    quota = place.socket.with_name(place.socket.name + ".quota")
    bucket = Bucket(terms.per_day, min(BURST, terms.per_day), quota)
    listening = _listen(place)
    asyncio.run(_run(Store(terms, digests, key, bucket), listening, place, on_ready))


async def _run(
    store: Store,
    listening: socket.socket,
    place: Place,
    on_ready: Callable[[Terms, Posture], None],
) -> None:
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _loop, _context: None)  # no log of what was asked
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    posture = lock_down(MOST_CONNECTIONS + _SPARE_DESCRIPTORS)
    server = await asyncio.start_unix_server(
        Server(store, place.allowed).handle, sock=listening, backlog=_BACKLOG,
        limit=wire.LONGEST,
    )  # fmt: skip
    on_ready(store.terms, posture)
    await ended.wait()
    server.close()
    store.close()


def _listen(place: Place) -> socket.socket:
    """Return a socket at ``place``; what a dead store left there is taken away."""
    path = place.socket
    before = os.umask(0o117 if place.allowed else 0o177)
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        _take_away(path)
        made.bind(str(path))
        made.listen(_BACKLOG)
    except OSError as error:
        made.close()
        raise UsageError(
            f"There can be no socket at {path} ({error.strerror or error}); name another place."
        ) from None
    except BaseException:
        made.close()
        raise
    finally:
        os.umask(before)
    return made


def _take_away(path: Path) -> None:
    if not path.exists():
        return
    if not stat.S_ISSOCK(path.stat().st_mode):
        raise UsageError(f"{path} is a file and no socket; name another place.")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
            return
    raise UsageError(f"A store answers at {path} already; end it, or name another place.")


__all__ = ["Place", "Server", "Store", "serve"]
