"""Vector and memory instructions that numba does not offer by itself.

They are written as plain LLVM, so that every processor gets its own best code: one AVX-512
instruction where there is one, a few SSE or NEON ones elsewhere, always the same result.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from llvmlite import ir
from numba import types
from numba.core.cgutils import get_or_insert_function
from numba.extending import intrinsic

_intrinsic = cast("Callable[[Any], Callable[..., Any]]", intrinsic)
_I16, _I32, _I64 = ir.IntType(16), ir.IntType(32), ir.IntType(64)

LANES16 = 32
"""16-bit values that `lanes_within` compares at once; arrays need so much room behind them."""
LANES64 = 8
"""64-bit values that `halves_within` compares at once."""


def _popcount(builder: Any, value: Any) -> Any:
    kind = value.type
    width = f"v{kind.count}i{kind.element.width}" if hasattr(kind, "count") else f"i{kind.width}"
    function = get_or_insert_function(
        builder.module, ir.FunctionType(kind, [kind]), f"llvm.ctpop.{width}"
    )
    return builder.call(function, [value])


def _splat(builder: Any, value: Any, lanes: int) -> Any:
    kind = ir.VectorType(value.type, lanes)
    one = builder.insert_element(ir.Constant(kind, ir.Undefined), value, ir.Constant(_I32, 0))
    zeros = ir.Constant(ir.VectorType(_I32, lanes), [0] * lanes)
    return builder.shuffle_vector(one, ir.Constant(kind, ir.Undefined), zeros)


def _load(builder: Any, address: Any, lane: Any, lanes: int) -> Any:
    pointer = builder.inttoptr(address, ir.VectorType(lane, lanes).as_pointer())
    return builder.load(pointer, align=lane.width // 8)


def _mask(builder: Any, flags: Any, lanes: int) -> Any:
    return builder.zext(builder.bitcast(flags, ir.IntType(lanes)), _I64)


@_intrinsic
def popcount(_typing: Any, value: Any) -> Any:
    """Return the number of set bits of an unsigned integer, in its own type."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return _popcount(builder, arguments[0])

    return value(value), generate


@_intrinsic
def lowest_bit(_typing: Any, value: Any) -> Any:
    """Return the number of the lowest set bit of a uint64 that is not zero."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.uint64(types.uint64), generate


@_intrinsic
def address_of(_typing: Any, array: Any) -> Any:
    """Return the address of the first element of an array, as uint64."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        view = context.make_array(signature.args[0])(context, builder, arguments[0])
        return builder.ptrtoint(view.data, _I64)

    return types.uint64(array), generate


def _prefetch_into(level: int) -> Callable[..., Any]:
    @_intrinsic
    def prefetch(_typing: Any, address: Any) -> Any:
        def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            pointer = ir.IntType(8).as_pointer()
            kind = ir.FunctionType(ir.VoidType(), [pointer, _I32, _I32, _I32])
            function = get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
            read, locality, data = (ir.Constant(_I32, number) for number in (0, 4 - level, 1))
            target = builder.inttoptr(arguments[0], pointer)
            builder.call(function, [target, read, locality, data])
            return context.get_dummy_value()

        return types.void(types.uint64), generate

    return prefetch


prefetch = _prefetch_into(1)
"""Ask for the cache line at an address (uint64), all the way; never faults."""
prefetch_far = _prefetch_into(2)
"""Ask for it into the second-level cache, where more requests can be under way."""


@_intrinsic
def lanes_within(_typing: Any, address: Any, value: Any, limit: Any) -> Any:
    """Compare `LANES16` uint16 at ``address`` with ``value``, and return a mask.

    Bit i is set where lane i differs in at most ``limit`` bits.
    """

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        lanes = _load(builder, arguments[0], _I16, LANES16)
        differing = builder.xor(lanes, _splat(builder, arguments[1], LANES16))
        limits = _splat(builder, arguments[2], LANES16)
        near = builder.icmp_unsigned("<=", _popcount(builder, differing), limits)
        return _mask(builder, near, LANES16)

    return types.uint64(types.uint64, types.uint16, types.uint16), generate


def _sum_of_popcounts(builder: Any, addresses: Any, values: Any) -> Any:
    total: Any = None
    for address, value in zip(addresses, values, strict=True):
        lanes = _load(builder, address, _I64, LANES64)
        count = _popcount(builder, builder.xor(lanes, _splat(builder, value, LANES64)))
        total = count if total is None else builder.add(total, count)
    return total


@_intrinsic
def halves_within(
    _typing: Any, column0: Any, column1: Any, word0: Any, word1: Any, limit: Any
) -> Any:
    """Compare `LANES64` pairs of uint64, in two columns, with a pair, and return a mask.

    Bit i is set where pair i differs from ``(word0, word1)`` in at most ``limit`` bits.
    """

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        total = _sum_of_popcounts(builder, arguments[:2], arguments[2:4])
        limits = _splat(builder, arguments[4], LANES64)
        return _mask(builder, builder.icmp_unsigned("<=", total, limits), LANES64)

    return types.uint64(*[types.uint64] * 5), generate


@_intrinsic
def wholes_within(
    _typing: Any, column0: Any, column1: Any, column2: Any, column3: Any,
    word0: Any, word1: Any, word2: Any, word3: Any, limit: Any,
) -> Any:  # fmt: skip
    """Do what `halves_within` does, for `LANES64` times four words in four columns."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        total = _sum_of_popcounts(builder, arguments[:4], arguments[4:8])
        limits = _splat(builder, arguments[8], LANES64)
        return _mask(builder, builder.icmp_unsigned("<=", total, limits), LANES64)

    return types.uint64(*[types.uint64] * 9), generate
