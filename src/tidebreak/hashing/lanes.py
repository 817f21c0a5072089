"""Hash rounds as straight-line vector code: one definition, run on numpy arrays or compiled.

A round function is written once, in terms of ``+ - * ^ & | ~ << >>`` and `rotl`, over *words*.
Given numpy arrays it is the readable reference; given `Word` it emits LLVM vector code from
within a numba intrinsic, where sixteen 32-bit lanes (or eight 64-bit ones) work on independent
messages, or a single lane on one. LLVM splits a wide vector where the machine has narrower ones,
so the same source serves AVX-512, AVX2, SSE and Neon.

Round functions are generators that yield between steps and return the new state: two of them
can be interleaved into one instruction stream, which hides the latency of either.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from functools import cache
from math import inf
from typing import Any, TypeVar

import numba.extending
import numpy as np
from llvmlite import binding, ir
from numba.core import cgutils, config, types

LANES = 16
"""Messages of 32-bit words that are hashed side by side; 512 bits' worth."""

BLOCK = 64
"""Bytes of a block of MD4, MD5, SHA-1, SHA-256 and Tiger."""

intrinsic: Any = numba.extending.intrinsic
"""numba's decorator, whose own types do not know that it consumes the first parameter."""

W = TypeVar("W", bound=Any)
Steps = Generator[None, None, tuple[W, ...]]
"""A compression function under way; it returns the new state."""

_I64 = ir.IntType(64)


@dataclass(frozen=True, slots=True)
class Compression:
    """A hash's compression function over blocks of sixteen 32-bit words.

    ``steps(state, block)`` starts it; ``initial`` is the first state.
    """

    steps: Callable[[Sequence[Any], Sequence[Any]], Steps[Any]]
    initial: tuple[int, ...]
    big_endian: bool


_COST = {
    512: {"md": 0.22, "sha1": 0.42, "sha256": 0.6},
    256: {"md": 0.35, "sha1": 0.55},
    128: {"md": 0.8},
}
"""By vector width, measured: the time for a byte when all lanes are busy, in units of the time
that the same byte takes one message at a time (with SHA instructions for SHA-1 and SHA-256)."""


def lane_cost(name: str) -> float:
    """Return what a byte costs in busy lanes here, 1.0 being its cost one message at a time.

    It is infinite where lanes never pay. It depends on nothing but the machine's instruction
    set, decides only which of two ways is taken, and never changes a digest.
    """
    return _COST[vector_width()].get(name, inf)


@cache
def vector_width() -> int:
    """Return the bits of the widest vectors that kernels are compiled for: 512, 256 or 128."""
    chosen: str | None = getattr(config, "CPU_FEATURES", None)
    features = binding.get_host_cpu_features().flatten() if chosen is None else chosen
    enabled = set(features.split(","))
    if {"+avx512f", "+avx512bw"} <= enabled:
        return 512
    return 256 if "+avx2" in enabled else 128


class Word:
    """One value per lane of an LLVM function under construction; arithmetic emits code."""

    __slots__ = ("builder", "value")

    def __init__(self, builder: Any, value: Any) -> None:
        self.builder = builder
        self.value = value

    @property
    def bits(self) -> int:
        """Width of one lane."""
        kind = self.value.type
        return (kind.element if isinstance(kind, ir.VectorType) else kind).width

    def _other(self, other: Word | int) -> Any:
        return other.value if isinstance(other, Word) else constant(self.value.type, other)

    def __add__(self, other: Word | int) -> Word:
        return Word(self.builder, self.builder.add(self.value, self._other(other)))

    def __sub__(self, other: Word | int) -> Word:
        return Word(self.builder, self.builder.sub(self.value, self._other(other)))

    def __mul__(self, other: Word | int) -> Word:
        return Word(self.builder, self.builder.mul(self.value, self._other(other)))

    def __xor__(self, other: Word | int) -> Word:
        return Word(self.builder, self.builder.xor(self.value, self._other(other)))

    def __and__(self, other: Word | int) -> Word:
        return Word(self.builder, self.builder.and_(self.value, self._other(other)))

    def __or__(self, other: Word | int) -> Word:
        return Word(self.builder, self.builder.or_(self.value, self._other(other)))

    def __lshift__(self, other: int) -> Word:
        return Word(self.builder, self.builder.shl(self.value, self._other(other)))

    def __rshift__(self, other: int) -> Word:
        return Word(self.builder, self.builder.lshr(self.value, self._other(other)))

    def __invert__(self) -> Word:
        return self ^ ((1 << self.bits) - 1)

    def call(self, intrinsic: str, *others: Word | int) -> Word:
        """Apply an LLVM intrinsic that maps lane by lane; ``others`` are further arguments."""
        kind = self.value.type
        lanes = f"v{kind.count}" if isinstance(kind, ir.VectorType) else ""
        signature = ir.FunctionType(kind, [kind] * (1 + len(others)))
        function = cgutils.get_or_insert_function(
            self.builder.module, signature, f"{intrinsic}.{lanes}i{self.bits}"
        )
        arguments = [self.value, *(self._other(other) for other in others)]
        return Word(self.builder, self.builder.call(function, arguments))


