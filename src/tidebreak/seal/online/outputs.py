"""Values of the function that were computed already, by the seal of what they belong to.

A file of records of 40 bytes: seal (16), value (16), check (8). The check is a keyed digest of
the rest: a record that was torn, lost a bit or belongs to another key does not pass and is
computed anew. New records go to the end, so that a build that is killed goes on from there.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tidebreak.errors import TidebreakError
from tidebreak.hashing.seals import Sealer
from tidebreak.index import ExactIndex
from tidebreak.seal.inputs import Digests
from tidebreak.signals import SEAL_SIZE

_CHECK = 8
_RECORD = 2 * SEAL_SIZE + _CHECK
_SPACE = "seal-output"


class Outputs:
    """The file, as it was read or written last."""

    def __init__(self, path: Path, key: bytes) -> None:
        """``key`` (32 bytes) is of the checks."""
        self._path, self._sealer = path, Sealer(key)
        self._records = self._read()
        self._index = self._indexed()

    def find(self, seals: Digests) -> tuple[Digests, NDArray[np.bool_]]:
        """Return the values (n, 16) of ``seals`` (n, 16), and which of them are there (n,)."""
        values, there = np.zeros_like(seals), np.zeros(len(seals), np.bool_)
        queries, rows = self._index.find(seals)
        values[queries] = self._records[rows, SEAL_SIZE : 2 * SEAL_SIZE]
        there[queries] = True
        return values, there

    def add(self, seals: Digests, values: Digests) -> None:
        """Append the ``values`` of ``seals`` and wait until they are on the disk.

        `find` sees them after `reload`. Raises `TidebreakError` where they cannot be written.
        """
        both = np.concatenate([seals, values], axis=1)
        records = np.concatenate([both, self._checks(both)], axis=1)
        try:
            with self._path.open("ab") as file:
                if torn := file.tell() % _RECORD:
                    file.truncate(file.tell() - torn)
                file.write(records.tobytes())
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise TidebreakError(
                f"{self._path} cannot be written ({error.strerror}); make room there or correct"
                " its permissions, and start again: what is done is kept."
            ) from None

    def reload(self) -> None:
        """Read the file again."""
        self._records = self._read()
        self._index = self._indexed()

    def _read(self) -> NDArray[np.uint8]:
        try:
            data = self._path.read_bytes()
        except FileNotFoundError:
            data = b""
        whole = len(data) // _RECORD
        records = np.frombuffer(data, np.uint8, whole * _RECORD).reshape(whole, _RECORD)
        if not whole:
            return records
        sound = (self._checks(records[:, :-_CHECK]) == records[:, -_CHECK:]).all(axis=1)
        return records[sound]

    def _indexed(self) -> ExactIndex:
        seals = np.ascontiguousarray(self._records[:, :SEAL_SIZE])
        return ExactIndex.build(seals, np.arange(len(seals), dtype=np.uint32))

    def _checks(self, both: NDArray[np.uint8]) -> NDArray[np.uint8]:
        return self._sealer.digest_many(_SPACE, np.ascontiguousarray(both))[:, :_CHECK]
