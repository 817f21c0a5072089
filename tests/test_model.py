from __future__ import annotations

import pytest

from tidebreak.errors import BadSignal
from tidebreak.model import Examination, Level, ListKind, Observation, Signal, Thresholds


def test_levels_are_ordered_and_only_recognitions_are_found():
    assert [level.value for level in sorted(Level, key=lambda item: item.rank)] == [
        "exact", "exact-weak", "near", "possible", "lead", "allowed", "ignorable", "none",
    ]  # fmt: skip
    assert [level for level in Level if level.found] == list(Level)[:5]


def test_a_signal_is_parsed_and_written():
    signal = Signal.parse("MD5", "9E107D9D372BB6826BD81D3542A419D6")
    assert signal.text == "9e107d9d372bb6826bd81d3542a419d6"
    with pytest.raises(BadSignal):
        Signal.parse("md5", "")


def test_an_examination_gives_its_signals_by_name():
    signal = Signal.parse("md5", "9e107d9d372bb6826bd81d3542a419d6")
    item = Examination("", 43, "text/plain", (signal,))
    assert item.signal("md5") is signal
    assert item.signal("pdq") is None


def test_content_key_is_the_seal_of_the_sha256():
    seen = Observation("", 1, "", ("md5", "sha256"), b"m" * 16 + b"s" * 16)
    assert seen.content_key == b"s" * 16
    assert seen.seal("md5") == b"m" * 16
    assert Observation("", 1, "").content_key == b""


def test_only_fast_paths_need_confirmation():
    assert Observation("", 1, "").exact_path
    assert Observation("", 1, "", preproc="pdq-1/full").exact_path
    assert not Observation("", 1, "", preproc="pdq-1/jpeg-coefficients").exact_path


def test_the_widest_threshold():
    assert Thresholds().widest == 60
    assert Thresholds(near=20, possible=25, lead=0).widest == 25


def test_two_kinds_of_list_make_a_hit():
    assert [kind for kind in ListKind if kind.hits] == [ListKind.CONTRABAND, ListKind.WATCH]
