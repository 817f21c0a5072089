from __future__ import annotations

import io
from dataclasses import replace

import pytest

from tidebreak.media.archive import LimitReached, Meter, pour
from tidebreak.settings import Limits

MIB = 1 << 20


def test_members_are_counted_to_the_limit():
    meter = Meter(1000, Limits(archive_members=3))
    for _ in range(3):
        meter.member()
    with pytest.raises(LimitReached, match="more than 3 members") as caught:
        meter.member()
    assert caught.value.meter is meter


def test_a_bomb_is_what_unpacks_too_far_and_is_large():
    meter = Meter(1000, Limits(archive_ratio=200))
    meter.unpacked(64 * MIB)
    with pytest.raises(LimitReached, match="200 times its size, as a bomb"):
        meter.unpacked(1)
    large = Meter(MIB, Limits(archive_ratio=200))
    large.unpacked(200 * MIB)
    with pytest.raises(LimitReached):
        large.unpacked(1)


def test_what_a_nested_archive_costs_counts_for_its_outer_one():
    limits = Limits(archive_bytes=100, archive_members=2)
    outer = Meter(50, limits)
    inner = Meter(50, limits, outer)
    inner.member()
    outer.member()
    with pytest.raises(LimitReached) as caught:
        Meter(50, limits, outer).member()
    assert caught.value.meter is outer
    with pytest.raises(LimitReached, match="more than 100 bytes") as caught:
        inner.unpacked(101)
    assert caught.value.meter is outer


def test_a_nested_bomb_ends_only_its_own_walk():
    outer = Meter(100 * MIB, Limits())
    inner = Meter(1000, Limits(), outer)
    with pytest.raises(LimitReached) as caught:
        inner.unpacked(65 * MIB)
    assert caught.value.meter is inner
    outer.unpacked(1)


def test_time_is_that_of_the_outermost_archive():
    outer = Meter(100, replace(Limits(), archive_seconds=0.0))
    inner = Meter(100, Limits(), outer)
    with pytest.raises(LimitReached, match="took more than") as caught:
        inner.check_time()
    assert caught.value.meter is outer


def test_pouring_takes_a_stream_to_its_end():
    parts: list[bytes] = []

    class Member:
        def write(self, chunk: bytes, /) -> None:
            parts.append(chunk)

        def close(self, reason: str = "") -> None:
            raise AssertionError("left open")

    pour(io.BytesIO(b"x" * (3 * MIB + 5)), Member())
    assert [len(part) for part in parts] == [MIB, MIB, MIB, 5]
