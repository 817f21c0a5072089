"""Asking a local store through its socket.

::

    store = LocalStore(Path("/run/tidebreak/store.sock"))
    [answer] = store.ask([[Signal.parse("btih", text)]])
"""

from __future__ import annotations

import os
import socket
import struct
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path

from tidebreak.asking import Answer, answer_of
from tidebreak.errors import CannotAsk
from tidebreak.model import Signal
from tidebreak.seal.local import wire
from tidebreak.seal.local.wire import Identifier, Known, Malformed, Reply, Status
from tidebreak.signals import SignalKind

_WHY = {
    Status.REFUSED: "refused the question; ask as a user that it was told to allow",
    Status.LATER: "has answered as much as it may for now; ask less, or later",
    Status.EXPIRED: "is past its expiry; get a new store from its issuer",
    Status.BUSY: "has too many others to answer; try again",
    Status.FAILED: "failed; start its process again",
}
_LONGEST_NAP = 0.25


class LocalStore:
    """A store that answers at a socket: `tidebreak.asking.Asker`."""

    def __init__(
        self, path: Path, *, patience: float = 30.0, owners: Sequence[int] | None = None
    ) -> None:
        """``patience``: seconds to wait for one answer. ``owners``: users whose process may answer.

        By default those are this process's user and root: whoever else made a socket at
        ``path`` would say no to everything.
        """
        self._path, self._patience = path, patience
        self._owners = {os.getuid(), 0} if owners is None else set(owners)

    def ask(self, items: Sequence[Sequence[Signal]]) -> list[Answer]:
        """Return whether any of each item's exact signals is in the store.

        It is certain when the store says so of one of them, or knows two of different families.
        Raises `CannotAsk`, also for an item that has no exact signal.
        """
        exact = [[s for s in item if s.type.kind is SignalKind.EXACT] for item in items]
        if not all(exact):
            raise CannotAsk("There is nothing exact to ask for; a sealed store knows nothing else.")
        unique = list(dict.fromkeys(_identifier(signal) for item in exact for signal in item))
        known: dict[Identifier, Known] = {}
        versions: set[str] = set()
        for part in _parts(unique):
            said = self._patiently(part)
            known.update(zip(part, said.known, strict=True))
            versions.add(said.version)
        if len(versions) > 1:
            raise CannotAsk("The store was exchanged while it was asked; ask again.")
        return [_answer([(s, known[_identifier(s)]) for s in item], *versions) for item in exact]

    def version(self) -> str:
        """Return the store's version; raises `CannotAsk`."""
        return self._patiently([]).version

    def _patiently(self, part: list[Identifier]) -> Reply:
        deadline = time.monotonic() + self._patience
        while True:
            said = self._once(part, deadline)
            wait = _LONGEST_NAP if said.status is Status.BUSY else said.wait
            if said.status is Status.ANSWERED and len(said.known) == len(part):
                return said
            retried = said.status in (Status.BUSY, Status.LATER)
            if not retried or time.monotonic() + wait > deadline:
                raise CannotAsk(f"The store {_WHY.get(said.status, 'gave no full answer')}.")
            time.sleep(wait)

    def _once(self, part: list[Identifier], deadline: float) -> Reply:
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
                line.settimeout(max(deadline - time.monotonic(), 0.001))
                line.connect(str(self._path))
                self._check_owner(line)
                with suppress(BrokenPipeError):  # a busy store says so and hangs up unasked
                    line.sendall(wire.frame(wire.question(part)))
                return wire.read_reply(_receive(line, deadline))
        except (OSError, EOFError, Malformed) as error:
            why = getattr(error, "strerror", None) or type(error).__name__
            raise CannotAsk(
                f"The store at {self._path} does not answer ({why}); see that it runs."
            ) from None

    def _check_owner(self, line: socket.socket) -> None:
        peer = struct.unpack("3i", line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
        if peer[1] not in self._owners:
            raise CannotAsk(
                f"Whoever answers at {self._path} is user {peer[1]}, whom nobody named; name the"
                " store's user."
            )


def _identifier(signal: Signal) -> Identifier:
    return signal.type.space, signal.type.comparable(signal.value)


def _answer(said: Sequence[tuple[Signal, Known]], version: str) -> Answer:
    found = [(s.type.family, known is Known.CERTAIN) for s, known in said if known is not Known.NO]
    return answer_of(found, version)


def _parts(identifiers: Sequence[Identifier]) -> Iterator[list[Identifier]]:
    rest = iter(identifiers)
    while part := list(islice(rest, wire.MOST)):
        yield part


def _receive(line: socket.socket, deadline: float) -> bytes:
    (length,) = wire.LENGTH.unpack(_exactly(line, wire.LENGTH.size, deadline))
    if length > wire.LONGEST:
        raise Malformed
    return _exactly(line, length, deadline)


def _exactly(line: socket.socket, size: int, deadline: float) -> bytes:
    received = b""
    while len(received) < size:
        line.settimeout(max(deadline - time.monotonic(), 0.001))
        part = line.recv(size - len(received))
        if not part:
            raise EOFError
        received += part
    return received
