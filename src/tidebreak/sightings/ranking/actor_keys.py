"""What actors are called: short texts that say nothing, and the same in every run.

A key is made of the keyed digest of a client id or an address, so that only this installation can
tell whose it is, and only by its own sightings.
"""

from __future__ import annotations

import base64

import numpy as np
from numpy.typing import NDArray

from tidebreak.errors import UsageError
from tidebreak.hashing.arrays import Bytes
from tidebreak.hashing.seals import Sealer
from tidebreak.sightings.kept_logs.store import Sightings
from tidebreak.sightings.ranking.pair_kernels import Words
from tidebreak.sightings.ranking.pairs import addresses_of
from tidebreak.sightings.records import Hypothesis

_SPACE = "sight-actor"
_PREFIX = {Hypothesis.CLIENT: "c:", Hypothesis.ENDPOINT: "e:"}
_CHARACTERS = 12
"""60 bits: two of a million actors have one key with a chance of one in two million."""


def hypothesis_of(key: str) -> Hypothesis:
    """Return under which hypothesis ``key`` names an actor; raises `UsageError`."""
    for hypothesis, prefix in _PREFIX.items():
        if key.startswith(prefix) and len(key) == len(prefix) + _CHARACTERS:
            return hypothesis
    raise UsageError("An actor's key looks like c:abcdefghijkl or e:…; take one from a ranking.")


def keys_of(sightings: Sightings, hypothesis: Hypothesis, actors: Words) -> tuple[str, ...]:
    """Return the keys of ``actors`` (n,): client codes, or endpoint keys of `pairs`."""
    if not len(actors):
        return ()
    found = _digests(sightings, hypothesis, actors)
    return tuple(_PREFIX[hypothesis] + _text(row.tobytes()) for row in found)


def _digests(sightings: Sightings, hypothesis: Hypothesis, actors: Words) -> Bytes:
    if hypothesis is Hypothesis.CLIENT:
        values = sightings.client_names.digests[actors.astype(np.int64) - 1]
        return _sealed(sightings.sealer, values)
    values = np.empty((len(actors), 20), np.uint8)
    values[:, :16] = sightings.address_names.digests[addresses_of(actors).astype(np.int64) - 1]
    values[:, 16:18] = _bytes(actors >> np.uint64(48))
    values[:, 18:] = _bytes(actors)
    return _sealed(sightings.sealer, values)


def _sealed(sealer: Sealer, values: Bytes) -> Bytes:
    return sealer.digest_many(_SPACE, np.ascontiguousarray(values))


def _bytes(words: Words) -> NDArray[np.uint8]:
    return words.astype("<u2").view(np.uint8).reshape(-1, 2)


def _text(digest: bytes) -> str:
    return base64.b32encode(digest[:8]).decode()[:_CHARACTERS].lower()
