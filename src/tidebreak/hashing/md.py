"""MD4 (RFC 1320) and MD5 (RFC 1321): many messages in lanes, or one of each side by side.

Both are chains of dependent steps that leave most of a processor idle. Where one file needs its
MD5 and the MD4 of its ed2k parts, the two chains run interleaved over the same block: the second
costs next to nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import partial
from math import sin
from typing import Any

import numpy as np
from numba.core import cgutils, types

from tidebreak.hashing.arrays import Bytes, Ints, Words, readonly
from tidebreak.hashing.batch import Batch, gather, scatter
from tidebreak.hashing.lanes import BLOCK, LANES, Compression, lane_cost, lane_signature
from tidebreak.hashing.words import (
    Registers,
    Steps,
    W,
    constant,
    intrinsic,
    load,
    rotl,
    run,
    store,
    vector,
)
from tidebreak.kernels import kernel, warmable

md5 = partial(hashlib.md5, usedforsecurity=False)

_INITIAL = (0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476)
_MD4_CONSTANTS = (0x5A827999, 0x6ED9EBA1)
_MD4_ROTATIONS = ((3, 7, 11, 19), (3, 5, 9, 13), (3, 9, 11, 15))
_MD4_ORDER = (
    tuple(range(16)),
    (0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15),
    (0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15),
)
_MD5_CONSTANTS = tuple(int(abs(sin(step + 1)) * 2**32) for step in range(64))
_MD5_ROTATIONS = ((7, 12, 17, 22), (5, 9, 14, 20), (4, 11, 16, 23), (6, 10, 15, 21))


def md4_steps(
    state: Sequence[W], block: Sequence[W], constants: Sequence[Any] = _MD4_CONSTANTS
) -> Steps[W]:
    """The compression function of MD4 (RFC 1320, 3.4), on any kind of words."""
    a, b, c, d = state
    for step in range(48):
        group, place = divmod(step, 16)
        added = a + block[_MD4_ORDER[group][place]]
        added = added + constants[group - 1] if group else added
        mixed = _mix_md4(group, added, b, c, d)
        a, b, c, d = d, rotl(mixed, _MD4_ROTATIONS[group][place % 4]), b, c
        yield
    return tuple(x + y for x, y in zip(state, (a, b, c, d), strict=True))


def _mix_md4(group: int, added: W, b: W, c: W, d: W) -> W:
    """Add the round's function of b, c and d, whose newest, b, comes in last."""
    if group == 0:
        return added + (d ^ (b & (c ^ d)))
    if group == 1:
        return added + (c & d) + (b & (c ^ d))
    return added + (b ^ (c ^ d))


def md5_steps(
    state: Sequence[W], block: Sequence[W], constants: Sequence[Any] = _MD5_CONSTANTS
) -> Steps[W]:
    """The compression function of MD5 (RFC 1321, 3.4), on any kind of words."""
    a, b, c, d = state
    for step in range(64):
        group = step // 16
        place = (step, 5 * step + 1, 3 * step + 5, 7 * step)[group] % 16
        mixed = _mix_md5(group, (block[place] + constants[step]) + a, b, c, d)
        a, b, c, d = d, b + rotl(mixed, _MD5_ROTATIONS[group][step % 4]), b, c
        yield
    return tuple(x + y for x, y in zip(state, (a, b, c, d), strict=True))


def _mix_md5(group: int, added: W, b: W, c: W, d: W) -> W:
    """Add the round's function of b, c and d, whose newest, b, comes in last."""
    if group == 0:
        return added + (d ^ (b & (c ^ d)))
    if group == 1:
        return added + (c & ~d) + (b & d)
    if group == 2:
        return added + (b ^ (c ^ d))
    return added + (c ^ (b | ~d))


MD4 = Compression(md4_steps, _INITIAL, big_endian=False)
MD5 = Compression(md5_steps, _INITIAL, big_endian=False)
_CONSTANTS = np.array(_MD5_CONSTANTS + _MD4_CONSTANTS, np.uint32)


@intrinsic
def _md4(_context: Any, state: Any, data: Any, offsets: Any, count: Any) -> Any:
    return lane_signature(MD4)


@intrinsic
def _md5(_context: Any, state: Any, data: Any, offsets: Any, count: Any) -> Any:
    return lane_signature(MD5)


