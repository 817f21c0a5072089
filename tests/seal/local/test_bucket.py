from __future__ import annotations

import math
import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidebreak.errors import UsageError
from tidebreak.seal.local.bucket import Bucket

DAY = 86400


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@settings(max_examples=60, deadline=None)
@given(
    events=st.lists(st.tuples(st.floats(0, 1000), st.integers(0, 256)), max_size=60),
    per_day=st.sampled_from([DAY // 2, DAY * 10]), burst=st.sampled_from([50, 300]),
)  # fmt: skip
def test_no_more_is_given_than_came_back(tmp_path_factory, events, per_day, burst):
    path, clock = tmp_path_factory.mktemp("bucket") / "q", Clock()
    bucket, given_away = Bucket(per_day, burst, path, clock), 0
    begin = clock.now
    for wait, wanted in events:
        clock.now += wait
        said = bucket.take(wanted)
        if said == 0:
            given_away += wanted
            bucket = Bucket(per_day, burst, path, clock)  # a restart changes nothing
        else:
            clock.now += said + 1e-6
            assert bucket.take(wanted) == 0
            given_away += wanted
        assert given_away <= (clock.now - begin) * per_day / DAY + max(256, burst) + 1


def test_it_begins_empty_and_fills_to_its_brim(tmp_path: Path):
    clock = Clock()
    bucket = Bucket(DAY, 100, tmp_path / "q", clock)
    assert bucket.take(1) == pytest.approx(1)
    clock.now += 10 * DAY
    assert bucket.take(100) == 0
    assert bucket.take(1) == pytest.approx(1)


def test_one_that_is_larger_than_the_bucket_is_owed(tmp_path: Path):
    clock = Clock()
    bucket = Bucket(DAY, 10, tmp_path / "q", clock)
    clock.now += 100
    assert bucket.take(50) == 0
    assert bucket.take(1) == pytest.approx(41)


def test_a_clock_that_goes_back_gives_nothing(tmp_path: Path):
    clock = Clock()
    bucket = Bucket(DAY, 10, tmp_path / "q", clock)
    clock.now += 100
    assert bucket.take(10) == 0
    clock.now -= 1000
    assert bucket.take(1) > 0


@pytest.mark.parametrize(
    "state",
    [
        b"", b"x" * 24, struct.pack("<8sdd", b"TIDEBUC1", math.nan, 0),
        struct.pack("<8sdd", b"TIDEBUC1", 1e300, 0), struct.pack("<8sdd", b"TIDEBUC1", 5, math.nan),
        struct.pack("<8sdd", b"TIDEBUC1", -1e300, 0),
    ],
)  # fmt: skip
def test_what_is_no_state_is_an_empty_bucket(tmp_path: Path, state):
    (tmp_path / "q").write_bytes(state)
    assert Bucket(DAY, 10, tmp_path / "q", Clock()).take(1) == pytest.approx(1)


def test_where_nothing_can_be_written_it_says_so(tmp_path: Path):
    with pytest.raises(UsageError, match="cannot be written"):
        Bucket(DAY, 10, tmp_path / "none" / "q")
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UsageError, match="cannot be written"):
        Bucket(DAY, 10, tmp_path / "link")
