"""Many independent messages, hashed side by side in lanes.

A `Batch` names messages inside one buffer and plans which lane works on which of them when. The
plan depends only on the lengths, so that MD4, MD5, SHA-1 and SHA-256 of the same messages share
it. Messages are taken longest first; a lane that has finished takes the next one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from tidebreak.hashing.arrays import Bytes, Ints, Words, readonly
from tidebreak.hashing.lanes import BLOCK, LANES, Compression
from tidebreak.kernels import kernel, warmable

LaneKernel = Callable[[Bytes, Ints, Ints, Ints, Words], None]
"""``(data, offsets, messages, blocks, states)``: carry out a `Schedule`, updating ``states``."""

_FEWEST = 4
"""With fewer messages than this the lanes are not worth a plan."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """Which lane works where: in row r, lane l hashes ``blocks[r]`` blocks from ``offsets[r, l]``.

    ``messages[r, l]`` is the number of the message, one past the last for an idle lane. All are
    int64; ``offsets`` and ``messages`` are (R, 16), ``blocks`` is (R,).
    """

    offsets: Ints
    messages: Ints
    blocks: Ints

    @classmethod
    def plan(cls, starts: Ints, blocks: Ints) -> Schedule:
        """Return a schedule for messages of ``blocks`` whole blocks from ``starts``."""
        order = np.argsort(-blocks, kind="stable")
        rows = np.empty((blocks.size + 1, LANES), np.int64)
        messages = np.empty_like(rows)
        steps = np.empty(blocks.size + 1, np.int64)
        used = _plan(starts, blocks, order, rows, messages, steps)
        return cls(rows[:used], messages[:used], steps[:used])


class Batch:
    """Independent messages: message i is ``data[starts[i] : starts[i] + lengths[i]]``."""

    def __init__(self, data: Bytes, starts: Ints, lengths: Ints) -> None:
        self.data = data
        self.starts = starts
        self.lengths = lengths

    @classmethod
    def rows(cls, data: Bytes, length: int) -> Batch:
        """Return the messages of ``length`` bytes that lie one after the other in ``data``."""
        starts = np.arange(0, data.size, length, dtype=np.int64)
        return cls(data, starts, np.minimum(length, data.size - starts))

    @classmethod
    def concat(cls, batches: Sequence[Batch]) -> Batch:
        """Return the messages of several batches over the same buffer."""
        starts = np.concatenate([batch.starts for batch in batches])
        return cls(batches[0].data, starts, np.concatenate([batch.lengths for batch in batches]))

    @classmethod
    def join(cls, messages: Sequence[Bytes]) -> Batch:
        """Return copies of ``messages`` in one buffer."""
        lengths = np.array([message.size for message in messages], np.int64)
        joined = np.concatenate(messages) if len(messages) > 1 else messages[0]
        return cls(readonly(joined), np.cumsum(lengths) - lengths, lengths)

    def split(self, length: int) -> Batch:
        """Return the pieces of ``length`` bytes of every message, the last of each shorter."""
        counts = -(-self.lengths // length)
        before = np.repeat(np.cumsum(counts) - counts, counts)
        within = (np.arange(int(counts.sum()), dtype=np.int64) - before) * length
        lengths = np.minimum(length, np.repeat(self.lengths, counts) - within)
        return Batch(self.data, np.repeat(self.starts, counts) + within, lengths)

    def __len__(self) -> int:
        return self.starts.size

    def __iter__(self) -> Iterator[Bytes]:
        for start, length in zip(self.starts.tolist(), self.lengths.tolist(), strict=True):
            yield self.data[start : start + length]

    @cached_property
    def schedule(self) -> Schedule:
        """The plan for the whole blocks of all messages."""
        return Schedule.plan(self.starts, self.lengths // BLOCK)

    def share_out(self, cost: float) -> tuple[Ints, Ints]:
        """Return the numbers of the messages to hash one at a time, and of those for the lanes.

        A few long messages would leave most lanes idle: so many of the longest go alone as
        makes the whole cheapest, when a byte in busy lanes costs ``cost`` and 1 alone.
        """
        order = np.argsort(-self.lengths, kind="stable")
        sizes = np.append(self.lengths[order] + 2 * BLOCK, 0)
        if not np.isfinite(cost):
            return order, order[:0]
        alone = np.cumsum(sizes) - sizes
        in_lanes = cost * np.maximum(sizes * LANES, alone[-1] - alone)
        count = int(np.argmin(alone + in_lanes))
        return order[:count], order[count:]

    def digests(self, cost: float, alone: Hasher, together: Hasher) -> Bytes:
        """Return the digest of every message, (N, size) uint8, by the cheaper of two ways."""
        if len(self) < _FEWEST:
            return alone(self)
        first, rest = self.share_out(cost)
        if not (first.size and rest.size):
            return alone(self) if first.size else together(self)
        halves = alone(self.take(first)), together(self.take(rest))
        digests = np.empty((len(self), halves[0].shape[1]), np.uint8)
        digests[first], digests[rest] = halves
        return digests

    def take(self, numbers: Ints) -> Batch:
        """Return the messages with these numbers."""
        return Batch(self.data, self.starts[numbers], self.lengths[numbers])

    def each(self, digest: Callable[[Bytes], bytes]) -> Bytes:
        """Return the digests, (N, size) uint8, one message at a time. There is at least one."""
        digests = [digest(message) for message in self]
        return readonly(b"".join(digests)).reshape(len(digests), -1)

    def in_lanes(self, hash: Compression, compress: LaneKernel) -> Bytes:
        """Return the digests, (N, 4 × words) uint8, of a Merkle–Damgård hash over 64-byte blocks.

        Padding is that of MD4 (RFC 1320): a one bit, zeros, the length in bits in 64 bits.
        """
        states = np.tile(np.array(hash.initial, np.uint32), (len(self) + 1, 1))
        plan = self.schedule
        compress(self.data, plan.offsets, plan.messages, plan.blocks, states)
        tails, blocks = self.padded(big_endian=hash.big_endian)
        ends = Schedule.plan(np.arange(len(self), dtype=np.int64) * 2 * BLOCK, blocks)
        compress(tails, ends.offsets, ends.messages, ends.blocks, states)
        digests = states[:-1].astype(">u4" if hash.big_endian else "<u4", copy=False)
        return digests.view(np.uint8)

    def padded(self, *, big_endian: bool) -> tuple[Bytes, Ints]:
        """Return the padded end of each message in 128 bytes of its own, and its 1 or 2 blocks."""
        tails = np.zeros((len(self), 2 * BLOCK), np.uint8)
        blocks = np.empty(len(self), np.int64)
        _pad(self.data, self.starts, self.lengths, big_endian, tails, blocks)
        return readonly(tails.reshape(-1)), blocks


Hasher = Callable[[Batch], Bytes]


@kernel
def gather(states: Words, messages: Ints, lanes: Words) -> None:
    """Copy the states of 16 messages, (N, words), into lanes, (words, 16)."""
    for lane in range(LANES):
        for word in range(lanes.shape[0]):
            lanes[word, lane] = states[messages[lane], word]


@kernel
def scatter(lanes: Words, messages: Ints, states: Words) -> None:
    """Copy 16 lanes back to the states of their messages."""
    for lane in range(LANES):
        for word in range(lanes.shape[0]):
            states[messages[lane], word] = lanes[word, lane]


@kernel
def _plan(
    starts: Ints, blocks: Ints, order: Ints, offsets: Ints, messages: Ints, steps: Ints
) -> int:
    """Fill in a schedule; return the number of rows. ``order`` sorts by falling ``blocks``."""
    idle = blocks.size
    following = 0
    row = 0
    message = np.full(LANES, idle, np.int64)
    position = np.zeros(LANES, np.int64)
    left = np.zeros(LANES, np.int64)
    while True:
        step = np.int64(0)
        somewhere = np.int64(0)
        for lane in range(LANES):
            if left[lane] == 0:
                message[lane] = idle
                if following < idle and blocks[order[following]] > 0:
                    message[lane] = order[following]
                    position[lane] = starts[order[following]]
                    left[lane] = blocks[order[following]]
                    following += 1
            if left[lane] > 0 and (step == 0 or left[lane] < step):
                step = left[lane]
            if left[lane] > 0:
                somewhere = position[lane]
        if step == 0:
            return row
        steps[row] = step
        for lane in range(LANES):
            messages[row, lane] = message[lane]
            # An idle lane repeats what another one reads; its result is thrown away.
            offsets[row, lane] = position[lane] if left[lane] > 0 else somewhere
            if left[lane] > 0:
                left[lane] -= step
                position[lane] += step * BLOCK
        row += 1


@kernel
def _pad(
    data: Bytes, starts: Ints, lengths: Ints, big_endian: bool, tails: Bytes, blocks: Ints
) -> None:
    """Write the last, padded one or two blocks of each message."""
    for i in range(starts.size):
        rest = lengths[i] % BLOCK
        first = starts[i] + lengths[i] - rest
        for j in range(rest):
            tails[i, j] = data[first + j]
        tails[i, rest] = 0x80
        blocks[i] = 1 if rest < BLOCK - 8 else 2
        end = blocks[i] * BLOCK
        bits = np.uint64(lengths[i]) << np.uint64(3)
        for j in range(8):
            byte = np.uint8(bits >> np.uint64(8 * j))
            tails[i, end - 1 - j if big_endian else end - 8 + j] = byte


def warm() -> None:
    """Compile the kernels of this module; those that move states come with each hash."""
    batch = Batch(readonly(b"\0"), np.zeros(1, np.int64), np.ones(1, np.int64))
    Schedule.plan(batch.starts, batch.lengths)
    batch.padded(big_endian=True)


warmable(__name__)
