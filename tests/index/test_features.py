from __future__ import annotations

import numpy as np
import pytest

from tidebreak.errors import UsageError
from tidebreak.hashing.local import Points
from tidebreak.index.features import FeatureIndex


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


def test_an_empty_index():
    index = FeatureIndex.build(np.empty((0, 40), np.uint8), np.empty(0, np.uint32))
    assert len(index) == 0
    assert len(index.search(some(3, 1)[0][:, 8:], 31)[0]) == 0


def test_wrong_arrays_are_refused():
    values, entries = some(5, 2)
    with pytest.raises(UsageError, match="shape"):
        FeatureIndex.build(values[:, :39], entries)
    with pytest.raises(UsageError, match="shape"):
        FeatureIndex.build(values, entries[:4])
    with pytest.raises(UsageError, match="uint32"):
        FeatureIndex.build(values, entries.astype(np.int64))
