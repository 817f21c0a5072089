"""Points of the group, eight side by side: encoded elements in, products and sums out.

The fast way of `group`; libsodium is the other, and the tests' oracle. Scalars may
be secret: every one of them, whatever it is, has the same work done in the same places.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tidebreak.errors import UsageError
from tidebreak.seal.oprf.coding_kernels import ROOM, decode_all, encode_all
from tidebreak.seal.oprf.field import BITS, LIMBS, PRIME
from tidebreak.seal.oprf.field_kernels import LANES
from tidebreak.seal.oprf.point_kernels import WINDOWS, multiply_all, room_for
from tidebreak.seal.oprf.root_kernels import CONSTANTS, Longs

Rows = NDArray[np.uint8]

_SHIFTS = [sum(BITS[:i]) for i in range(LIMBS)]
_EIGHTS = np.uint64(0x8888888888888888)
_MOST_TOGETHER = 32
"""Points that share the doublings of a sum; the tables of more would not fit the cache."""


@dataclass(frozen=True, slots=True)
class Points:
    """Decoded points: uint64 (G, 4, LIMBS, LANES), of which ``count`` are meant."""

    lanes: Longs
    count: int

    def times(self, scalars: Rows) -> Rows:
        """Return scalar times point, encoded, (n, 32); ``scalars`` (n, 32) or (32,)."""
        digits, signs = _digits(np.broadcast_to(scalars, (self.count, 32)), len(self.lanes))
        sums = _empty(len(self.lanes), 4, LIMBS, LANES)
        several = self.lanes[:, None], digits[:, :, None], signs[:, :, None]
        multiply_all(*several, sums, _empty(room_for(1)), CONSTANTS)
        return _encoded(sums)[: self.count]

    def weighted(self, scalars: Rows) -> Rows:
        """Return some points, encoded, whose sum is that of all scalars (n, 32) times points."""
        groups = len(self.lanes)
        digits, signs = _digits(scalars, groups)
        together = min(groups, _MOST_TOGETHER)
        room = -groups % together
        lanes = np.concatenate([self.lanes, _identities(room)])
        shape = (-1, together, WINDOWS, LANES)
        grouped = [
            np.ascontiguousarray(np.pad(a, ((0, room), (0, 0), (0, 0))).reshape(shape)
                                 .transpose(0, 2, 1, 3))
            for a in (digits, signs)
        ]  # fmt: skip
        sums = _empty(len(lanes) // together, 4, LIMBS, LANES)
        several = lanes.reshape(-1, together, 4, LIMBS, LANES)
        multiply_all(several, *grouped, sums, _empty(room_for(together)), CONSTANTS)
        return _encoded(sums)


def decode(elements: Rows) -> Points:
    """Return the points that ``elements`` (n, 32) encode.

    Raises `UsageError` for one that is not canonical, is none, or is the identity.
    """
    count = len(elements)
    groups = -(-count // LANES)
    padded = np.zeros((groups * LANES, 32), np.uint8)
    padded[:count] = elements
    words = padded.view(np.uint64).reshape(-1, 4)
    values = _empty(groups, LIMBS, LANES)
    values[:] = _limbs(words).reshape(groups, LANES, LIMBS).transpose(0, 2, 1)
    points, valid = _empty(groups, 4, LIMBS, LANES), _empty(groups, 3, LANES)
    decode_all(values, points, valid, _empty(ROOM), CONSTANTS)
    sound = (valid[:, 0] != 0) & (valid[:, 1] == 0) & (valid[:, 2] == 0)
    sound = sound.reshape(-1) & _canonical(words) & words.any(axis=1)
    if not sound[:count].all():
        row = int(np.argmin(sound[:count]))
        raise UsageError(f"Element {row} is none of the group; send only such.")
    return Points(points, count)


def _canonical(words: Longs) -> NDArray[np.bool_]:
    """Return which numbers, (n, 4) uint64, are even and below the prime."""
    limit = np.frombuffer(PRIME.to_bytes(32, "little"), np.uint64)
    high = (words[:, 1:] == limit[1:]).all(axis=1)
    return (words[:, 3] <= limit[3]) & ~(high & (words[:, 0] >= limit[0])) & (words[:, 0] & 1 == 0)


def _limbs(words: Longs) -> Longs:
    """Return the limbs, (n, LIMBS), of numbers (n, 4)."""
    limbs = np.empty((len(words), LIMBS), np.uint64)
    for i, (shift, bits) in enumerate(zip(_SHIFTS, BITS, strict=True)):
        word, within = divmod(shift, 64)
        limb = words[:, word] >> np.uint64(within)
        if within + bits > 64:
            limb = limb | words[:, word + 1] << np.uint64(64 - within)
        limbs[:, i] = limb & np.uint64((1 << bits) - 1)
    return limbs


def _encoded(sums: Longs) -> Rows:
    """Return the encodings, (n, 32), of points (G, 4, LIMBS, LANES)."""
    values = _empty(len(sums), LIMBS, LANES)
    encode_all(sums, values, _empty(ROOM), CONSTANTS)
    limbs = values.transpose(0, 2, 1).reshape(-1, LIMBS)
    words = np.zeros((len(limbs), 4), np.uint64)
    for i, (shift, bits) in enumerate(zip(_SHIFTS, BITS, strict=True)):
        word, within = divmod(shift, 64)
        words[:, word] |= limbs[:, i] << np.uint64(within)
        if within + bits > 64:
            words[:, word + 1] |= limbs[:, i] >> np.uint64(64 - within)
    return words.view(np.uint8)


def _digits(scalars: Rows, groups: int) -> tuple[Longs, Longs]:
    """Return sizes (0 to 8) and signs (all ones: minus) of digits, (groups, WINDOWS, LANES).

    The digits of s from -8 to 7 are those of s + 88…8 in base 16, less 8 each.
    """
    words = np.zeros((groups * LANES, 4), np.uint64)
    words[: len(scalars)] = np.ascontiguousarray(scalars).view(np.uint64)
    carry = np.zeros(len(words), np.uint64)
    for i in range(4):
        raised = words[:, i] + _EIGHTS
        words[:, i] = raised + carry
        carry = ((raised < _EIGHTS) | (words[:, i] < raised)).astype(np.uint64)
    bytes_ = words.view(np.uint8)
    digits = np.empty((len(words), WINDOWS), np.int64)
    digits[:, ::2], digits[:, 1::2] = bytes_ & 15, bytes_ >> 4
    digits = digits.reshape(groups, LANES, WINDOWS).transpose(0, 2, 1) - 8
    return np.abs(digits, order="C").view(np.uint64), (digits >> 63).copy("C").view(np.uint64)


def _identities(count: int) -> Longs:
    lanes = np.zeros((count, 4, LIMBS, LANES), np.uint64)
    lanes[:, 1:3, 0] = 1
    return lanes


def _empty(*shape: int) -> Longs:
    """Return an array at an address where whole lanes can stand."""
    size = int(np.prod(shape))
    room = np.empty(size + 8, np.uint64)
    start = -room.ctypes.data // 8 % 8
    return room[start : start + size].reshape(shape)
