"""The Tiger tree hash of THEX, as DC++ and Gnutella use it.

A leaf is Tiger over a zero byte and up to 1,024 bytes, a node Tiger over a one byte and its two
children; an odd node moves up as it is. The empty file has one empty leaf.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numba.core import cgutils, types

from tidebreak.hashing.arrays import Bytes, Longs, readonly
from tidebreak.hashing.lanes import BLOCK
from tidebreak.hashing.tiger import (
    INITIAL,
    compress,
    s_boxes,
    table_lookup,
    tiger,
    tiger_steps,
)
from tidebreak.hashing.words import (
    Registers,
    Word,
    constant,
    intrinsic,
    load,
    run,
    store,
    vector,
)
from tidebreak.kernels import kernel, warmable

LEAF = 1024
"""Bytes of a leaf."""

_INTERLEAVED = 2
"""Leaves hashed at once: enough to hide the latency of the table look-ups."""

# After the prefix and a full leaf: the padding bit, and the length of both in bits.
_TAIL = readonly(b"\1" + bytes(54) + ((LEAF + 1) * 8).to_bytes(8, "little") + b"\0")


@intrinsic
def _compress_leaves(_context: Any, boxes: Any, leaves: Any, tail: Any, digests: Any) -> Any:
    """Hash `_INTERLEAVED` leaves of 1,024 bytes, one stream of instructions for all.

    ``leaves`` and ``digests`` are addresses of the addresses to read from and to write to;
    ``tail`` is the address of the last block of such a leaf.
    """

    def generate(context: Any, builder: Any, _signature: Any, arguments: Sequence[Any]) -> Any:
        boxes, leaves, tail, digests = arguments
        word = vector(64, 1)
        lookup = table_lookup(builder, boxes)
        first = [load(builder, leaves, word, 8 * i).value for i in range(_INTERLEAVED)]
        start = [Word(builder, constant(word, value)) for value in INITIAL]
        registers = Registers(builder, start * _INTERLEAVED)
        # A zero byte precedes the data: what is left over of one block opens the next.
        carried = Registers(builder, [Word(builder, constant(word, 0))] * _INTERLEAVED)
        whole = constant(word, LEAF // BLOCK)
        with cgutils.for_range(builder, constant(word, LEAF // BLOCK + 1)) as loop:
            offset = builder.mul(loop.index, constant(word, BLOCK))
            within = builder.icmp_unsigned("<", loop.index, whole)
            state, before, after, steps = registers.get(), carried.get(), [], []
            for leaf in range(_INTERLEAVED):
                at = builder.select(within, builder.add(first[leaf], offset), tail)
                words = [load(builder, at, word, 8 * i) for i in range(8)]
                chain = [before[leaf], *(value >> 56 for value in words)]
                block = [(value << 8) | chain[i] for i, value in enumerate(words)]
                steps.append(tiger_steps(state[3 * leaf : 3 * leaf + 3], block, lookup))
                after.append(chain[8])
            registers.set([value for result in run(*steps) for value in result])
            carried.set(after)
        for i, value in enumerate(registers.get()):
            at = load(builder, digests, word, 8 * (i // 3)).value
            store(builder, at, value, 8 * (i % 3))
        return context.get_dummy_value()

    return types.void(types.uintp, types.uintp, types.uintp, types.uintp), generate


@kernel
def _hash_leaves(boxes: Longs, data: Bytes, digests: Longs, tail: Bytes) -> None:
    """Hash whole leaves: ``data`` of N × 1,024 bytes into (N, 3) uint64."""
    count = digests.shape[0]
    sources = np.empty(_INTERLEAVED, np.uint64)
    targets = np.empty(_INTERLEAVED, np.uint64)
    for first in range(0, count, _INTERLEAVED):
        for i in range(_INTERLEAVED):
            # Where leaves run out, the last one is hashed again in the places left over.
            leaf = min(first + i, count - 1)
            sources[i] = data.ctypes.data + np.uint64(leaf * LEAF)
            targets[i] = digests.ctypes.data + np.uint64(leaf * 24)
        _compress_leaves(
            boxes.ctypes.data, sources.ctypes.data, tail.ctypes.data, targets.ctypes.data
        )


@kernel
def _reduce(boxes: Longs, digests: Longs, initial: Longs) -> None:
    """Fold (N, 3) leaf digests into the root, ``digests[0]``; an odd node moves up as it is."""
    eight, fifty_six = np.uint64(8), np.uint64(56)
    block = np.zeros(8, np.uint64)
    count = digests.shape[0]
    while count > 1:
        for pair in range(count // 2):
            # The message is a one byte and both children; then the padding bit and its length.
            carried = np.uint64(1)
            for i in range(6):
                word = digests[2 * pair + i // 3, i % 3]
                block[i] = word << eight | carried
                carried = word >> fifty_six
            block[6] = carried | np.uint64(0x0100)
            block[7] = np.uint64(49 * 8)
            for i in range(3):
                digests[pair, i] = initial[i]
            compress(boxes.ctypes.data, digests[pair].ctypes.data, block.ctypes.data)
        if count % 2:
            for i in range(3):
                digests[count // 2, i] = digests[count - 1, i]
        count = (count + 1) // 2


def tree_root(data: Bytes) -> bytes:
    """Return the Tiger tree hash, 24 bytes, of ``data``."""
    whole = data.size // LEAF
    rest = data[whole * LEAF :]
    digests = np.empty((whole + bool(rest.size or not whole), 3), np.uint64)
    _hash_leaves(s_boxes(), data[: whole * LEAF], digests[:whole], _TAIL)
    if whole < len(digests):
        digests[whole] = np.frombuffer(tiger(b"\0" + rest.tobytes()), "<u8")
    return _fold(digests)


def _fold(digests: Longs) -> bytes:
    _reduce(s_boxes(), digests, np.array(INITIAL, np.uint64))
    return digests[0].astype("<u8", copy=False).tobytes()


class TigerTree:
    """The Tiger tree hash of a file that arrives in slabs.

    Every slab but the last holds the same power of two of leaves, so that each is a whole
    subtree of which only the root is kept.
    """

    def __init__(self) -> None:
        self._roots: list[bytes] = []

    def absorb(self, slab: Bytes) -> None:
        """Take in the next slab."""
        self._roots.append(tree_root(slab))

    def finish(self) -> bytes:
        """Return the root, 24 bytes."""
        roots = b"".join(self._roots) or tree_root(readonly(b""))
        return _fold(np.frombuffer(roots, "<u8").astype(np.uint64).reshape(-1, 3))


def warm() -> None:
    """Compile the kernels of this module."""
    tree_root(readonly(bytes(2 * LEAF)))


warmable(__name__)
