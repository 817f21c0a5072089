"""Points of the group as machine code, eight side by side: decode, multiply and add up, encode.

Formulas for the twisted Edwards curve of a = -1 in extended coordinates (Hisil, Wong, Carter and
Dawson, 2008); encoding as in RFC 9496, section 4.3. A point is four numbers X, Y, Z, T; what is
added often stands as Y + X, Y - X, 2 Z, 2 d T. No branch and no address depends on a point or on
a digit of a scalar.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tidebreak.index.intrinsics import address_of
from tidebreak.kernels import kernel, warmable
from tidebreak.seal.field import LIMBS, PRIME, limbs_of
from tidebreak.seal.field_kernels import (
    LANES,
    NUMBER,
    add,
    choose,
    copy,
    freeze,
    multiply,
    odd,
    picker,
    square,
    subtract,
    subtract_loose,
    tighten,
    zero,
)

Longs = NDArray[np.uint64]

POINT = 4 * NUMBER
WINDOWS = 64
"""Digits of a scalar: -8 to 8, each worth 16 times the one before."""
MULTIPLES = 8

_X, _Y, _Z, _T = 0, NUMBER, 2 * NUMBER, 3 * NUMBER
_MASK = 8 * LANES

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
_ZERO, _ONE, _OF_D, _OF_2D, _OF_ROOT, _OF_INVERSE = (NUMBER * i for i in range(6))


_pick_zero, _pick_one, _pick_two = (picker(MULTIPLES, POINT, unit) for unit in range(3))


@kernel
def _power(out: int, f: int, s: int) -> None:
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
def _absolute(out: int, f: int, s: int, constants: int) -> None:
    """Write f or -f, whichever is even, frozen; ``s`` has room for a number and a mask."""
    freeze(out, f)
    subtract_loose(s, constants + _ZERO, out)
    odd(s + NUMBER, out)
    choose(out, s + NUMBER, s, out)
    freeze(out, out)


@kernel
def _equals(mask: int, f: int, g: int, s: int) -> None:
    """Write all ones where f = g; ``s`` has room for a number."""
    subtract_loose(s, f, g)
    freeze(s, s)
    zero(mask, s)


@kernel
def _inverse_root(out: int, is_square: int, v: int, s: int, constants: int) -> None:
    """Write 1 / sqrt(v), even, and all ones where v is a square; anything where it is none.

    ``v`` is tight; ``s`` has room for seven numbers.
    """
    cube, r, check, rest = s, s + NUMBER, s + 2 * NUMBER, s + 3 * NUMBER
    square(cube, v)
    multiply(cube, cube, v)
    square(r, cube)
    multiply(r, r, v)
    _power(r, r, rest)
    multiply(r, r, cube)
    square(check, r)
    multiply(check, check, v)
    _equals(is_square, check, constants + _ONE, rest)
    multiply(cube, r, constants + _OF_ROOT)
    choose(r, is_square, r, cube)
    square(check, r)
    multiply(check, check, v)
    _equals(is_square, check, constants + _ONE, rest)
    _absolute(out, r, rest, constants)


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
    subtract(u1, constants + _ONE, ss)
    add(u2, constants + _ONE, ss)
    square(u2s, u2)
    square(v, u1)
    multiply(v, v, constants + _OF_D)
    add(v, v, u2s)
    subtract_loose(v, constants + _ZERO, v)
    multiply(ss, v, u2s)
    _inverse_root(i, valid, ss, rest, constants)
    multiply(ss, i, u2)  # Dx
    multiply(u2s, i, ss)
    multiply(u2s, u2s, v)  # Dy
    multiply(ss, ss, value)
    add(ss, ss, ss)
    tighten(ss, ss)
    _absolute(point + _X, ss, rest, constants)
    multiply(point + _Y, u1, u2s)
    multiply(point + _T, point + _X, point + _Y)
    freeze(rest, point + _T)
    odd(valid + _MASK, rest)
    freeze(rest, point + _Y)
    zero(valid + 2 * _MASK, rest)
    copy(point + _Z, constants + _ONE)


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
    add(u1, point + _Z, point + _Y)
    subtract(u2, point + _Z, point + _Y)
    multiply(u1, u1, u2)
    multiply(u2, point + _X, point + _Y)
    square(i, u2)
    multiply(i, i, u1)
    _inverse_root(i, mask, i, rest, constants)
    multiply(d1, i, u1)
    multiply(d2, i, u2)
    multiply(inverse, d1, d2)
    multiply(inverse, inverse, point + _T)
    multiply(u1, point + _T, inverse)
    freeze(u1, u1)
    odd(mask, u1)  # whether to rotate
    multiply(u2, point + _X, constants + _OF_ROOT)
    choose(y, mask, u2, point + _Y)
    multiply(u2, point + _Y, constants + _OF_ROOT)
    choose(u2, mask, u2, point + _X)  # x
    multiply(d1, d1, constants + _OF_INVERSE)
    choose(d2, mask, d1, d2)
    multiply(u2, u2, inverse)
    freeze(u2, u2)
    odd(mask, u2)
    subtract_loose(u1, constants + _ZERO, y)
    choose(y, mask, u1, y)
    subtract(y, point + _Z, y)
    multiply(y, y, d2)
    _absolute(value, y, rest, constants)


@kernel
def _double(point: int, s: int, whole: bool) -> None:
    """Double a point in place; without ``whole`` its T is left as it is.

    ``s`` has room for five numbers.
    """
    a, b, c, e, y = s, s + NUMBER, s + 2 * NUMBER, s + 3 * NUMBER, s + 4 * NUMBER
    add(e, point + _X, point + _Y)
    square(a, point + _X)
    square(b, point + _Y)
    square(c, point + _Z)
    square(e, e)
    add(c, c, c)
    add(y, a, b)  # Y
    subtract(b, b, a)  # Z
    subtract_loose(e, e, y)  # X
    subtract_loose(c, c, b)  # T
    multiply(point + _X, e, c)
    multiply(point + _Y, y, b)
    multiply(point + _Z, b, c)
    if whole:
        multiply(point + _T, e, y)


@kernel
def _add(point: int, other: int, s: int) -> None:
    """Add ``other``, as it stands to be added, to a point; ``s`` has room for five numbers."""
    a, b, c, d, e = s, s + NUMBER, s + 2 * NUMBER, s + 3 * NUMBER, s + 4 * NUMBER
    add(a, point + _Y, point + _X)
    subtract(b, point + _Y, point + _X)
    multiply(a, a, other + _X)
    multiply(b, b, other + _Y)
    multiply(d, point + _Z, other + _Z)
    multiply(c, point + _T, other + _T)
    subtract(e, a, b)  # X
    add(a, a, b)  # Y
    add(b, d, c)  # Z
    subtract(c, d, c)  # T
    multiply(point + _X, e, c)
    multiply(point + _Y, a, b)
    multiply(point + _Z, b, c)
    multiply(point + _T, e, a)


@kernel
def _to_add(out: int, point: int, constants: int) -> None:
    """Write a point as it stands to be added."""
    add(out + _X, point + _Y, point + _X)
    tighten(out + _X, out + _X)
    subtract(out + _Y, point + _Y, point + _X)
    tighten(out + _Y, out + _Y)
    add(out + _Z, point + _Z, point + _Z)
    tighten(out + _Z, out + _Z)
    multiply(out + _T, point + _T, constants + _OF_2D)


@kernel
def _table(out: int, point: int, s: int, constants: int) -> None:
    """Write 1 to 8 times a point, as they stand to be added; ``s`` has room for nine numbers."""
    rest = s + POINT
    for i in range(4):
        copy(s + i * NUMBER, point + i * NUMBER)
    _to_add(out, s, constants)
    for i in range(1, MULTIPLES):
        _add(s, out, rest)
        _to_add(out + i * POINT, s, constants)


@kernel
def _look_up(out: int, table: int, digit: int, sign: int, s: int, constants: int) -> None:
    """Write the multiple that a digit calls for: all are read, whatever it is.

    ``digit`` and ``sign`` are the addresses of eight words: 0 to 8, and all ones for minus.
    ``s`` has room for a number.
    """
    _pick_one(out + _X, table + _X, digit)
    _pick_one(out + _Y, table + _Y, digit)
    _pick_two(out + _Z, table + _Z, digit)
    _pick_zero(out + _T, table + _T, digit)
    copy(s, out + _X)
    choose(out + _X, sign, out + _Y, s)
    choose(out + _Y, sign, s, out + _Y)
    subtract_loose(s, constants + _ZERO, out + _T)
    choose(out + _T, sign, s, out + _T)


@kernel
def _sum(
    out: int, tables: int, count: int, digits: int, signs: int, s: int, constants: int
) -> None:
    """Write the sum, lane by lane, of ``count`` points, each times its scalar.

    ``digits`` and ``signs`` stand as (WINDOWS, count, LANES), the lowest window first. ``s`` has
    room for ten numbers.
    """
    copy(out + _X, constants + _ZERO)
    copy(out + _Y, constants + _ONE)
    copy(out + _Z, constants + _ONE)
    copy(out + _T, constants + _ZERO)
    for window in range(WINDOWS - 1, -1, -1):
        for i in range(4):
            _double(out, s, i == 3)
        for row in range(count):
            place = (window * count + row) * _MASK
            _look_up(
                s, tables + row * MULTIPLES * POINT, digits + place, signs + place,
                s + POINT, constants,
            )  # fmt: skip
            _add(out, s, s + POINT)


@kernel
def _aligned(words: Longs) -> int:
    """Return the first address in ``words`` at which whole lanes can stand."""
    return int((np.intp(address_of(words)) + 63) // 64 * 64)


@kernel
def decode_all(values: Longs, points: Longs, valid: Longs, constants: Longs) -> None:
    """Write the points that ``values`` encode.

    ``values`` (G, LIMBS, LANES) frozen and even, ``points`` (G, 4, LIMBS, LANES), ``valid``
    (G, 3, LANES): all ones, zero and zero where there is a point.
    """
    scratch = np.empty(14 * NUMBER // 8, np.uint64)
    s, fixed = _aligned(scratch), np.intp(address_of(constants))
    of, to, masks = (
        np.intp(address_of(values)),
        np.intp(address_of(points)),
        np.intp(address_of(valid)),
    )
    for group in range(len(values)):
        _decode(to + group * POINT, masks + group * 3 * _MASK, of + group * NUMBER, s, fixed)


@kernel
def multiply_all(points: Longs, digits: Longs, signs: Longs, sums: Longs, constants: Longs) -> None:
    """Write the sums of points times scalars, lane by lane.

    ``points`` (G, M, 4, LIMBS, LANES), ``digits`` and ``signs`` (G, WINDOWS, M, LANES), ``sums``
    (G, 4, LIMBS, LANES).
    """
    groups, count = points.shape[:2]
    scratch = np.empty((count * MULTIPLES * POINT + 16 * NUMBER) // 8, np.uint64)
    tables, fixed = _aligned(scratch), np.intp(address_of(constants))
    s = tables + count * MULTIPLES * POINT
    of, to = np.intp(address_of(points)), np.intp(address_of(sums))
    d, m = np.intp(address_of(digits)), np.intp(address_of(signs))
    for group in range(groups):
        for row in range(count):
            _table(tables + row * MULTIPLES * POINT, of + (group * count + row) * POINT, s, fixed)
        place = group * WINDOWS * count * _MASK
        _sum(to + group * POINT, tables, count, d + place, m + place, s, fixed)


@kernel
def encode_all(points: Longs, values: Longs, constants: Longs) -> None:
    """Write what encodes ``points`` (G, 4, LIMBS, LANES) to ``values`` (G, LIMBS, LANES)."""
    scratch = np.empty(16 * NUMBER // 8, np.uint64)
    s, fixed = _aligned(scratch), np.intp(address_of(constants))
    of, to = np.intp(address_of(points)), np.intp(address_of(values))
    for group in range(len(points)):
        _encode(to + group * NUMBER, of + group * POINT, s, fixed)


def warm() -> None:
    """Compile the kernels."""
    values = np.zeros((1, LIMBS, LANES), np.uint64)
    points = np.zeros((1, 1, 4, LIMBS, LANES), np.uint64)
    digits = np.zeros((1, WINDOWS, 1, LANES), np.uint64)
    decode_all(values, points[0], np.zeros((1, 3, LANES), np.uint64), CONSTANTS)
    multiply_all(points, digits, digits, points[0], CONSTANTS)
    encode_all(points[0], values, CONSTANTS)


warmable(__name__)
