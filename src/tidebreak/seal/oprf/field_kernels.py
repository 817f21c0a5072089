"""The field's operations as machine code on addresses: eight numbers side by side, 640 bytes.

Each is one intrinsic over `tidebreak.seal.oprf.field`; the long ones are functions of their own, so
that they are compiled once and called.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numba.core import types

from tidebreak.hashing.words import Word, intrinsic, load, store, vector
from tidebreak.kernels import kernel, warmable
from tidebreak.seal.oprf import field

LANES = 8
NUMBER = 8 * LANES * field.LIMBS
"""Bytes of eight numbers: limb by limb, and eight lanes of each."""

_LANE = vector(64, LANES)


def _load(builder: Any, address: Any) -> list[Word]:
    return [load(builder, address, _LANE, 8 * LANES * i) for i in range(field.LIMBS)]


def _store(builder: Any, address: Any, number: Sequence[Word]) -> None:
    for i, limb in enumerate(number):
        store(builder, address, limb, 8 * LANES * i)


def _of_one(operation: Callable[..., list[Word]]) -> Any:
    """Return the intrinsic ``(out, f)``: ``out`` may be ``f``."""

    @intrinsic
    def code(_typing: Any, out: Any, f: Any) -> Any:
        def generate(context: Any, builder: Any, _signature: Any, given: Sequence[Any]) -> Any:
            _store(builder, given[0], operation(_load(builder, given[1])))
            return context.get_dummy_value()

        return types.void(types.intp, types.intp), generate

    return code


def _of_two(operation: Callable[..., list[Word]]) -> Any:
    """Return the intrinsic ``(out, f, g)``: ``out`` may be either."""

    @intrinsic
    def code(_typing: Any, out: Any, f: Any, g: Any) -> Any:
        def generate(context: Any, builder: Any, _signature: Any, given: Sequence[Any]) -> Any:
            numbers = [_load(builder, address) for address in given[1:]]
            _store(builder, given[0], operation(*numbers))
            return context.get_dummy_value()

        return types.void(types.intp, types.intp, types.intp), generate

    return code


def _of_mask(operation: Callable[..., list[Word]]) -> Any:
    """Return the intrinsic ``(out, mask, f, g)``; ``mask`` is the address of eight words."""

    @intrinsic
    def code(_typing: Any, out: Any, mask: Any, f: Any, g: Any) -> Any:
        def generate(context: Any, builder: Any, _signature: Any, given: Sequence[Any]) -> Any:
            numbers = [_load(builder, address) for address in given[2:]]
            _store(builder, given[0], operation(load(builder, given[1], _LANE), *numbers))
            return context.get_dummy_value()

        return types.void(*[types.intp] * 4), generate

    return code


def _to_mask(operation: Callable[..., Word]) -> Any:
    """Return the intrinsic ``(mask, frozen)``."""

    @intrinsic
    def code(_typing: Any, mask: Any, frozen: Any) -> Any:
        def generate(context: Any, builder: Any, _signature: Any, given: Sequence[Any]) -> Any:
            store(builder, given[0], operation(_load(builder, given[1])))
            return context.get_dummy_value()

        return types.void(types.intp, types.intp), generate

    return code


def picker(rows: int, apart: int, unit: int) -> Any:
    """Return the intrinsic ``(out, table, digit)``: one of several numbers, by each lane's digit.

    ``table`` is the address of number 1 of ``rows``, ``apart`` bytes from one to the next; number
    0 is ``unit``. All are read, whatever the digits (the address of eight words) are.
    """

    @intrinsic
    def code(_typing: Any, out: Any, table: Any, digit: Any) -> Any:
        def generate(context: Any, builder: Any, _signature: Any, given: Sequence[Any]) -> Any:
            digits = load(builder, given[2], _LANE)
            masks = [field.equal(digits, small) for small in range(rows + 1)]
            number: list[Word] = []
            for limb in range(field.LIMBS):
                picked = masks[0] & (unit if limb == 0 else 0)
                for row in range(rows):
                    offset = row * apart + 8 * LANES * limb
                    picked = picked | (masks[row + 1] & load(builder, given[1], _LANE, offset))
                number.append(picked)
            _store(builder, given[0], number)
            return context.get_dummy_value()

        return types.void(types.intp, types.intp, types.intp), generate

    return code


copy = _of_one(list)
add = _of_two(field.add)
subtract = _of_two(field.subtract)
subtract_loose = _of_two(field.subtract_loose)
tighten = _of_one(field.tighten)
choose = _of_mask(field.choose)
odd = _to_mask(field.odd)
zero = _to_mask(field.zero)
_multiply = _of_two(field.multiply)
_square = _of_one(field.square)
_freeze = _of_one(field.freeze)


@kernel
def multiply(out: int, f: int, g: int) -> None:
    """Write f * g, tight, for loose f and g."""
    _multiply(out, f, g)


@kernel
def square(out: int, f: int) -> None:
    """Write f * f, tight, for a loose f."""
    _square(out, f)


@kernel
def freeze(out: int, f: int) -> None:
    """Write f between 0 and the prime, for a tight f."""
    _freeze(out, f)


def warm() -> None:
    """Compile the kernels."""
    number = np.zeros((field.LIMBS, LANES), np.uint64)
    place = number.ctypes.data
    multiply(place, place, place)
    square(place, place)
    freeze(place, place)


warmable(__name__)
