from __future__ import annotations

import numpy as np
import pytest

from tidebreak.errors import Damaged
from tidebreak.index import NearIndex, near_files
from tidebreak.index.files import open_arrays, write_arrays
from tidebreak.index.near_part import build_part


@pytest.mark.parametrize("resident", [False, True])
@pytest.mark.parametrize("count", [0, 3, 9000])
def test_a_part_comes_back_as_it_was(tmp_path, rng, count, resident):
    part = build_part(0, rng.integers(0, 2**64, (count, 4), dtype=np.uint64), 1)
    gone = np.arange(count, dtype=np.int64)[:2]
    near_files.write(tmp_path / "x", part, gone)
    file = near_files.read(tmp_path / "x", resident=resident)
    near_files.self_test(file)
    assert np.array_equal(file.part.words, part.words)
    assert np.array_equal(file.withdrawn, gone)
    assert (file.part.tables is None) is (part.tables is None)
    for name in ("offsets", "nexts", "rows") if part.tables else ():
        assert np.array_equal(getattr(file.part.tables, name), getattr(part.tables, name))
    assert file.part.words.flags.owndata is resident or not count


def test_entries_that_do_not_find_themselves_are_damage(tmp_path, rng):
    entries = rng.integers(0, 256, (9000, 32), dtype=np.uint8)
    NearIndex.build(entries).save(tmp_path / "near.index")
    file = open_arrays(tmp_path / "near.index", "near")
    for band in range(16):
        arrays = {name: array.copy() for name, array in file.arrays.items()}
        # Every checksum is right, but one band's rows belong elsewhere.
        arrays["rows"][band] = np.roll(arrays["rows"][band], 1)
        write_arrays(tmp_path / "near.index", "near", file.meta, arrays)
        with pytest.raises(Damaged, match="do not find themselves"):
            NearIndex.open(tmp_path / "near.index")
