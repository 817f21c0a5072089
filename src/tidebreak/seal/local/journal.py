"""What an interrupted issue has done already, in blocks that only the installation can open.

A file of sealed blocks, each with its length (4 bytes) before it. The first holds what the issue
is made with, the others keyed digests (16 bytes) and what hardening made of them (16 bytes). A
block that was not written to its end is cut off and made again.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import struct
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Self

from tidebreak.errors import Busy, Damaged
from tidebreak.seal.local.file import KEY
from tidebreak.seal.local.hardening import SALT, Cost
from tidebreak.signals import SEAL_SIZE
from tidebreak.store.vault import Vault

_LENGTH = struct.Struct("<I")
_BEGUN = struct.Struct(f"<HB{KEY}s{SALT}s8s")
_PUBLISHED = b""
_MADE = struct.Struct(f"<{SEAL_SIZE}sQQ")


class Journal:
    """An open journal, which no other process has open; a context manager.

    ``key``, ``salt`` and ``issue`` are what the issue is made with, ``done`` keyed digests and
    what became of them.
    """

    def __init__(self, folder: Path, operator: str, vault: Vault, cost: Cost) -> None:
        """Open the journal of an issue to ``operator``, or begin one.

        One that was begun at another cost, or under another key of the installation, is begun
        anew. Raises `Busy`.
        """
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._path, self._operator, self._vault = folder / f"{operator}.journal", operator, vault
        self._file = _alone(self._path, operator)
        blocks = list(self._read())
        spent = _PUBLISHED in blocks
        if spent or not blocks or _BEGUN.unpack(blocks[0])[:2] != (cost.steps, cost.memory):
            drawn = map(secrets.token_bytes, (KEY, SALT, 8))
            blocks = [_BEGUN.pack(cost.steps, cost.memory, *drawn)]
            self._file.seek(0)
            self._file.truncate()
            self._number = 0
            self._append(blocks[0])
        _, _, self.key, self.salt, issue = _BEGUN.unpack(blocks[0])
        self.issue: str = issue.hex()
        self.done: dict[bytes, tuple[int, int]] = {
            seal: (one, two) for block in blocks[1:] for seal, one, two in _MADE.iter_unpack(block)
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def note(self, made: Mapping[bytes, tuple[int, int]]) -> None:
        """Keep what was made; it is on the disk when this returns."""
        self._append(b"".join(_MADE.pack(seal, *digests) for seal, digests in made.items()))

    @contextmanager
    def publishing(self) -> Generator[None]:
        """Inside, the store is written; then the journal is not needed any more.

        Whoever dies inside may have published the key, and no other store may be made with it:
        the next issue begins anew. After an error it goes on.
        """
        end = self._file.tell()
        self._append(_PUBLISHED)
        try:
            yield
        except BaseException:
            self._file.truncate(end)
            raise
        self._path.unlink()

    def _read(self) -> Iterator[bytes]:
        """Yield the blocks up to the first that is not whole, and go on writing there."""
        self._number, end = 0, 0
        while len(head := self._file.read(_LENGTH.size)) == _LENGTH.size:
            sealed = self._file.read(_LENGTH.unpack(head)[0])
            try:
                block = self._vault.open(self._place(), sealed)
            except Damaged:
                break
            self._number += 1
            end = self._file.tell()
            yield block
        self._file.seek(end)
        self._file.truncate()

    def _append(self, block: bytes) -> None:
        sealed = self._vault.seal(self._place(), block)
        self._file.write(_LENGTH.pack(len(sealed)) + sealed)
        self._file.flush()
        os.fsync(self._file.fileno())
        self._number += 1

    def _place(self) -> str:
        return f"seal-issue:{self._operator}:{self._number}"


def _alone(path: Path, operator: str) -> BinaryIO:
    file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), "r+b")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise Busy(f"Another process issues a store to {operator}; let it finish.") from None
    return file