@intrinsic
def _side_by_side(_context: Any, states: Any, data: Any, count: Any, constants: Any) -> Any:
    """Hash ``count`` blocks into the states of MD5 and MD4, eight uint32."""

    def generate(context: Any, builder: Any, _signature: Any, arguments: Sequence[Any]) -> Any:
        states, data, count, constants = arguments
        word = vector(32, 1)
        registers = Registers(builder, [load(builder, states, word, 4 * i) for i in range(8)])
        # Constants known to the compiler would be added last, on the path that all waits for.
        added = [load(builder, constants, word, 4 * i) for i in range(_CONSTANTS.size)]
        with cgutils.for_range(builder, count) as loop:
            at = builder.add(data, builder.mul(loop.index, constant(loop.index.type, BLOCK)))
            block = [load(builder, at, word, 4 * i) for i in range(16)]
            state = registers.get()
            first = md5_steps(state[:4], block, added[:64])
            second = md4_steps(state[4:], block, added[64:])
            registers.set([value for result in run(first, second) for value in result])
        for i, value in enumerate(registers.get()):
            store(builder, states, value, 4 * i)
        return context.get_dummy_value()

    return types.void(types.uintp, types.uintp, types.int64, types.uintp), generate


@kernel
def _md4_lanes(data: Bytes, offsets: Ints, messages: Ints, blocks: Ints, states: Words) -> None:
    lanes = np.empty((4, LANES), np.uint32)
    for row in range(blocks.size):
        gather(states, messages[row], lanes)
        _md4(lanes.ctypes.data, data.ctypes.data, offsets[row].ctypes.data, blocks[row])
        scatter(lanes, messages[row], states)


@kernel
def _md5_lanes(data: Bytes, offsets: Ints, messages: Ints, blocks: Ints, states: Words) -> None:
    lanes = np.empty((4, LANES), np.uint32)
    for row in range(blocks.size):
        gather(states, messages[row], lanes)
        _md5(lanes.ctypes.data, data.ctypes.data, offsets[row].ctypes.data, blocks[row])
        scatter(lanes, messages[row], states)


@kernel
def _compress_pair(states: Words, data: Bytes, constants: Words) -> None:
    count = data.size // BLOCK
    _side_by_side(states.ctypes.data, data.ctypes.data, count, constants.ctypes.data)


class Md5Md4:
    """MD5 of everything and MD4 of the current part, in one go over the same bytes."""

    def __init__(self) -> None:
        self._states = np.array(_INITIAL * 2, np.uint32)
        self._size = 0
        self._part = 0

    def absorb(self, data: Bytes) -> None:
        """Take in whole 64-byte blocks."""
        _compress_pair(self._states, data, _CONSTANTS)
        self._size += data.size
        self._part += data.size

    def end_part(self, rest: Bytes) -> bytes:
        """Return the MD4 of the part, whose last 0 to 63 bytes are ``rest``; start the next.

        The MD5 does not move: ``rest`` is not empty only at the end of the file.
        """
        digest = self._finished(rest, self._part)[16:]
        self._states[4:] = _INITIAL
        self._part = 0
        return digest

    def md5(self, rest: Bytes) -> bytes:
        """Return the MD5 of the whole, whose last 0 to 63 bytes are ``rest``."""
        return self._finished(rest, self._size)[:16]

    def _finished(self, rest: Bytes, size: int) -> bytes:
        states = self._states.copy()
        zeros = bytes(-(rest.size + 9) % BLOCK)
        bits = (size + rest.size) * 8 & 0xFFFFFFFFFFFFFFFF
        padded = rest.tobytes() + b"\x80" + zeros + bits.to_bytes(8, "little")
        _compress_pair(states, readonly(padded), _CONSTANTS)
        return states.astype("<u4", copy=False).tobytes()


def md5_md4(data: Bytes) -> tuple[bytes, bytes]:
    """Return the MD5 and the MD4 of ``data``."""
    both = Md5Md4()
    whole = data.size // BLOCK * BLOCK
    both.absorb(data[:whole])
    return both.md5(data[whole:]), both.end_part(data[whole:])


def md4(data: bytes) -> bytes:
    """Return the MD4 of a short message."""
    return md5_md4(readonly(data))[1]


def md5_md4_many(batch: Batch) -> Bytes:
    """Return the MD5 and after it the MD4 of every message, (N, 32) uint8; N ≥ 1."""
    return batch.digests(
        lane_cost("md"),
        lambda few: few.each(lambda message: b"".join(md5_md4(message))),
        lambda many: np.hstack([many.in_lanes(MD5, _md5_lanes), many.in_lanes(MD4, _md4_lanes)]),
    )


def warm() -> None:
    """Compile the kernels of this module."""
    batch = Batch.rows(readonly(bytes(LANES)), 1)
    batch.in_lanes(MD4, _md4_lanes)
    batch.in_lanes(MD5, _md5_lanes)
    md4(b"")


warmable(__name__)
