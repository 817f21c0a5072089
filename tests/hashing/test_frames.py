from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidebreak.errors import BadSignal
from tidebreak.hashing.frames import (
    FRAME,
    Area,
    FrameSequence,
    Pruner,
    area_name,
    area_of,
    track_of,
    turn_of,
)
from tidebreak.model import Turn

ROWS = st.lists(
    st.tuples(
        st.integers(0, 2**32 - 1),
        st.integers(0, 255),
        st.integers(0, 100),
        st.binary(min_size=32, max_size=32),
    ),
    max_size=30,
)


def sequence(rows: list[tuple[int, int, int, bytes]]) -> FrameSequence:
    columns = list(zip(*rows, strict=True)) or [(), (), (), ()]
    return FrameSequence.of(*columns)  # type: ignore[arg-type]


def distance(a: bytes, b: bytes) -> int:
    return (int.from_bytes(a) ^ int.from_bytes(b)).bit_count()


def test_a_record_is_38_bytes_as_written_down():
    one = sequence([(0x01020304, 33, 99, bytes(range(32)))])
    assert one.pack() == bytes([4, 3, 2, 1, 33, 99, *range(32)])


@given(ROWS)
def test_packing_keeps_every_record_and_sorts_by_time_and_track(
    rows: list[tuple[int, int, int, bytes]],
):
    records = FrameSequence.unpack(sequence(rows).pack()).records
    found = [(int(t), int(k), int(q), h.tobytes()) for t, k, q, h in records]
    assert sorted(found) == sorted(rows)
    assert [row[:2] for row in found] == sorted(row[:2] for row in rows)


@given(st.binary(max_size=200))
def test_unpacking_takes_only_whole_ordered_records(data: bytes):
    try:
        records = FrameSequence.unpack(data).records
    except BadSignal:
        return
    assert records.tobytes() == data
    assert (records["quality"] <= 100).all()
    assert sorted(records["time"].tolist()) == records["time"].tolist()


@pytest.mark.parametrize(
    ("rows", "what"),
    [
        ([(0, 0, 101, b"")], "quality"),
        ([(2, 0, 1, b""), (1, 0, 1, b"")], "order"),
    ],
)
def test_unpacking_says_what_is_wrong(rows: list[tuple[int, int, int, bytes]], what: str):
    records = np.zeros(len(rows), FRAME)
    for row, (time, track, quality, _) in enumerate(rows):
        records[row] = time, track, quality, np.zeros(32, np.uint8)
    with pytest.raises(BadSignal, match=what):
        FrameSequence.unpack(records.tobytes())
    with pytest.raises(BadSignal, match="cut off"):
        FrameSequence.unpack(records.tobytes()[:-1])


def test_every_track_has_an_area_and_a_turn():
    assert {track_of(area_of(track), turn_of(track)) for track in range(256)} == set(range(256))
    assert track_of(Area.CONTENT, Turn.MIRROR) == 33
    assert len({area_name(track_of(area)) for area in range(32)}) == 32


def test_only_upright_pictures_with_and_without_bars_are_stored():
    tracks = [track_of(area, turn) for area in (0, 1, 2, 3) for turn in (Turn.NONE, Turn.MIRROR)]
    rows = [(number, track, 50, bytes(32)) for number, track in enumerate(tracks)]
    assert sequence(rows).stored().tracks == (0, 1)


@given(
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 1), st.integers(0, 40)), max_size=60),
    st.integers(0, 16),
)
def test_pruning_leaves_a_kept_frame_of_the_track_near_every_frame(
    steps: list[tuple[int, int, int]], bits: int
):
    time, rows = 0, []
    for gap, track, ones in steps:
        time += gap
        rows.append((time, track, 80, ((1 << ones) - 1).to_bytes(32)))
    kept = sequence(rows).pruned(bits, 1000)
    for time, track, _, value in rows:
        mine = kept.track(track).records
        before = mine[mine["time"] <= time]
        near = [r for r in before if distance(r["hash"].tobytes(), value) <= bits]
        assert any(time - int(r["time"]) < 1000 for r in near)


def test_a_still_scene_costs_one_frame_a_second_and_a_changing_one_all():
    pruner = Pruner()
    assert sum(pruner.keeps(ms, bytes(32)) for ms in range(0, 10_000, 40)) == 10
    pruner = Pruner()
    changing = [((0xFFFF << n) & (2**256 - 1)).to_bytes(32) for n in range(0, 250, 10)]
    assert all(pruner.keeps(40 * n, value) for n, value in enumerate(changing))