def constant(kind: Any, value: int) -> Any:
    """Return the LLVM constant ``value`` of type ``kind``, the same in every lane."""
    if isinstance(kind, ir.VectorType):
        return ir.Constant(kind, [value] * kind.count)
    return ir.Constant(kind, value)


def rotl(word: Any, count: int) -> Any:
    """Rotate every lane left by ``count`` bits (1 ≤ count < width)."""
    if isinstance(word, Word):
        # A funnel shift of a word with itself is a rotation, one instruction where there is one.
        return word.call("llvm.fshl", word, count)
    bits = np.asarray(word).dtype.itemsize * 8
    return word << count | word >> (bits - count)


def swap_bytes(word: Any) -> Any:
    """Reverse the bytes of every lane."""
    return word.call("llvm.bswap") if isinstance(word, Word) else word.byteswap()


def run(*rounds: Steps[W]) -> list[tuple[W, ...]]:
    """Drive generators step by step in turn, and return the state that each one returns."""
    results: list[tuple[W, ...]] = [()] * len(rounds)
    active = dict(enumerate(rounds))
    while active:
        for number, generator in list(active.items()):
            try:
                next(generator)
            except StopIteration as stop:
                results[number] = stop.value
                del active[number]
    return results


def vector(bits: int, lanes: int) -> Any:
    """Return the LLVM type of ``lanes`` words of ``bits`` bits; a plain integer for one lane."""
    word = ir.IntType(bits)
    return ir.VectorType(word, lanes) if lanes > 1 else word


def pointer(builder: Any, address: Any, kind: Any) -> Any:
    """Return the integer ``address`` as a pointer to ``kind``."""
    return builder.inttoptr(address, kind.as_pointer())


def load(builder: Any, address: Any, kind: Any, offset: int = 0) -> Word:
    """Load one value from ``address`` + ``offset`` bytes, at any alignment."""
    at = builder.add(address, ir.Constant(_I64, offset)) if offset else address
    return Word(builder, builder.load(pointer(builder, at, kind), align=1))


def store(builder: Any, address: Any, word: Word, offset: int = 0) -> None:
    """Store one value at ``address`` + ``offset`` bytes, at any alignment."""
    at = builder.add(address, ir.Constant(_I64, offset)) if offset else address
    builder.store(word.value, pointer(builder, at, word.value.type), align=1)


class Registers:
    """Values that live across the iterations of an emitted loop."""

    def __init__(self, builder: Any, words: Sequence[Word]) -> None:
        self._builder = builder
        self._slots = [cgutils.alloca_once_value(builder, word.value) for word in words]

    def get(self) -> list[Word]:
        """Return the current values."""
        return [Word(self._builder, self._builder.load(slot)) for slot in self._slots]

    def set(self, words: Sequence[Word]) -> None:
        """Replace the values."""
        for slot, word in zip(self._slots, words, strict=True):
            self._builder.store(word.value, slot)


