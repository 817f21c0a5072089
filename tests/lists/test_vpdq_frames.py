from __future__ import annotations

import contextlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidebreak.errors import BadSignal
from tidebreak.hashing.frames import FrameSequence
from tidebreak.lists.vpdq_frames import parse_frame, signals_of, spread_times, to_text

HASH = "0123456789abcdef" * 4


def test_reads_what_both_programs_write():
    frame = parse_frame(f"17,99,{HASH},0.567")
    assert (frame.number, frame.quality, frame.hash.hex(), frame.seconds) == (17, 99, HASH, 0.567)
    assert parse_frame(f"{HASH.upper()},99,1.23e+03") == type(frame)(-1, 99, frame.hash, 1230.0)


@pytest.mark.parametrize(
    "text",
    [
        f"{HASH},99", f"1,2,3,{HASH},5", f"{HASH[1:]},99,0", f"{HASH},101,0", f"{HASH},-1,0",
        f"{HASH},99,-1", f"{HASH},99,nan", f"{HASH},99,inf", f"{HASH},99,1e9", f"{HASH},x,0",
        f"x,99,{HASH},0", "",
    ],
)  # fmt: skip
def test_refuses_what_is_no_frame_without_repeating_it(text):
    with pytest.raises(BadSignal) as error:
        parse_frame(text)
    assert HASH[1:] not in str(error.value)


@given(st.text(max_size=90))
def test_any_text_is_a_frame_or_a_bad_signal(text):
    with contextlib.suppress(BadSignal):
        parse_frame(text)


def test_signals_are_in_the_order_of_time_and_say_it():
    frames = [parse_frame(f"1,50,{HASH},2.5"), parse_frame(f"0,40,{HASH},0.0")]
    first, second = signals_of(frames)
    assert (first.value[:4], first.quality) == (bytes(4), 40)
    assert (int.from_bytes(second.value[:4]), second.value[4:].hex()) == (2500, HASH)


@pytest.mark.parametrize("step", [0.5, 1.0, 2.0])
def test_times_that_three_digits_made_equal_are_spread_again(step):
    true = [place * step for place in range(5000)]
    written = [float(f"{seconds:.3}") for seconds in true]
    spread = spread_times(written)
    assert max(abs(a - b) for a, b in zip(true, written, strict=True)) >= 5 - step
    assert max(abs(a - b) for a, b in zip(true, spread, strict=True)) <= step
    assert spread == sorted(spread)


@given(st.lists(st.floats(0, 4e6), max_size=30).map(sorted))
def test_times_that_differ_stay_as_they_are(seconds):
    different = sorted(set(seconds))
    assert spread_times(different) == different
    assert all(abs(a - b) <= b / 180 for a, b in zip(spread_times(seconds), seconds, strict=True))


def test_writes_a_file_that_reads_back():
    sequence = FrameSequence.of(
        [0, 1_234_567, 40, 40], [0, 0, 0, 1], [100, 50, 7, 9], [bytes([n] * 32) for n in range(4)]
    )
    lines = to_text(sequence).splitlines()
    assert lines[0] == f"0,100,{bytes(32).hex()},0.000"
    frames = [parse_frame(line) for line in lines]
    assert [frame.number for frame in frames] == [0, 1, 2]
    assert [frame.seconds for frame in frames] == [0.0, 0.04, 1234.567]
    assert [frame.hash[0] for frame in frames] == [0, 2, 1]
    values = np.array([int.from_bytes(s.value[:4]) for s in signals_of(frames)])
    assert values.tolist() == [0, 40, 1_234_567]
