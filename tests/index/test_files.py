from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tidebreak.errors import Damaged, UsageError
from tidebreak.index import ExactIndex, NearIndex
from tidebreak.index.files import open_arrays, write_arrays


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    folder = tmp_path_factory.mktemp("index")
    rng = np.random.default_rng(3)
    near = NearIndex.build(rng.integers(0, 256, (9000, 32), dtype=np.uint8))
    near.withdraw(np.array([3]))
    near.save(folder / "near.index")
    seals = rng.integers(0, 256, (3000, 16), dtype=np.uint8)
    ExactIndex.build(seals, np.arange(3000, dtype=np.uint32)).save(folder / "exact.index")
    return folder


def opened(path):
    index = (NearIndex if path.name.startswith("near") else ExactIndex).open(path)
    index.verify()
    return index


def test_arrays_come_back_as_they_were(tmp_path, rng):
    arrays = {"a": rng.random((3, 5)), "none": np.empty((0, 4), np.uint8), "c": np.arange(9000)}
    write_arrays(tmp_path / "x", "test", {"note": "é"}, arrays)
    file = open_arrays(tmp_path / "x", "test")
    file.check()
    assert file.meta == {"note": "é"}
    assert all(np.array_equal(file.arrays[name], arrays[name]) for name in arrays)
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_writing_to_a_mapped_array_does_not_reach_the_file(tmp_path):
    write_arrays(tmp_path / "x", "test", {}, {"a": np.zeros(10)})
    open_arrays(tmp_path / "x", "test").arrays["a"][:] = 1
    assert not open_arrays(tmp_path / "x", "test").arrays["a"].any()


def test_a_file_that_cannot_be_written_leaves_the_former_one(tmp_path):
    write_arrays(tmp_path / "x", "test", {}, {"a": np.zeros(10)})
    with pytest.raises(TypeError):
        write_arrays(tmp_path / "x", "test", {"meta": object()}, {"a": np.ones(10)})
    assert not open_arrays(tmp_path / "x", "test").arrays["a"].any()


def test_another_kind_or_no_file_is_said_so(saved):
    with pytest.raises(UsageError, match="build and save"):
        NearIndex.open(saved / "absent.index")
    with pytest.raises(Damaged, match="not a 'near' index"):
        NearIndex.open(saved / "exact.index")


@pytest.mark.parametrize("name", ["near.index", "exact.index"])
@settings(max_examples=40, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(part=st.floats(0, 1, exclude_max=True))
def test_a_truncated_file_is_damaged(saved, tmp_path, name, part):
    content = (saved / name).read_bytes()
    (tmp_path / name).write_bytes(content[: int(len(content) * part)])
    with pytest.raises(Damaged, match="rebuild the index"):
        opened(tmp_path / name)


@pytest.mark.parametrize("name", ["near.index", "exact.index"])
def test_a_flipped_bit_is_found_wherever_it_is_and_never_crashes(saved, tmp_path, name, rng):
    content = bytearray((saved / name).read_bytes())
    file = open_arrays(saved / name, name.split(".")[0])
    used = [
        range(start, start + array.nbytes)
        for array in file.arrays.values()
        if array.size
        for start in [bytes(content).index(array.tobytes())]
    ]
    queries = rng.integers(0, 256, (200, 32 if name == "near.index" else 16), dtype=np.uint8)
    for place in [0, 5, 9, 20, 60, *(int(rng.choice(part)) for part in used * 4)]:
        content[place] ^= 0x80
        (tmp_path / name).write_bytes(content)
        with pytest.raises(Damaged):
            opened(tmp_path / name)
        try:
            index = (NearIndex if name == "near.index" else ExactIndex).open(tmp_path / name)
        except Damaged:
            pass
        else:
            _ = index.search(queries, 31) if isinstance(index, NearIndex) else index.find(queries)
        content[place] ^= 0x80
