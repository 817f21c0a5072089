from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tidebreak.errors import TidebreakError
from tidebreak.seal.online.outputs import Outputs

KEY = bytes(32)


def rows(count: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (count, 16), np.uint8)


def test_what_was_added_is_found_by_the_next_one(tmp_path: Path):
    outputs = Outputs(tmp_path / "outputs", KEY)
    seals, values = rows(40, 1), rows(40, 2)
    outputs.add(seals[:30], values[:30])
    outputs.reload()
    found, there = outputs.find(seals)
    assert there.tolist() == [True] * 30 + [False] * 10
    assert (found[:30] == values[:30]).all()
    assert Outputs(tmp_path / "outputs", KEY).find(seals)[1].sum() == 30


def test_another_key_has_computed_nothing(tmp_path: Path):
    Outputs(tmp_path / "outputs", KEY).add(rows(3, 1), rows(3, 2))
    assert not Outputs(tmp_path / "outputs", b"\1" * 32).find(rows(3, 1))[1].any()


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(0, 400), flipped=st.integers(0, 399))
def test_a_torn_or_changed_record_is_never_believed(tmp_path: Path, cut: int, flipped: int):
    path = tmp_path / "outputs"
    path.unlink(missing_ok=True)
    seals, values = rows(10, 1), rows(10, 2)
    Outputs(path, KEY).add(seals, values)
    content = bytearray(path.read_bytes())
    content[flipped] ^= 1
    path.write_bytes(content[:cut])
    outputs = Outputs(path, KEY)
    found, there = outputs.find(seals)
    expected = [row < cut // 40 and row != flipped // 40 for row in range(10)]
    assert there.tolist() == expected
    assert (found[there] == values[there]).all()
    outputs.add(seals[~there], values[~there])
    outputs.reload()
    found, there = outputs.find(seals)
    assert there.all()
    assert (found == values).all()


def test_a_full_disk_is_told(tmp_path: Path):
    outputs = Outputs(tmp_path / "missing" / "outputs", KEY)
    with pytest.raises(TidebreakError, match="what is done is kept"):
        outputs.add(rows(1, 1), rows(1, 2))
