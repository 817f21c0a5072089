"""Points times scalars, and sums of that, as machine code, eight side by side.

Formulas for the twisted Edwards curve of a = -1 in extended coordinates (Hisil, Wong, Carter and
Dawson, 2008), and one window of four bits after the other for all points (Straus, 1964). A point
is four numbers X, Y, Z, T; what is added stands as Y + X, Y - X, 2 Z, 2 d T. No branch and no
address depends on a point or on a digit of a scalar.
"""

from __future__ import annotations

import numpy as np

from tidebreak.index.intrinsics import address_of
from tidebreak.kernels import kernel, warmable
from tidebreak.seal.oprf.coding_kernels import MASK, POINT, T, X, Y, Z
from tidebreak.seal.oprf.field import LIMBS
from tidebreak.seal.oprf.field_kernels import (
    LANES,
    NUMBER,
    add,
    choose,
    copy,
    multiply,
    picker,
    square,
    subtract,
    subtract_loose,
    tighten,
)
from tidebreak.seal.oprf.root_kernels import (
    CONSTANTS,
    OF_2D,
    ONE,
    ZERO,
    Longs,
)

WINDOWS = 64
"""Digits of a scalar: -8 to 8, each worth 16 times the one before."""
MULTIPLES = 8

_pick_zero, _pick_one, _pick_two = (picker(MULTIPLES, POINT, unit) for unit in range(3))


@kernel
def _double(point: int, s: int, whole: bool) -> None:
    """Double a point in place; without ``whole`` its T is left as it is.

    ``s`` has room for five numbers.
    """
    a, b, c, e, y = s, s + NUMBER, s + 2 * NUMBER, s + 3 * NUMBER, s + 4 * NUMBER
    add(e, point + X, point + Y)
    square(a, point + X)
    square(b, point + Y)
    square(c, point + Z)
    square(e, e)
    add(c, c, c)
    add(y, a, b)  # Y
    subtract(b, b, a)  # Z
    subtract_loose(e, e, y)  # X
    subtract_loose(c, c, b)  # T
    multiply(point + X, e, c)
    multiply(point + Y, y, b)
    multiply(point + Z, b, c)
    if whole:
        multiply(point + T, e, y)


@kernel
def _add(point: int, other: int, s: int) -> None:
    """Add ``other``, as it stands to be added, to a point; ``s`` has room for five numbers."""
    a, b, c, d, e = s, s + NUMBER, s + 2 * NUMBER, s + 3 * NUMBER, s + 4 * NUMBER
    add(a, point + Y, point + X)
    subtract(b, point + Y, point + X)
    multiply(a, a, other + X)
    multiply(b, b, other + Y)
    multiply(d, point + Z, other + Z)
    multiply(c, point + T, other + T)
    subtract(e, a, b)  # X
    add(a, a, b)  # Y
    add(b, d, c)  # Z
    subtract(c, d, c)  # T
    multiply(point + X, e, c)
    multiply(point + Y, a, b)
    multiply(point + Z, b, c)
    multiply(point + T, e, a)


@kernel
def _to_add(out: int, point: int, constants: int) -> None:
    """Write a point as it stands to be added."""
    add(out + X, point + Y, point + X)
    tighten(out + X, out + X)
    subtract(out + Y, point + Y, point + X)
    tighten(out + Y, out + Y)
    add(out + Z, point + Z, point + Z)
    tighten(out + Z, out + Z)
    multiply(out + T, point + T, constants + OF_2D)


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
    _pick_one(out + X, table + X, digit)
    _pick_one(out + Y, table + Y, digit)
    _pick_two(out + Z, table + Z, digit)
    _pick_zero(out + T, table + T, digit)
    copy(s, out + X)
    choose(out + X, sign, out + Y, s)
    choose(out + Y, sign, s, out + Y)
    subtract_loose(s, constants + ZERO, out + T)
    choose(out + T, sign, s, out + T)


@kernel
def _sum(
    out: int, tables: int, count: int, digits: int, signs: int, s: int, constants: int
) -> None:
    """Write the sum, lane by lane, of ``count`` points, each times its scalar.

    ``digits`` and ``signs`` stand as (WINDOWS, count, LANES), the lowest window first. ``s`` has
    room for ten numbers.
    """
    copy(out + X, constants + ZERO)
    copy(out + Y, constants + ONE)
    copy(out + Z, constants + ONE)
    copy(out + T, constants + ZERO)
    for window in range(WINDOWS - 1, -1, -1):
        for i in range(4):
            _double(out, s, i == 3)
        for row in range(count):
            place = (window * count + row) * MASK
            _look_up(
                s, tables + row * MULTIPLES * POINT, digits + place, signs + place,
                s + POINT, constants,
            )  # fmt: skip
            _add(out, s, s + POINT)


def room_for(count: int) -> int:
    """Return how many words `multiply_all` needs to work in, for sums of ``count``."""
    return (count * MULTIPLES * POINT + 10 * NUMBER) // 8


@kernel
def multiply_all(
    points: Longs, digits: Longs, signs: Longs, sums: Longs, room: Longs, constants: Longs
) -> None:
    """Write the sums of points times scalars, lane by lane.

    ``points`` (G, M, 4, LIMBS, LANES), ``digits`` and ``signs`` (G, WINDOWS, M, LANES), ``sums``
    (G, 4, LIMBS, LANES), ``room`` (room_for(M),).
    """
    groups, count = points.shape[:2]
    tables, fixed = np.intp(address_of(room)), np.intp(address_of(constants))
    s = tables + count * MULTIPLES * POINT
    of, to = np.intp(address_of(points)), np.intp(address_of(sums))
    d, m = np.intp(address_of(digits)), np.intp(address_of(signs))
    for group in range(groups):
        for row in range(count):
            _table(tables + row * MULTIPLES * POINT, of + (group * count + row) * POINT, s, fixed)
        place = group * WINDOWS * count * MASK
        _sum(to + group * POINT, tables, count, d + place, m + place, s, fixed)


def warm() -> None:
    """Compile the kernels."""
    points = np.zeros((1, 1, 4, LIMBS, LANES), np.uint64)
    digits = np.zeros((1, WINDOWS, 1, LANES), np.uint64)
    room = np.zeros(room_for(1), np.uint64)
    multiply_all(points, digits, digits, points[0], room, CONSTANTS)


warmable(__name__)
