from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.gates.hma.conftest import NINE_OFF, ONE

from tidebreak.errors import BadSignal
from tidebreak.gates.hma.hma_types import HMA_TYPES, distance_of
from tidebreak.model import Examination, Signal
from tidebreak.signals import SIGNAL_TYPES

PDQ, MD5 = HMA_TYPES["pdq"], HMA_TYPES["video_md5"]


def whole(*signals: Signal, size: int = 9, trivial: bool = False) -> Examination:
    return Examination("", size, "image/png", signals, trivial=trivial)


@pytest.mark.parametrize(("quality", "told"), [(50, ONE), (49, ""), (None, ONE)])
def test_a_hash_of_low_quality_is_none(quality: int | None, told: str):
    assert PDQ.of(whole(Signal.parse("pdq", ONE, quality))) == told


def test_what_is_featureless_or_empty_has_no_hash():
    signals = (Signal.parse("pdq", ONE, 100), Signal.parse("md5", "a" * 32))
    assert MD5.of(whole(*signals)) == "a" * 32
    assert MD5.of(whole(*signals, size=0)) == PDQ.of(whole(*signals, trivial=True)) == ""
    assert PDQ.of(whole()) == ""


def test_the_pair_in_hmas_own_tests_is_nine_bits_apart():
    assert distance_of(PDQ.read(ONE), PDQ.read(NINE_OFF)) == 9
    with pytest.raises(BadSignal):
        distance_of(PDQ.read(ONE), MD5.read("a" * 32))


@given(st.binary(min_size=32, max_size=32))
def test_texts_are_read_and_written_as_they_are(value: bytes):
    assert PDQ.read(value.hex()).text == PDQ.read(value.hex().upper()).text == value.hex()


def test_distances_are_texts():
    assert (PDQ.told(6.0), MD5.told(0)) == ("6", "-")


def test_every_type_is_one_of_ours():
    assert all(kind.type is SIGNAL_TYPES[kind.type.name] for kind in HMA_TYPES.values())
