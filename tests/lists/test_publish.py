from __future__ import annotations

import json

import numpy as np
import pytest

from tidebreak.hashing.seals import Sealer
from tidebreak.lists import publish
from tidebreak.model import Thresholds
from tidebreak.signals import signal_type


@pytest.fixture
def root(tmp_path):
    return tmp_path / "home" / "snapshots"


@pytest.fixture
def find(database, keys, catalogue, root):
    """Return the keys of the entries that count now and have a signal."""

    def by(kind, text):
        snapshot = publish.current(database, root)
        wanted = signal_type(kind)
        value = wanted.parse(text)
        if kind == "pdq":
            numbers = snapshot.search_near(np.frombuffer(value, np.uint8)[None], 31)[1]
        else:
            seal = Sealer(keys.seal_key).seal(wanted, value)
            numbers = snapshot.find_exact(np.frombuffer(seal, np.uint8)[None])[1]
        records = catalogue.entries(numbers).values()
        return sorted(r.key for r in records if r.list.enabled and not r.withdrawn)

    return by


def test_an_empty_store_has_an_empty_snapshot(database, root):
    snapshot = publish.current(database, root)
    assert (snapshot.near_count, snapshot.exact_count, snapshot.covers) == (0, 0, 0)


def test_an_import_counts_at_once_by_delta_and_by_rebuild(
    imported, database, root, find, digest, monkeypatch
):
    publish.current(database, root)
    imported(f"id,md5,pdq\na,{digest('md5', 1)},{'1' * 64}\nb,{digest('md5', 1)},\n")
    for _ in range(2):
        assert find("md5", digest("md5", 1)) == ["a", "b"]
        assert find("pdq", "1" * 64) == ["a"]
        assert find("pdq", "1" * 63 + "0") == ["a"]
        assert find("sha1", digest("sha1", 1)) == []
        monkeypatch.setattr(publish, "LARGE_DELTA", 0)
        publish.refresh(database, root)
    assert publish.current(database, root).covers == 2


def test_refresh_leaves_a_small_delta_and_publishes_a_large_one(
    imported, database, root, digest, monkeypatch
):
    publish.refresh(database, root)
    monkeypatch.setattr(publish, "LARGE_DELTA", 10)
    imported("\n".join(digest("md5", n) for n in range(10)), name="ten")
    before = set(root.iterdir())
    publish.refresh(database, root)
    assert set(root.iterdir()) == before
    imported(digest("md5", 10), name="one")
    publish.refresh(database, root)
    assert set(root.iterdir()) != before


@pytest.mark.parametrize("rebuilt", [False, True])
def test_changes_count_at_once_with_and_without_a_rebuild(
    imported, catalogue, database, root, find, digest, rebuilt
):
    md5 = [digest("md5", n) for n in range(5)]

    def import_(numbers):
        imported("id,md5\n" + "\n".join(f"n{n},{md5[n]}" for n in numbers))
        if rebuilt:
            publish.refresh(database, root, force=True)

    import_([0, 1, 2])
    assert find("md5", md5[1]) == ["n1"]
    import_([1, 2, 3])
    assert [find("md5", value) for value in md5] == [[], ["n1"], ["n2"], ["n3"], []]
    catalogue.withdraw("list", "n1", "why")
    assert find("md5", md5[1]) == []
    catalogue.disable("list")
    assert find("md5", md5[2]) == []
    catalogue.enable("list")
    assert find("md5", md5[2]) == ["n2"]
    catalogue.remove("list", "why")
    assert find("md5", md5[2]) == []
    catalogue.purge("list", "why")
    assert find("md5", md5[2]) == []
    assert publish.current(database, root).exact_count == 0


def test_low_quality_stays_out_until_the_threshold_says_otherwise(imported, catalogue, find):
    imported(f"id,pdq,quality\na,{'1' * 64},40\nb,{'e' * 64},60\nc,{'8' * 64},\n")
    texts = ["1" * 64, "e" * 64, "8" * 64]
    assert [find("pdq", text) for text in texts] == [[], ["b"], ["c"]]
    catalogue.set_thresholds("list", Thresholds(quality=30))
    assert [find("pdq", text) for text in texts] == [["a"], ["b"], ["c"]]
    catalogue.set_thresholds("list", Thresholds(quality=70))
    assert [find("pdq", text) for text in texts] == [[], [], ["c"]]


def test_what_its_owner_calls_non_pertinent_is_never_found(imported, find, digest):
    records = [
        {"MediaID": str(n), "MD5": digest("md5", n), "Category": n, "PhotoDNA": "00" * 144}
        for n in range(2)
    ]
    imported(json.dumps({"value": records}))
    assert find("md5", digest("md5", 0)) == []
    assert find("md5", digest("md5", 1)) == ["1"]


def test_equal_hashes_in_many_lists_are_all_found(imported, find, digest):
    for name in ("one", "two", "three"):
        imported(f"id,md5,pdq\n{name},{digest('md5', 1)},{'1' * 64}\n", name=name)
    assert find("md5", digest("md5", 1)) == ["one", "three", "two"]
    assert find("pdq", "1" * 64) == ["one", "three", "two"]


def test_upper_case_pdq_is_taken(imported, find):
    """Defect 15 of the incumbents."""
    imported(f"PDQ {'AB' * 32}\npdq:{'CD' * 32}\n")
    assert find("pdq", "ab" * 32) == ["#1"]
    assert find("pdq", "cd" * 32) == ["#2"]
