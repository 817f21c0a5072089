"""The set that one operator is given: what may be known, under a key of its own, with canaries.

Each digest of it is keyed BLAKE2b of a value of the function, under the operator's key: two
operators' sets have nothing in common, and none of it can be tried without asking the server.
"""

from __future__ import annotations

from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from tidebreak.errors import Damaged
from tidebreak.hashing.seals import Sealer
from tidebreak.seal import filter as sets
from tidebreak.seal.canaries import canary_keys
from tidebreak.seal.inputs import Digests
from tidebreak.seal.online.keys import SealKeys
from tidebreak.seal.online.known import Known
from tidebreak.seal.online.wire import SET_KEY

_SPACE = "seal-set"
_REMAINDER = 16
"""One of 65,536 that are not known seems to be, and is asked for again by its value."""


class OperatorSet:
    """The set at its operator: it says what is certainly not known."""

    def __init__(self, key: bytes, filter: sets.Filter) -> None:
        self._sealer, self._filter = Sealer(key), filter

    @classmethod
    def from_bytes(cls, data: bytes) -> OperatorSet:
        """Return the set that `issue` wrote; raise `Damaged` for anything else."""
        if len(data) < SET_KEY:
            raise Damaged("This is no intact sealed set (it ends too early); get it anew.")
        return cls(data[:SET_KEY], sets.Filter.from_bytes(data[SET_KEY:]))

    def may_have(self, values: Digests) -> NDArray[np.bool_]:
        """Return which of ``values`` (n, 16) may be known; False is certain."""
        return self._filter.has(_keys(self._sealer, values))

    def __len__(self) -> int:
        """The number of digests inside, canaries too."""
        return len(self._filter)


def issue(known: Known, keys: SealKeys, operator: str) -> bytes:
    """Return the set of ``operator`` (its id): its key, 32 bytes, and the set."""
    key = blake2b(operator.encode(), digest_size=SET_KEY, key=keys.sets, person=b"tb:set").digest()
    inside = np.concatenate(
        [_keys(Sealer(key), known.values), canary_keys(keys.canaries, operator)]
    )
    return key + sets.build(inside, _REMAINDER).to_bytes()


def _keys(sealer: Sealer, values: Digests) -> NDArray[np.uint64]:
    digests = sealer.digest_many(_SPACE, np.ascontiguousarray(values))
    return np.ascontiguousarray(digests[:, :8]).view(np.uint64).ravel()
