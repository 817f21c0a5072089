"""Seals: keyed digests that stand in for exact signals at rest.

A seal is BLAKE2b (RFC 7693) of the value in 16 bytes, under the installation's key, with the
signal's space as personalisation: equal values of different spaces have unrelated seals, and
without the key neither a value nor its space can be read off or tried out.
"""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

from tidebreak.errors import UsageError
from tidebreak.hashing.arrays import Bytes
from tidebreak.signals import SEAL_SIZE, SignalType, TextForm

_LONGEST = 40
"""Bytes of the longest value: digests are shorter, and the kernel takes no more."""

_FEW = 16
"""Values up to which the standard library is done before the kernel would be loaded."""

_V1_CID, _V0_CID = 36, 34


class Sealer:
    """Seals exact signals under one key of 16 to 64 bytes."""

    def __init__(self, key: bytes) -> None:
        if not 16 <= len(key) <= 64:
            raise UsageError("The key for sealing must have 16 to 64 bytes.")
        self._key = key
        self._states: dict[str, NDArray[np.uint64]] = {}

    def seal(self, type: SignalType, value: bytes) -> bytes:
        """Return the seal, 16 bytes, of one value."""
        return self._digest(type.space, type.comparable(value))

    def seal_many(self, type: SignalType, values: Bytes) -> Bytes:
        """Return the seals, (N, 16) uint8, of (N, L) uint8 values.

        CIDs come as 34 bytes (version 0, or the bare multihash) or 36 (version 1); other values
        have 1 to 40 bytes. Raises `UsageError` for any other length.
        """
        if type.form is TextForm.CID and values.shape[1] == _V1_CID:
            values = values[:, _V1_CID - _V0_CID :]
        return self.digest_many(type.space, values)

    def digest_many(self, space: str, values: Bytes) -> Bytes:
        """Return digests, (N, 16) uint8, of (N, L) uint8 values of any kind.

        ``space`` has at most 13 bytes; digests of different spaces are unrelated. Raises
        `UsageError` unless L is from 1 to 40.
        """
        if not 1 <= values.shape[1] <= _LONGEST:
            raise UsageError(f"{space}: only values of 1 to {_LONGEST} bytes have seals.")
        return self._few(space, values) if len(values) <= _FEW else self._many(space, values)

    def _few(self, space: str, values: Bytes) -> Bytes:
        seals = b"".join(self._digest(space, row.tobytes()) for row in values)
        return np.frombuffer(bytearray(seals), np.uint8).reshape(-1, SEAL_SIZE)

    def _many(self, space: str, values: Bytes) -> Bytes:
        from tidebreak.hashing.blake2b import hash_many, keyed_state

        if space not in self._states:
            self._states[space] = keyed_state(self._key, SEAL_SIZE, _person(space))
        return hash_many(self._states[space], values)

    def _digest(self, space: str, value: bytes) -> bytes:
        return hashlib.blake2b(
            value, digest_size=SEAL_SIZE, key=self._key, person=_person(space)
        ).digest()

    def __repr__(self) -> str:
        return "Sealer(key=hidden)"


def _person(space: str) -> bytes:
    return b"tb:" + space.encode()


__all__ = ["SEAL_SIZE", "Sealer"]
