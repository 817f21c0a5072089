from __future__ import annotations

import numpy as np
import pytest

from tidebreak.errors import UsageError
from tidebreak.index import ExactIndex


def wanted(seals, entries, queries):
    known: dict[bytes, list[int]] = {}
    for seal, entry in zip(seals, entries, strict=True):
        known.setdefault(seal.tobytes(), []).append(int(entry))
    return [(i, e) for i, q in enumerate(queries) for e in sorted(known.get(q.tobytes(), []))]


def pairs(found):
    return list(zip(found[0].tolist(), found[1].tolist(), strict=True))


@pytest.mark.parametrize("count", [0, 1, 2, 63, 64, 65, 5000])
@pytest.mark.usefixtures("either_way")
def test_finds_what_a_dictionary_finds_also_after_a_reload(rng, count, tmp_path):
    seals = rng.integers(0, 256, (count, 16), dtype=np.uint8)
    seals[1::7] = seals[:1]
    entries = rng.permutation(count).astype(np.uint32)
    queries = np.concatenate([seals[::-3], rng.integers(0, 256, (70, 16), dtype=np.uint8)])
    index = ExactIndex.build(seals, entries)
    index.save(tmp_path / "exact.index")
    reloaded = ExactIndex.open(tmp_path / "exact.index")
    reloaded.verify()
    assert len(index) == len(reloaded) == count
    for each in (index, reloaded):
        assert pairs(each.find(queries)) == wanted(seals, entries, queries)


def test_wrong_arguments_are_refused():
    good, numbers = np.zeros((2, 16), np.uint8), np.zeros(2, np.uint32)
    for seals, entries in (
        (good[:, :15], numbers),
        (good.astype(np.int16), numbers),
        (good, numbers[:1]),
        (good, numbers.astype(np.int64)),
    ):
        with pytest.raises(UsageError, match="must"):
            ExactIndex.build(seals, entries)
