"""Client ids and addresses as they were given, encrypted in blocks: read only on purpose.

A file is a run of sealed blocks, each of `PER_BLOCK` values (the last of fewer): their number and
their lengths as little-endian uint16, then the values. Where each block begins is kept beside
the digests (`tidebreak.sightings.kept_logs.parts`).
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tidebreak.errors import Damaged
from tidebreak.hashing.arrays import Ints, readonly
from tidebreak.sightings.texts import Texts, joined
from tidebreak.store.vault import Vault

PER_BLOCK = 4096
LONGEST = 1024
"""Bytes of the longest value; one that is longer is no client id."""


class ValueWriter:
    """Writes the values of one source; ``place`` is unique in the store (``clients:000001``)."""

    def __init__(self, path: Path, vault: Vault, place: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._file = path.open("wb")
        self._vault, self._place = vault, place
        self._waiting: list[Texts] = []
        self._count = 0
        self._begins = [0]

    def add(self, values: Texts) -> None:
        """Append copies of ``values``, each of at most `LONGEST` bytes."""
        # They may be a few among the millions of bytes of a log: nothing of that is held on to.
        self._waiting.append(Texts.lined_up(readonly(values.packed().copy()), values.lengths))
        self._count += len(values)
        if self._count >= PER_BLOCK:
            self._write(self._count - self._count % PER_BLOCK)

    def finish(self) -> NDArray[np.uint64]:
        """Write what is left and make it last; return where blocks begin and the last one ends."""
        self._write(self._count)
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        return np.array(self._begins, np.uint64)

    def close(self) -> None:
        """Close the file as it is."""
        self._file.close()

    def _write(self, count: int) -> None:
        if not count:
            return
        values = joined(self._waiting)
        for first in range(0, count, PER_BLOCK):
            block = values.take(np.arange(first, min(first + PER_BLOCK, count)))
            head = np.concatenate([[len(block)], block.lengths]).astype("<u2")
            content = head.tobytes() + block.packed().tobytes()
            sealed = self._vault.seal(f"{self._place}:{len(self._begins) - 1}", content)
            self._file.write(sealed)
            self._begins.append(self._begins[-1] + len(sealed))
        self._waiting = [values.take(np.arange(count, len(values)))]
        self._count -= count


def read_values(
    path: Path, vault: Vault, place: str, begins: NDArray[np.uint64], rows: Ints
) -> Texts:
    """Return the values at ``rows`` of one source; raises `Damaged`.

    Only the blocks that hold them are opened.
    """
    blocks, inside = np.divmod(rows, PER_BLOCK)
    found: list[Texts] = []
    order = np.argsort(blocks, kind="stable")
    with path.open("rb") as file:
        for number in np.unique(blocks).tolist():
            file.seek(int(begins[number]))
            sealed = file.read(int(begins[number + 1] - begins[number]))
            block = _values(vault.open(f"{place}:{number}", sealed))
            wanted = inside[blocks == number]
            if wanted.size and wanted.max() >= len(block):
                raise Damaged(f"{path} holds fewer values than it should; restore the store.")
            found.append(block.take(wanted))
    back = np.empty(len(rows), np.int64)
    back[order] = np.arange(len(rows))
    return joined(found).take(back)


def _values(content: bytes) -> Texts:
    """Return the values of an opened block."""
    count = int.from_bytes(content[:2], "little")
    lengths = np.frombuffer(content, "<u2", count, 2).astype(np.int64)
    return Texts.lined_up(readonly(content[2 * count + 2 :]), lengths)
