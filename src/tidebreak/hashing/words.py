"""The words of a hash: one set of operators over numpy arrays and over code in the making.

A compression function is written once, in terms of ``+ - * ^ & | ~ << >>`` and `rotl`, over
*words*. Given numpy arrays it is the readable reference; given `Word` it emits LLVM code from
within a numba intrinsic, for one word or for a vector of them, each lane with its own message.
LLVM splits a wide vector where the machine has narrower ones, so that the same source serves
AVX-512, AVX2, SSE and Neon.

Compression functions are generators that yield between steps and return the new state: two of
them can be interleaved into one stream of instructions, which hides the latency of either.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any, TypeVar

import numba.extending
import numpy as np
from llvmlite import ir
from numba.core import cgutils

intrinsic: Any = numba.extending.intrinsic
"""numba's decorator, whose own types do not know that it consumes the first parameter."""

W = TypeVar("W", bound=Any)
Steps = Generator[None, None, tuple[W, ...]]
"""A compression function under way; it returns the new state."""

_I64 = ir.IntType(64)


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
