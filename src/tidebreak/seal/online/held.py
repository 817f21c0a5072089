"""The set that a client holds: got from the server, kept fresh, and on the disk if wanted."""

from __future__ import annotations

import re
import time
from pathlib import Path

import numpy as np
from blake3 import blake3
from numpy.typing import NDArray

from tidebreak.errors import CannotAsk, Damaged, UsageError
from tidebreak.files import replace_whole
from tidebreak.seal.inputs import Digests
from tidebreak.seal.online import wire
from tidebreak.seal.online.connection import Connection
from tidebreak.seal.online.issued import OperatorSet

_VERSION = re.compile(rb"[0-9a-f]{16}\n")
_SUM = 32


class HeldSet:
    """An operator's set, and the version of the lists that it was made from."""

    def __init__(self, connection: Connection, cache: Path | None, fresh: float) -> None:
        """``cache`` is a file or None; after ``fresh`` seconds the server is asked for news."""
        self._connection, self._cache, self._fresh = connection, cache, fresh
        self._set: OperatorSet | None = None
        self._checked = 0.0
        self.version = ""

    def refresh(self) -> None:
        """Take over the newest set where this one may be older; raises `CannotAsk`."""
        if self._set is None and self._cache is not None:
            self._load(self._cache)
        if self._set is not None and 0 < time.monotonic() - self._checked < self._fresh:
            return
        reply = self._connection.send("GET", wire.SET, version=self.version)
        if reply.status == 200:
            self._take(reply.version, reply.body)
        elif reply.version != self.version:
            raise CannotAsk("The sealed server contradicts itself; ask who runs it.")
        self._checked = time.monotonic()

    def outdated(self) -> None:
        """Note that the server has a newer one."""
        self._checked = 0.0

    def may_have(self, values: Digests) -> NDArray[np.bool_]:
        """Return which of ``values`` (n, 16) may be known; False is certain."""
        assert self._set is not None
        return self._set.may_have(values)

    def _take(self, version: str, body: bytes) -> None:
        try:
            self._set = OperatorSet.from_bytes(body)
        except Damaged as error:
            raise CannotAsk(str(error)) from None
        self.version = version
        if self._cache is not None:
            head = version.encode() + b"\n"
            # The set's own checksum leaves out its key, and with another key nothing is inside.
            _save(self._cache, head + blake3(head + body).digest() + body)

    def _load(self, cache: Path) -> None:
        """Take what is in the cache; what is damaged there is got anew."""
        try:
            content = cache.read_bytes()
            if not (head := _VERSION.match(content)):
                return
            body = content[head.end() + _SUM :]
            if content[head.end() :][:_SUM] == blake3(head.group() + body).digest():
                self._set = OperatorSet.from_bytes(body)
                self.version = head.group().decode().strip()
        except (OSError, Damaged):
            return


def _save(place: Path, content: bytes) -> None:
    try:
        replace_whole(place, content)
    except OSError as error:
        raise UsageError(
            f"The set cannot be kept at {place} ({error.strerror}); name another file."
        ) from None
