"""SHA-1 and SHA-256 (FIPS 180-4) of many messages at once.

A single long message is best left to hashlib, which uses a machine's own SHA instructions. Many
independent ones (tree leaves, chunks, small files) are faster in lanes where vectors are wide.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import count, islice
from math import isqrt
from typing import Any

import numpy as np

from tidebreak.hashing.arrays import Bytes, Ints, Words, readonly
from tidebreak.hashing.batch import Batch, gather, scatter
from tidebreak.hashing.lanes import LANES, Compression, lane_cost, lane_signature
from tidebreak.hashing.words import Steps, W, intrinsic, rotl
from tidebreak.kernels import kernel, warmable

sha1 = partial(hashlib.sha1, usedforsecurity=False)
sha256 = partial(hashlib.sha256, usedforsecurity=False)

_SHA1_CONSTANTS = (0x5A827999, 0x6ED9EBA1, 0x8F1BBCDC, 0xCA62C1D6)


def sha1_steps(state: Sequence[W], block: Sequence[W]) -> Steps[W]:
    """The compression function of SHA-1 (FIPS 180-4, 6.1.2), on any kind of words."""
    a, b, c, d, e = state
    w = list(block)
    for t in range(80):
        if t >= 16:
            w[t % 16] = rotl(w[(t - 3) % 16] ^ w[(t - 8) % 16] ^ w[(t - 14) % 16] ^ w[t % 16], 1)
        choice = (d ^ (b & (c ^ d)), b ^ c ^ d, (b & c) | (b & d) | (c & d), b ^ c ^ d)[t // 20]
        following = rotl(a, 5) + choice + (e + (w[t % 16] + _SHA1_CONSTANTS[t // 20]))
        a, b, c, d, e = following, a, rotl(b, 30), c, d
        yield
    return tuple(x + y for x, y in zip(state, (a, b, c, d, e), strict=True))


def _primes() -> Iterator[int]:
    return (n for n in count(2) if all(n % divisor for divisor in range(2, isqrt(n) + 1)))


def _cube_root(n: int) -> int:
    low, high = 0, 1 << (n.bit_length() // 3 + 1)
    while low < high - 1:
        middle = (low + high) // 2
        low, high = (middle, high) if middle**3 <= n else (low, middle)
    return low


_MASK = 0xFFFFFFFF
# The first 32 bits of the fractional parts of the roots of the first primes.
_SHA256_CONSTANTS = tuple(_cube_root(prime << 96) & _MASK for prime in islice(_primes(), 64))
_SHA256_INITIAL = tuple(isqrt(prime << 64) & _MASK for prime in islice(_primes(), 8))


def sha256_steps(state: Sequence[W], block: Sequence[W]) -> Steps[W]:
    """The compression function of SHA-256 (FIPS 180-4, 6.2.2), on any kind of words."""
    a, b, c, d, e, f, g, h = state
    w = list(block)
    for t in range(64):
        if t >= 16:
            old, new = w[(t - 15) % 16], w[(t - 2) % 16]
            w[t % 16] = (
                w[t % 16]
                + (rotl(old, 25) ^ rotl(old, 14) ^ (old >> 3))
                + w[(t - 7) % 16]
                + (rotl(new, 15) ^ rotl(new, 13) ^ (new >> 10))
            )
        first = h + (w[t % 16] + _SHA256_CONSTANTS[t]) + (g ^ (e & (f ^ g)))
        first = first + (rotl(e, 26) ^ rotl(e, 21) ^ rotl(e, 7))
        second = (rotl(a, 30) ^ rotl(a, 19) ^ rotl(a, 10)) + ((a & b) ^ (a & c) ^ (b & c))
        a, b, c, d, e, f, g, h = first + second, a, b, c, d + first, e, f, g
        yield
    return tuple(x + y for x, y in zip(state, (a, b, c, d, e, f, g, h), strict=True))


SHA1 = Compression(
    sha1_steps, (0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0), big_endian=True
)
SHA256 = Compression(sha256_steps, _SHA256_INITIAL, big_endian=True)


@intrinsic
def _sha1(_context: Any, state: Any, data: Any, offsets: Any, count: Any) -> Any:
    return lane_signature(SHA1)


@intrinsic
def _sha256(_context: Any, state: Any, data: Any, offsets: Any, count: Any) -> Any:
    return lane_signature(SHA256)


@kernel
def _sha1_lanes(data: Bytes, offsets: Ints, messages: Ints, blocks: Ints, states: Words) -> None:
    lanes = np.empty((5, LANES), np.uint32)
    for row in range(blocks.size):
        gather(states, messages[row], lanes)
        _sha1(lanes.ctypes.data, data.ctypes.data, offsets[row].ctypes.data, blocks[row])
        scatter(lanes, messages[row], states)


@kernel
def _sha256_lanes(data: Bytes, offsets: Ints, messages: Ints, blocks: Ints, states: Words) -> None:
    lanes = np.empty((8, LANES), np.uint32)
    for row in range(blocks.size):
        gather(states, messages[row], lanes)
        _sha256(lanes.ctypes.data, data.ctypes.data, offsets[row].ctypes.data, blocks[row])
        scatter(lanes, messages[row], states)


def sha1_many(batch: Batch) -> Bytes:
    """Return the SHA-1 of every message, (N, 20) uint8; N ≥ 1."""
    return batch.digests(
        lane_cost("sha1"),
        lambda few: few.each(lambda message: sha1(message.data).digest()),
        lambda many: many.in_lanes(SHA1, _sha1_lanes),
    )


def sha256_many(batch: Batch) -> Bytes:
    """Return the SHA-256 of every message, (N, 32) uint8; N ≥ 1."""
    return batch.digests(
        lane_cost("sha256"),
        lambda few: few.each(lambda message: sha256(message.data).digest()),
        lambda many: many.in_lanes(SHA256, _sha256_lanes),
    )


def sha256_rows(data: Bytes, *lengths: int) -> list[Bytes]:
    """Return, for each of ``lengths``, the SHA-256 of every piece of that length of ``data``.

    All are hashed together, so that few long pieces and many short ones fill the lanes.
    """
    cuts = [Batch.rows(data, length) for length in lengths]
    digests = sha256_many(Batch.concat(cuts))
    ends = np.cumsum([len(cut) for cut in cuts])
    return [digests[end - len(cut) : end] for cut, end in zip(cuts, ends, strict=True)]


def warm() -> None:
    """Compile the kernels of this module."""
    batch = Batch.rows(readonly(bytes(LANES)), 1)
    batch.in_lanes(SHA1, _sha1_lanes)
    batch.in_lanes(SHA256, _sha256_lanes)


warmable(__name__)
