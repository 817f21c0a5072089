from __future__ import annotations

import base64

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidebreak.errors import BadSignal
from tidebreak.hashing.local import LOCAL, MOST, LocalFeatures, Points, readable
from tidebreak.signals import SIGNAL_TYPES


def some(count: int, width: int = 640, height: int = 480, seed: int = 0) -> LocalFeatures:
    rng = np.random.default_rng(seed)
    records = np.empty(count, LOCAL)
    records["x"], records["y"] = rng.random(count) * width, rng.random(count) * height
    records["scale"], records["angle"] = rng.random(count) * 90 + 1, rng.random(count) * 360
    records["mirrored"], records["flat"] = rng.integers(0, 2, (2, count))
    records["descriptor"] = rng.integers(0, 256, (count, 32))
    return LocalFeatures(width, height, records)


def test_packed_features_come_back():
    before = some(17)
    data = before.pack()
    assert len(data) == 8 + 17 * 50
    after = LocalFeatures.unpack(data)
    assert (after.width, after.height, len(after)) == (640, 480, 17)
    assert (after.records == before.records).all()


def test_a_picture_without_features_packs_too():
    assert len(LocalFeatures.unpack(some(0, 3, 4).pack())) == 0


@pytest.mark.parametrize("length", [0, 7, 9, 57, 8 + 50 * (MOST + 1)])
def test_wrong_lengths_are_refused(length: int):
    with pytest.raises(BadSignal, match="cut off or too many"):
        LocalFeatures.unpack((some(1).pack() * (MOST + 2))[:length])


@pytest.mark.parametrize("size", [(0, 10), (10, 0), (1 << 24, 10)])
def test_impossible_sizes_are_refused(size: tuple[int, int]):
    with pytest.raises(BadSignal, match="impossible size"):
        LocalFeatures.unpack(some(0, *size).pack())


@pytest.mark.parametrize(
    ("name", "value"),
    [("x", -1), ("x", 641), ("y", 481), ("x", np.nan), ("y", np.inf), ("scale", 0),
     ("scale", 1281), ("scale", np.nan), ("angle", -1), ("angle", 361)],
)  # fmt: skip
def test_what_cannot_be_in_the_picture_is_refused(name: str, value: float):
    features = some(3)
    features.records[name][1] = value
    with pytest.raises(BadSignal, match="not inside"):
        LocalFeatures.unpack(features.pack())


@given(st.binary(max_size=400))
def test_any_bytes_unpack_or_are_refused(data: bytes):
    try:
        features = LocalFeatures.unpack(data)
    except BadSignal:
        return
    assert features.pack() == data


def test_a_stored_feature_byte_by_byte():
    features = some(1, 200, 100)
    record = features.records
    record["x"], record["y"], record["scale"], record["angle"] = 200, 100, 50, 90
    record["mirrored"], record["flat"], record["descriptor"] = 0, 0, range(32)
    assert features.stored().tobytes() == bytes.fromhex("ffff 8000 4000 2000") + bytes(range(32))
    record["flat"] = 1
    assert features.stored()[0, 6] == 0xA0
    record["angle"] = 360
    assert features.stored()[0, 6:8].tolist() == [0x80, 0]


def test_the_version_stands_before_the_features_of_a_picture():
    features = some(40)
    value = features.value()
    assert value == b"\1" + features.stored().tobytes()
    assert SIGNAL_TYPES["orb"].parse(base64.b64encode(value).decode()) == value
    values = np.frombuffer(value + b"\2" + value[1:], np.uint8).reshape(2, -1)
    assert readable(values).tolist() == [True, False]
    assert not readable(values[:, :-1]).any()
    assert not readable(values[:, :1]).any()


def test_a_picture_without_features_has_no_value():
    assert some(0).value() == b""


def test_what_is_mirrored_is_not_stored():
    features = some(40)
    upright = features.records["mirrored"] == 0
    stored = features.stored()
    assert len(stored) == upright.sum()
    assert (stored[:, 8:] == features.records["descriptor"][upright]).all()


def test_stored_points_are_where_they_were():
    features = some(50)
    upright = features.records[features.records["mirrored"] == 0]
    points, known = Points.of(upright, features.longer), Points.stored(features.stored())
    assert len(known) == len(upright)
    assert np.abs(points.at - known.at).max() < 2e-5
    assert np.abs(points.scale - known.scale).max() < 2e-5
    assert np.abs(np.exp(1j * points.angle) - np.exp(1j * known.angle)).max() < 3e-4
    assert (points.flat == known.flat).all()
    assert (Points.stored(features.stored()[:, :8]).at == known.at).all()


def test_features_in_one_corner_or_on_flat_ground_tell_too_little():
    features = some(400)
    features.records["flat"] = features.records["mirrored"] = 0
    assert features.tells_enough
    features.records["flat"] = 1
    assert not features.tells_enough
    features.records["flat"] = 0
    features.records["mirrored"] = 1
    assert not features.tells_enough
    features.records["mirrored"] = 0
    features.records["x"] /= 8
    features.records["y"] /= 8
    assert not features.tells_enough
    assert not some(0, 640, 480).tells_enough


def test_a_list_cannot_give_a_feature_no_size():
    assert Points.stored(np.zeros((1, 40), np.uint8)).scale[0] > 0


def test_chosen_points():
    points = Points.of(some(9).records, 1)
    chosen = points[np.array([1, 3])]
    assert len(chosen) == 2
    assert chosen.at[1] == points.at[3]
