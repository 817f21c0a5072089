"""Plans, padding and cutting; the hashes themselves are tested in their own modules."""

from __future__ import annotations

from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidebreak.hashing.arrays import readonly
from tidebreak.hashing.batch import Batch, Schedule
from tidebreak.hashing.lanes import BLOCK, LANES

counts = st.lists(st.integers(0, 40), min_size=1, max_size=60)


@given(counts)
def test_a_schedule_covers_every_block_of_every_message_once_and_in_order(blocks: list[int]):
    sizes = np.array(blocks, np.int64)
    starts = (np.cumsum(sizes) - sizes) * BLOCK
    plan = Schedule.plan(starts, sizes)
    position = starts.copy()
    for offsets, messages, step in zip(plan.offsets, plan.messages, plan.blocks, strict=True):
        working = messages < sizes.size
        assert len(set(messages[working].tolist())) == working.sum()
        assert (offsets[working] == position[messages[working]]).all()
        # Whatever an idle lane reads lies within the buffer as well.
        assert (offsets + step * BLOCK <= sizes.sum() * BLOCK).all()
        position[messages[working]] += step * BLOCK
    assert (position == starts + sizes * BLOCK).all()


@given(counts)
def test_a_schedule_is_at_most_twice_as_long_as_it_must_be(blocks: list[int]):
    sizes = np.array(blocks, np.int64)
    plan = Schedule.plan(np.zeros_like(sizes), sizes)
    least = max(int(sizes.max()), -(-int(sizes.sum()) // LANES))
    assert least <= plan.blocks.sum() <= 2 * least


def cost_of(lengths: list[int], alone: int, cost: float) -> float:
    sizes = sorted((length + 2 * BLOCK for length in lengths), reverse=True)
    rest = sizes[alone:]
    return sum(sizes[:alone]) + cost * max(sum(rest), LANES * max(rest, default=0))


@given(st.lists(st.integers(0, 5_000), min_size=1, max_size=40), st.floats(0.1, 2))
def test_messages_are_shared_out_at_least_cost(lengths: list[int], cost: float):
    batch = Batch.join([readonly(bytes(length)) for length in lengths])
    alone, together = batch.share_out(cost)
    assert sorted([*alone, *together]) == list(range(len(lengths)))
    assert all(lengths[i] >= lengths[j] for i in alone for j in together)
    chosen = cost_of(lengths, len(alone), cost)
    best = min(cost_of(lengths, count, cost) for count in range(len(lengths) + 1))
    assert chosen == pytest.approx(best)


def test_all_messages_go_alone_where_lanes_never_pay():
    alone, together = Batch.rows(readonly(bytes(6_400)), 64).share_out(inf)
    assert (alone.size, together.size) == (100, 0)


def test_rows_end_with_a_shorter_one():
    batch = Batch.rows(readonly(b"abcdefg"), 3)
    assert [message.tobytes() for message in batch] == [b"abc", b"def", b"g"]


@given(st.lists(st.binary(max_size=20), min_size=1, max_size=8), st.integers(1, 6))
def test_splitting_joined_messages_gives_the_pieces_of_each(messages: list[bytes], length: int):
    batch = Batch.join([readonly(message) for message in messages])
    assert [message.tobytes() for message in batch] == messages
    pieces = [
        message[start : start + length]
        for message in messages
        for start in range(0, len(message), length)
    ]
    assert [piece.tobytes() for piece in batch.split(length)] == pieces
