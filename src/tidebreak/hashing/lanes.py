"""Sixteen messages side by side: hashes over 64-byte blocks of 32-bit words, in vector lanes.

Each lane has its own message anywhere in memory; a block of each is loaded and transposed so
that a vector holds the same word of all. When lanes pay, and how much, is here as well.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from math import inf
from typing import Any

from llvmlite import binding, ir
from numba.core import cgutils, config, types

from tidebreak.hashing.words import (
    Registers,
    Steps,
    Word,
    constant,
    load,
    run,
    store,
    swap_bytes,
    vector,
)

LANES = 16
"""Messages that are hashed side by side; 512 bits' worth of words."""

BLOCK = 64
"""Bytes of a block of MD4, MD5, SHA-1, SHA-256 and Tiger."""


@dataclass(frozen=True, slots=True)
class Compression:
    """A hash's compression function over blocks of sixteen 32-bit words.

    ``steps(state, block)`` starts it; ``initial`` is the first state.
    """

    steps: Callable[[Sequence[Any], Sequence[Any]], Steps[Any]]
    initial: tuple[int, ...]
    big_endian: bool


_COST = {
    512: {"md": 0.2, "sha1": 0.4, "sha256": 0.6},
    256: {"md": 0.2, "sha1": 0.55},
    128: {"md": 0.35},
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


def load_blocks(builder: Any, data: Any, offsets: Any, at: Any) -> list[Word]:
    """Load a 64-byte block for each of 16 lanes and return its 16 words, one lane per message.

    ``data`` is an address, ``offsets`` the address of 16 int64 offsets into it, ``at`` a further
    offset in bytes that all lanes share.
    """
    row_type = vector(32, LANES)
    base = builder.add(data, at)
    rows: list[Any] = []
    for lane in range(LANES):
        offset = load(builder, offsets, ir.IntType(64), 8 * lane)
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
        at = builder.mul(loop.index, constant(loop.index.type, BLOCK))
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