def load_blocks(builder: Any, data: Any, offsets: Any, at: Any) -> list[Word]:
    """Load a 64-byte block for each of 16 lanes and return its 16 words, one lane per message.

    ``data`` is an address, ``offsets`` the address of 16 int64 offsets into it, ``at`` a further
    offset in bytes that all lanes share.
    """
    row_type = vector(32, LANES)
    base = builder.add(data, at)
    rows: list[Any] = []
    for lane in range(LANES):
        offset = load(builder, offsets, _I64, 8 * lane)
        rows.append(load(builder, builder.add(base, offset.value), row_type).value)
    return [Word(builder, row) for row in _transpose(builder, rows)]


def _transpose(builder: Any, rows: list[Any]) -> list[Any]:
    """Transpose a 16 × 16 matrix of 32-bit words.

    The first two stages stay within 128-bit quarters, where every machine has such a shuffle;
    the last two move whole quarters, which costs nothing where registers have 128 bits.
    """
    quarters: list[list[Any]] = []
    for first in range(0, LANES, 4):
        a, b, c, d = rows[first : first + 4]
        ab_low, ab_high = _interleave(builder, a, b)
        cd_low, cd_high = _interleave(builder, c, d)
        quarters.append([*_pairs(builder, ab_low, cd_low), *_pairs(builder, ab_high, cd_high)])
    words: list[Any] = [None] * LANES
    for column in range(4):
        a, b, c, d = (quarter[column] for quarter in quarters)
        even_ab, odd_ab = _split_quarters(builder, a, b)
        even_cd, odd_cd = _split_quarters(builder, c, d)
        words[column], words[8 + column] = _split_quarters(builder, even_ab, even_cd)
        words[4 + column], words[12 + column] = _split_quarters(builder, odd_ab, odd_cd)
    return words


def _interleave(builder: Any, a: Any, b: Any) -> tuple[Any, Any]:
    return _shuffle(builder, a, b, (0, 16, 1, 17)), _shuffle(builder, a, b, (2, 18, 3, 19))


def _pairs(builder: Any, a: Any, b: Any) -> tuple[Any, Any]:
    return _shuffle(builder, a, b, (0, 1, 16, 17)), _shuffle(builder, a, b, (2, 3, 18, 19))


def _shuffle(builder: Any, a: Any, b: Any, within: tuple[int, ...]) -> Any:
    return _pick(builder, a, b, [quarter + lane for quarter in (0, 4, 8, 12) for lane in within])


def _split_quarters(builder: Any, a: Any, b: Any) -> tuple[Any, Any]:
    """Return the even-numbered and the odd-numbered quarters of ``a``, then those of ``b``."""
    even = [start + lane for start in (0, 8, 16, 24) for lane in range(4)]
    return _pick(builder, a, b, even), _pick(builder, a, b, [lane + 4 for lane in even])


def _pick(builder: Any, a: Any, b: Any, lanes: Sequence[int]) -> Any:
    mask = ir.Constant(ir.VectorType(ir.IntType(32), len(lanes)), list(lanes))
    return builder.shuffle_vector(a, b, mask)


def emit_lanes(builder: Any, arguments: Sequence[Any], compression: Compression) -> None:
    """Emit a loop that hashes a run of 64-byte blocks in 16 lanes.

    ``arguments`` are LLVM integers: the address of the state (for each word of it 16 uint32),
    the address of the data, the address of 16 int64 offsets into it, the number of blocks.
    """
    state, data, offsets, count = arguments
    kind = vector(32, LANES)
    words = range(len(compression.initial))
    registers = Registers(builder, [load(builder, state, kind, BLOCK * i) for i in words])
    with cgutils.for_range(builder, count) as loop:
        at = builder.mul(loop.index, ir.Constant(loop.index.type, BLOCK))
        block = load_blocks(builder, data, offsets, at)
        if compression.big_endian:
            block = [swap_bytes(word) for word in block]
        (result,) = run(compression.steps(registers.get(), block))
        registers.set(result)
    for i, word in enumerate(registers.get()):
        store(builder, state, word, BLOCK * i)


def lane_signature(compression: Compression) -> tuple[Any, Any]:
    """Return what a numba intrinsic ``(state, data, offsets, count)`` over `emit_lanes` returns."""

    def generate(context: Any, builder: Any, _signature: Any, arguments: Sequence[Any]) -> Any:
        emit_lanes(builder, arguments, compression)
        return context.get_dummy_value()

    return types.void(types.uintp, types.uintp, types.uintp, types.int64), generate
