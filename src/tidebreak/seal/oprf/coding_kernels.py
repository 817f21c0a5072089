"""Encoded elements to points and back as machine code, eight side by side (RFC 9496, 4.3)."""

from __future__ import annotations

import numpy as np

from tidebreak.index.intrinsics import address_of
from tidebreak.kernels import kernel, warmable
from tidebreak.seal.oprf.field import LIMBS
from tidebreak.seal.oprf.field_kernels import (
    LANES,
    NUMBER,
    add,
    choose,
    copy,
    freeze,
    multiply,
    odd,
    square,
    subtract,
    subtract_loose,
    tighten,
    zero,
)
from tidebreak.seal.oprf.root_kernels import (
    CONSTANTS,
    OF_D,
    OF_INVERSE,
    OF_ROOT,
    ONE,
    ZERO,
    Longs,
    absolute,
    inverse_root,
)

POINT = 4 * NUMBER
"""Bytes of eight points: X, Y, Z and T of all."""
X, Y, Z, T = (NUMBER * i for i in range(4))
MASK = 8 * LANES
"""Bytes of eight words."""
ROOM = 16 * NUMBER // 8
"""Words that either kernel needs to work in. They belong to the caller: kernels know no more of
them than an address, and what they allocated themselves would be freed while they still used it."""


@kernel
def _decode(point: int, valid: int, value: int, s: int, constants: int) -> None:
    """Write the point that a frozen, even ``value`` encodes, and all ones where it does.

    ``valid`` is the address of three masks, of which all must be ones, zero and zero: a square,
    T odd, Y zero.
    """
    ss, u1, u2, u2s, v, i = (
        s,
        s + NUMBER,
        s + 2 * NUMBER,
        s + 3 * NUMBER,
        s + 4 * NUMBER,
        s + 5 * NUMBER,
    )
    rest = s + 6 * NUMBER
    square(ss, value)
    subtract(u1, constants + ONE, ss)
    add(u2, constants + ONE, ss)
    square(u2s, u2)
    square(v, u1)
    multiply(v, v, constants + OF_D)
    add(v, v, u2s)
    subtract_loose(v, constants + ZERO, v)
    multiply(ss, v, u2s)
    inverse_root(i, valid, ss, rest, constants)
    multiply(ss, i, u2)  # Dx
    multiply(u2s, i, ss)
    multiply(u2s, u2s, v)  # Dy
    multiply(ss, ss, value)
    add(ss, ss, ss)
    tighten(ss, ss)
    absolute(point + X, ss, rest, constants)
    multiply(point + Y, u1, u2s)
    multiply(point + T, point + X, point + Y)
    freeze(rest, point + T)
    odd(valid + MASK, rest)
    freeze(rest, point + Y)
    zero(valid + 2 * MASK, rest)
    copy(point + Z, constants + ONE)


@kernel
def _encode(value: int, point: int, s: int, constants: int) -> None:
    """Write the frozen number that encodes a point; ``s`` has room for fourteen numbers."""
    u1, u2, i, d1, d2, inverse, y = (
        s,
        s + NUMBER,
        s + 2 * NUMBER,
        s + 3 * NUMBER,
        s + 4 * NUMBER,
        s + 5 * NUMBER,
        s + 6 * NUMBER,
    )
    rest, mask = s + 7 * NUMBER, s + 14 * NUMBER
    add(u1, point + Z, point + Y)
    subtract(u2, point + Z, point + Y)
    multiply(u1, u1, u2)
    multiply(u2, point + X, point + Y)
    square(i, u2)
    multiply(i, i, u1)
    inverse_root(i, mask, i, rest, constants)
    multiply(d1, i, u1)
    multiply(d2, i, u2)
    multiply(inverse, d1, d2)
    multiply(inverse, inverse, point + T)
    multiply(u1, point + T, inverse)
    freeze(u1, u1)
    odd(mask, u1)  # whether to rotate
    multiply(u2, point + X, constants + OF_ROOT)
    choose(y, mask, u2, point + Y)
    multiply(u2, point + Y, constants + OF_ROOT)
    choose(u2, mask, u2, point + X)  # x
    multiply(d1, d1, constants + OF_INVERSE)
    choose(d2, mask, d1, d2)
    multiply(u2, u2, inverse)
    freeze(u2, u2)
    odd(mask, u2)
    subtract_loose(u1, constants + ZERO, y)
    choose(y, mask, u1, y)
    subtract(y, point + Z, y)
    multiply(y, y, d2)
    absolute(value, y, rest, constants)


@kernel
def decode_all(values: Longs, points: Longs, valid: Longs, room: Longs, constants: Longs) -> None:
    """Write the points that ``values`` encode.

    ``values`` (G, LIMBS, LANES) frozen and even, ``points`` (G, 4, LIMBS, LANES), ``valid``
    (G, 3, LANES): all ones, zero and zero where there is a point; ``room`` (ROOM,).
    """
    s, fixed = np.intp(address_of(room)), np.intp(address_of(constants))
    of, to, masks = (
        np.intp(address_of(values)),
        np.intp(address_of(points)),
        np.intp(address_of(valid)),
    )
    for group in range(len(values)):
        _decode(to + group * POINT, masks + group * 3 * MASK, of + group * NUMBER, s, fixed)


@kernel
def encode_all(points: Longs, values: Longs, room: Longs, constants: Longs) -> None:
    """Write what encodes ``points`` (G, 4, LIMBS, LANES) to ``values`` (G, LIMBS, LANES).

    ``room``: (ROOM,).
    """
    s, fixed = np.intp(address_of(room)), np.intp(address_of(constants))
    of, to = np.intp(address_of(points)), np.intp(address_of(values))
    for group in range(len(points)):
        _encode(to + group * NUMBER, of + group * POINT, s, fixed)


def warm() -> None:
    """Compile the kernels."""
    room = np.zeros(ROOM, np.uint64)
    values = np.zeros((1, LIMBS, LANES), np.uint64)
    points = np.zeros((1, 4, LIMBS, LANES), np.uint64)
    decode_all(values, points, np.zeros((1, 3, LANES), np.uint64), room, CONSTANTS)
    encode_all(points, values, room, CONSTANTS)


warmable(__name__)
