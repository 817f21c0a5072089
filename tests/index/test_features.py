from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tidebreak.errors import Damaged, UsageError
from tidebreak.hashing.local import Points
from tidebreak.index.features import DESCRIPTORS, POINTS, FeatureIndex


def some(count: int, entries: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    values = rng.integers(0, 256, (count, 40), np.uint8)
    return values, rng.integers(0, entries, count).astype(np.uint32)


def brute(values: np.ndarray, queries: np.ndarray, radius: int) -> set[tuple[int, bytes, int]]:
    """Every (query, stored feature, distance) within the radius, the slow way."""
    apart = np.bitwise_count(queries[:, None] ^ values[None, :, 8:]).sum(2, dtype=np.int64)
    return {
        (int(q), values[k].tobytes(), int(apart[q, k]))
        for q, k in zip(*np.nonzero(apart <= radius), strict=True)
    }


@pytest.fixture
def index() -> FeatureIndex:
    return FeatureIndex.build(*some(3000, 20))


def test_a_search_finds_what_comparing_everything_finds():
    values, entries = some(500, 7)
    queries = values[::9, 8:].copy()
    queries[:, :3] ^= 0x11
    # Even so wide a radius must come back whole, with each feature's own entry and place.
    index = FeatureIndex.build(values, entries)
    rows, found, distances = index.search(queries, 110)
    owner = {value.tobytes(): int(entry) for value, entry in zip(values, entries, strict=True)}
    seen = set[tuple[int, bytes, int]]()
    for row, feature, distance in zip(rows, found, distances, strict=True):
        candidates = [v for v in values if v[:8].tobytes() == index.places[feature].tobytes()]
        assert len(candidates) == 1
        assert owner[candidates[0].tobytes()] == index.entries[feature]
        seen.add((int(row), candidates[0].tobytes(), int(distance)))
    assert seen == brute(values, queries, 110)
    assert len(seen) > len(queries)


def test_features_of_one_entry_are_a_slice(index: FeatureIndex):
    values, entries = some(3000, 20)
    for entry in (0, 7, 19):
        rows = index.rows_of(entry)
        assert (index.entries[rows] == entry).all()
        assert (index.places[rows] == values[entries == entry, :8]).all()
        assert (index.points(rows).at == Points.stored(values[entries == entry]).at).all()
    assert index.rows_of(20) == slice(3000, 3000)
    assert index.rows_of(2**32 - 1) == slice(3000, 3000)


def test_saved_and_opened(index: FeatureIndex, tmp_path: Path):
    index.save(tmp_path)
    opened = FeatureIndex.open(tmp_path)
    assert len(opened) == len(index) == 3000
    queries = some(50, 1)[0][:, 8:]
    for before, after in zip(index.search(queries, 90), opened.search(queries, 90), strict=True):
        assert (before == after).all()
    assert (opened.entries == index.entries).all()
    assert (opened.places == index.places).all()
    opened.verify(tmp_path)


def test_an_empty_index(tmp_path: Path):
    FeatureIndex.build(np.empty((0, 40), np.uint8), np.empty(0, np.uint32)).save(tmp_path)
    opened = FeatureIndex.open(tmp_path)
    assert len(opened) == 0
    assert len(opened.search(some(3, 1)[0][:, 8:], 31)[0]) == 0


def test_files_of_two_indexes_do_not_open(index: FeatureIndex, tmp_path: Path):
    index.save(tmp_path)
    kept = (tmp_path / POINTS).read_bytes()
    FeatureIndex.build(*some(3000, 20, seed=1)).save(tmp_path)
    (tmp_path / POINTS).write_bytes(kept)
    with pytest.raises(Damaged, match="does not belong"):
        FeatureIndex.open(tmp_path)


@pytest.mark.parametrize("name", [DESCRIPTORS, POINTS])
def test_a_missing_file_is_said(index: FeatureIndex, tmp_path: Path, name: str):
    index.save(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(UsageError, match="There is no index"):
        FeatureIndex.open(tmp_path)


@pytest.mark.parametrize("name", [DESCRIPTORS, POINTS])
def test_a_flipped_bit_anywhere_is_found(index: FeatureIndex, tmp_path: Path, name: str):
    index.save(tmp_path)
    whole = (tmp_path / name).read_bytes()
    # What lies between the arrays is padding.
    used = [place for place in range(0, len(whole), 911) if whole[place]]
    assert len(used) > 20
    for place in used:
        (tmp_path / name).write_bytes(
            whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :]
        )
        with pytest.raises(Damaged):
            FeatureIndex.open(tmp_path).verify(tmp_path)


def test_wrong_arrays_are_refused():
    values, entries = some(5, 2)
    with pytest.raises(UsageError, match="shape"):
        FeatureIndex.build(values[:, :39], entries)
    with pytest.raises(UsageError, match="shape"):
        FeatureIndex.build(values, entries[:4])
    with pytest.raises(UsageError, match="uint32"):
        FeatureIndex.build(values, entries.astype(np.int64))
