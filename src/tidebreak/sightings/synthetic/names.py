"""What the codes of a synthetic world are called: bytes that follow from the seed.

They name nothing: identifiers are hashes of counters, addresses are of the block 240.0.0.0/4, which
is reserved and reaches nobody (RFC 1112, section 4).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tidebreak.sightings.synthetic.world import NETWORKS, World
from tidebreak.signals import SIGNAL_TYPES, SignalType

TYPES: tuple[SignalType, ...] = tuple(
    SIGNAL_TYPES[name] for name in ("btih", "ed2k", "sha1", "tth")
)
"""What contents are called on networks 1 to 4."""

CLIENT_BYTES = (20, 16, 16, 24)
"""Bytes of a client id on networks 1 to 4: peer id, user hash, GUID, CID."""

_PEER = np.frombuffer(b"-TT0001-", np.uint8)
_RESERVED = 240 << 24
_CONTENT, _CLIENT, _LISTED, _SIZE, _CLASS = 1, 2, 3, 4, 5

Codes = NDArray[np.int64]
Bytes = NDArray[np.uint8]


def contents(world: World, network: int, codes: Codes) -> Bytes:
    """Return the identifiers, (n, length) uint8, of contents with these codes on ``network``."""
    return _bytes(world, _CONTENT, codes, TYPES[network - 1].length)


def clients(world: World, network: int, codes: Codes) -> Bytes:
    """Return the client ids, (n, length) uint8, of clients with these codes on ``network``."""
    found = _bytes(world, _CLIENT, codes, CLIENT_BYTES[network - 1])
    if network == 1:
        found[:, : _PEER.size] = _PEER
    return found


def addresses(codes: Codes) -> NDArray[np.uint32]:
    """Return IPv4 addresses as numbers."""
    return (_RESERVED + codes).astype(np.uint32)


def sizes(world: World, codes: Codes) -> Codes:
    """Return the sizes in bytes of the files with these content codes."""
    file = (codes - 1) // NETWORKS
    return 10_000 + (_mixed(world, _SIZE, file) % np.uint64(500_000_000)).astype(np.int64)


def classes(world: World, files: Codes) -> Codes:
    """Return the classes, 1 to 4, that a list's owner gives these files (by place)."""
    return 1 + (_mixed(world, _CLASS, files) % np.uint64(4)).astype(np.int64)


def listed(world: World, files: Codes) -> NDArray[np.bool_]:
    """Return by file (by place) and network whether a list has that identifier: nine of ten."""
    codes = files[:, None] * NETWORKS + np.arange(NETWORKS)
    known = _mixed(world, _LISTED, codes) % np.uint64(10) > 0
    known[np.arange(files.size), files % NETWORKS] = True
    return known


def _bytes(world: World, what: int, codes: Codes, length: int) -> Bytes:
    words = [_mixed(world, what, 4 * codes + lane, deep=True) for lane in range(-(-length // 8))]
    return np.ascontiguousarray(np.stack(words, axis=-1).view(np.uint8)[:, :length])


def _mixed(world: World, what: int, numbers: Codes, *, deep: bool = False) -> NDArray[np.uint64]:
    """Return 64 bits for each number (SplitMix64; twice where they are to be nobody's)."""
    key = np.uint64((world.shape.seed * 1_000_003 + what) % (1 << 62))
    value = numbers.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + key
    for _ in range(2 if deep else 1):
        value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        value = value ^ (value >> np.uint64(31))
    return value
