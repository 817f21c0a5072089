"""Keyed BLAKE2b (RFC 7693) of many short messages at once, eight in lanes.

The block that holds the key is the same for all messages and compressed once; a message of 1
to 40 bytes is then one block, most of whose words are zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numba.core import types

from tidebreak.hashing.arrays import Bytes, Longs, readonly, readonly_rows
from tidebreak.hashing.words import (
    Steps,
    W,
    Word,
    constant,
    intrinsic,
    load,
    rotl,
    run,
    store,
    vector,
)
from tidebreak.kernels import kernel, warmable

LANES = 8
WORDS = 5
"""Message words that may be other than zero."""


_BLOCK = 128
INITIAL = (
    0x6A09E667F3BCC908,
    0xBB67AE8584CAA73B,
    0x3C6EF372FE94F82B,
    0xA54FF53A5F1D36F1,
    0x510E527FADE682D1,
    0x9B05688C2B3E6C1F,
    0x1F83D9ABFB41BD6B,
    0x5BE0CD19137E2179,
)
_SIGMA = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15),
    (14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3),
    (11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4),
    (7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8),
    (9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13),
    (2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9),
    (12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11),
    (13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10),
    (6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5),
    (10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0),
)
_COLUMNS = tuple((i, 4 + i, 8 + i, 12 + i) for i in range(4))
_DIAGONALS = tuple((i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4) for i in range(4))


def blake2b_steps(
    h: Sequence[W], m: Sequence[W | None], initial: Sequence[W], counter: Any, *, last: bool
) -> Steps[W]:
    """The compression function F (RFC 7693, 3.2), on any kind of 64-bit words.

    ``m`` has sixteen words, None for one that is zero; ``initial`` is `INITIAL` as such words;
    ``counter`` is the number of bytes hashed so far, these included (an int or a word).
    """
    v = [*h, *initial]
    v[12] = v[12] ^ counter
    v[14] = ~v[14] if last else v[14]
    for number in range(12):
        order = _SIGMA[number % 10]
        for i, (a, b, c, d) in enumerate((*_COLUMNS, *_DIAGONALS)):
            for word, first, second in ((m[order[2 * i]], 32, 40), (m[order[2 * i + 1]], 48, 1)):
                v[a] = v[a] + v[b] if word is None else v[a] + v[b] + word
                v[d] = rotl(v[d] ^ v[a], first)
                v[c] = v[c] + v[d]
                v[b] = rotl(v[b] ^ v[c], second)
            yield
    return tuple(h[i] ^ v[i] ^ v[i + 8] for i in range(8))


def keyed_state(key: bytes, digest_size: int, person: bytes) -> Longs:
    """Return the state, (8,) uint64, after the block of the ``key`` (1 to 64 bytes)."""
    parameters = bytes([digest_size, len(key), 1, 1]) + bytes(44) + person.ljust(16, b"\0")
    h = np.array(INITIAL, np.uint64) ^ np.frombuffer(parameters, "<u8").astype(np.uint64)
    m = np.frombuffer(key.ljust(_BLOCK, b"\0"), "<u8").astype(np.uint64)
    initial = [np.array([value], np.uint64) for value in INITIAL]
    steps = blake2b_steps(
        list(h.reshape(8, 1)), list(m.reshape(16, 1)), initial, _BLOCK, last=False
    )
    (state,) = run(steps)
    return np.concatenate(state)


@intrinsic
def _last_block(_context: Any, state: Any, words: Any, counter: Any, out: Any) -> Any:
    """Hash the last block of eight messages.

    ``state`` is the address of 8 uint64, ``words`` of (5, 8) uint64, ``out`` of (2, 8) uint64.
    """

    def generate(context: Any, builder: Any, _signature: Any, arguments: Sequence[Any]) -> Any:
        state, words, counter, out = arguments
        scalar, lanes = vector(64, 1), vector(64, LANES)
        h = [_spread(load(builder, state, scalar, 8 * i)) for i in range(8)]
        m = [load(builder, words, lanes, 64 * i) for i in range(WORDS)]
        initial = [Word(builder, constant(lanes, value)) for value in INITIAL]
        count = _spread(Word(builder, counter))
        (result,) = run(blake2b_steps(h, [*m, *[None] * (16 - WORDS)], initial, count, last=True))
        for i in range(2):
            store(builder, out, result[i], 64 * i)
        return context.get_dummy_value()

    return types.void(types.uintp, types.uintp, types.uint64, types.uintp), generate


def _spread(word: Word) -> Word:
    """Copy one value to all lanes."""
    builder = word.builder
    lanes = constant(vector(64, LANES), 0)
    for lane in range(LANES):
        lanes = builder.insert_element(lanes, word.value, constant(vector(32, 1), lane))
    return Word(builder, lanes)


@kernel
def _hash_many(state: Longs, values: Bytes, digests: Longs) -> None:
    """Hash (N, L) uint8 messages, 1 ≤ L ≤ 40, from ``state`` into (N, 2) uint64."""
    count, length = values.shape
    messages = np.zeros((LANES, 8 * WORDS), np.uint8)
    rows = messages.view(np.uint64)
    words = np.empty((WORDS, LANES), np.uint64)
    out = np.empty((2, LANES), np.uint64)
    for first in range(0, count, LANES):
        group = min(LANES, count - first)
        for lane in range(group):
            for i in range(length):
                messages[lane, i] = values[first + lane, i]
        for lane in range(LANES):
            for word in range(WORDS):
                words[word, lane] = rows[lane, word]
        counter = np.uint64(_BLOCK + length)
        _last_block(state.ctypes.data, words.ctypes.data, counter, out.ctypes.data)
        for lane in range(group):
            digests[first + lane, 0] = out[0, lane]
            digests[first + lane, 1] = out[1, lane]


def hash_many(state: Longs, values: Bytes) -> Bytes:
    """Return the first 16 bytes of the hash of each row of ``values``, (N, 16) uint8.

    ``values`` is (N, L) uint8, 1 ≤ L ≤ 40; ``state`` is that of `keyed_state`.
    """
    digests = np.empty((len(values), 2), np.uint64)
    _hash_many(state, readonly_rows(values), digests)
    return digests.astype("<u8", copy=False).view(np.uint8)


def warm() -> None:
    """Compile the kernels of this module."""
    hash_many(np.array(INITIAL, np.uint64), readonly(b"\0").reshape(1, 1))


warmable(__name__)
