"""Square roots in the field as machine code, and the constants of the group (RFC 9496)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tidebreak.kernels import kernel, warmable
from tidebreak.seal.oprf.field import LIMBS, PRIME, limbs_of
from tidebreak.seal.oprf.field_kernels import (
    LANES,
    NUMBER,
    choose,
    freeze,
    multiply,
    odd,
    square,
    subtract_loose,
    zero,
)

Longs = NDArray[np.uint64]

_D = -121665 * pow(121666, -1, PRIME) % PRIME
_ROOT = pow(2, (PRIME - 1) // 4, PRIME)
"""The root of -1 that is even, as all roots here are."""
_INVERSE_ROOT = 54469307008909316920995813868745141605393597292927456921205312896311721017578

assert _ROOT % 2 == 0
assert _INVERSE_ROOT**2 * (-1 - _D) % PRIME == 1


def _constants() -> Longs:
    """Return the numbers that kernels need, the same in all lanes, (6, LIMBS, LANES)."""
    values = (0, 1, _D, 2 * _D % PRIME, _ROOT, _INVERSE_ROOT)
    rows = [np.repeat(np.array(limbs_of(value), np.uint64), LANES) for value in values]
    return np.concatenate(rows).reshape(len(values), LIMBS, LANES)


CONSTANTS = _constants()
ZERO, ONE, OF_D, OF_2D, OF_ROOT, OF_INVERSE = (NUMBER * i for i in range(6))
"""Where in `CONSTANTS` each stands, in bytes."""


@kernel
def power(out: int, f: int, s: int) -> None:
    """Write f ** (2^252 - 3), that is (prime - 5) / 8; ``s`` has room for three numbers."""
    a, b, c = s, s + NUMBER, s + 2 * NUMBER
    square(a, f)  # 2
    square(b, a)
    square(b, b)  # 8
    multiply(b, f, b)  # 9
    multiply(a, a, b)  # 11
    square(a, a)  # 22
    multiply(a, b, a)  # 2^5 - 1
    square(b, a)
    for _ in range(4):
        square(b, b)
    multiply(a, b, a)  # 2^10 - 1
    square(b, a)
    for _ in range(9):
        square(b, b)
    multiply(b, b, a)  # 2^20 - 1
    square(c, b)
    for _ in range(19):
        square(c, c)
    multiply(b, c, b)  # 2^40 - 1
    for _ in range(10):
        square(b, b)
    multiply(a, b, a)  # 2^50 - 1
    square(b, a)
    for _ in range(49):
        square(b, b)
    multiply(b, b, a)  # 2^100 - 1
    square(c, b)
    for _ in range(99):
        square(c, c)
    multiply(b, c, b)  # 2^200 - 1
    for _ in range(50):
        square(b, b)
    multiply(a, b, a)  # 2^250 - 1
    square(a, a)
    square(a, a)
    multiply(out, a, f)


@kernel
def absolute(out: int, f: int, s: int, constants: int) -> None:
    """Write f or -f, whichever is even, frozen; ``s`` has room for a number and a mask."""
    freeze(out, f)
    subtract_loose(s, constants + ZERO, out)
    odd(s + NUMBER, out)
    choose(out, s + NUMBER, s, out)
    freeze(out, out)


@kernel
def equals(mask: int, f: int, g: int, s: int) -> None:
    """Write all ones where f = g; ``s`` has room for a number."""
    subtract_loose(s, f, g)
    freeze(s, s)
    zero(mask, s)


@kernel
def inverse_root(out: int, is_square: int, v: int, s: int, constants: int) -> None:
    """Write 1 / sqrt(v), even, and all ones where v is a square; anything where it is none.

    ``v`` is tight; ``s`` has room for seven numbers.
    """
    cube, r, check, rest = s, s + NUMBER, s + 2 * NUMBER, s + 3 * NUMBER
    square(cube, v)
    multiply(cube, cube, v)
    square(r, cube)
    multiply(r, r, v)
    power(r, r, rest)
    multiply(r, r, cube)
    square(check, r)
    multiply(check, check, v)
    equals(is_square, check, constants + ONE, rest)
    multiply(cube, r, constants + OF_ROOT)
    choose(r, is_square, r, cube)
    square(check, r)
    multiply(check, check, v)
    equals(is_square, check, constants + ONE, rest)
    absolute(out, r, rest, constants)


def warm() -> None:
    """Compile the kernels."""
    room = np.zeros((12, LIMBS, LANES), np.uint64)
    place = room.ctypes.data
    inverse_root(place, place + NUMBER, place, place + 2 * NUMBER, CONSTANTS.ctypes.data)


warmable(__name__)
