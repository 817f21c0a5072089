"""What pieces say of one file alone: against every layout, byte by byte."""

from __future__ import annotations

import hashlib
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidebreak.errors import UsageError
from tidebreak.links import alignment
from tidebreak.links.alignment import LEAST, Alike, Pieces, aligned, chance, compare, why_silent
from tidebreak.links.reference import Alignment


def pieces_of(data: bytes, length: int) -> Pieces:
    steps = range(0, len(data), length)
    hashes = b"".join(hashlib.sha1(data[at : at + length]).digest() for at in steps)
    return Pieces(length, len(data), hashes)


LAYOUTS = st.lists(st.tuples(st.integers(0, 700), st.integers(0, 300)), min_size=1, max_size=6)


@given(LAYOUTS, st.integers(64, 400))
def test_a_piece_speaks_of_a_file_exactly_when_it_holds_nothing_else(layout, length):
    """Against the definition: look at every piece and at every byte in it."""
    files = [hashlib.shake_128(bytes([n])).digest(size) for n, (size, _) in enumerate(layout)]
    whose: list[int] = []
    for number, (size, padding) in enumerate(layout):
        whose += [number] * size + [-1 - number] * padding
    data = b"".join(f + bytes(pad) for f, (_, pad) in zip(files, layout, strict=True))
    pieces, start = pieces_of(data, length), 0
    for number, (size, padding) in enumerate(layout):
        alone = [
            at
            for at in range(0, len(data), length)
            if start <= at < start + size
            and set(whose[at : at + length]) <= {number, -1 - number}
            and whose[at : at + length].count(number) >= min(LEAST, size)
        ]
        question = pieces.of_file(start, size, padding)
        assert (question is not None) == bool(alone)
        if question is not None:
            assert question.skip == alone[0] - start
            assert compare(io.BytesIO(files[number]), question) is Alike.YES
        start += size + padding


@given(st.integers(1, 2000), st.integers(1, 300))
def test_the_chance_is_the_share_of_starts_with_a_whole_piece_inside(size: int, length: int):
    starts = sum(-start % length + length <= size for start in range(length))
    assert chance(size, length) == pytest.approx(starts / length)


def test_the_reason_says_from_which_size_on_a_file_would_be_recognised():
    assert "shorter" in why_silent(99, 100)
    assert "from 199 bytes on" in why_silent(150, 100)
    assert chance(199, 100) == 1
    assert chance(198, 100) < 1
    assert chance(99, 100) == 0


def test_pieces_must_fit():
    assert Pieces(10, 25, bytes(60)).fit
    assert not Pieces(10, 25, bytes(40)).fit
    assert not Pieces(0, 25, bytes(60)).fit


DATA = hashlib.shake_128(b"aligned").digest(3_000_000)
QUESTION = Alignment(len(DATA), 7, 2_500_000, hashlib.sha1(DATA[7:2_500_007]).digest())


def test_a_holder_of_the_bytes_answers():
    assert aligned(io.BytesIO(DATA), QUESTION)
    assert not aligned(io.BytesIO(DATA[:-1]), QUESTION)
    assert not aligned(io.BytesIO(DATA[:9] + b"?" + DATA[10:]), QUESTION)
    assert aligned(io.BytesIO(b"?" + DATA[1:]), QUESTION)  # in front of the piece


def test_bytes_past_the_end_are_zeros_as_padding_is():
    padded = hashlib.sha1(DATA[2_999_000:] + bytes(1_200_000)).digest()
    assert aligned(io.BytesIO(DATA), Alignment(len(DATA), 2_999_000, 1_201_000, padded))


def test_bytes_that_are_all_the_same_say_nothing():
    question = Alignment(100, 0, 100, hashlib.sha1(b"A" * 100).digest())
    assert compare(io.BytesIO(b"A" * 100), question) is Alike.TRIVIAL
    assert not aligned(io.BytesIO(b"A" * 100), question)
    padded = Alignment(100, 0, 200, hashlib.sha1(b"A" * 100 + bytes(100)).digest())
    assert compare(io.BytesIO(b"A" * 100), padded) is Alike.TRIVIAL


@pytest.mark.parametrize(
    "question",
    [
        Alignment(100, 100, 10, bytes(20)),
        Alignment(100, -1, 10, bytes(20)),
        Alignment(100, 0, 0, bytes(20)),
        Alignment(100, 0, 10, bytes(19)),
        Alignment(100, 0, alignment.MOST_ZEROS + 101, bytes(20)),
    ],
)
def test_questions_that_no_torrent_asks_are_refused(question: Alignment):
    with pytest.raises(UsageError, match="must begin inside"):
        compare(io.BytesIO(bytes(100)), question)


def test_a_file_that_shrinks_while_it_is_read_is_no():
    class Shrinking(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return b""

    assert compare(Shrinking(DATA), QUESTION) is Alike.NO
