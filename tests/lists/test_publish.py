from __future__ import annotations

import errno
import json
import shutil
import threading
from contextlib import contextmanager, suppress

import numpy as np
import pytest
from tests.backends import BOTH

from tidebreak.errors import Damaged, TidebreakError
from tidebreak.hashing.seals import Sealer
from tidebreak.index import snapshot_files
from tidebreak.lists import publish
from tidebreak.lists.catalogue import Catalogue
from tidebreak.model import ListKind, Thresholds
from tidebreak.signals import signal_type
from tidebreak.store.database import Database

BACKENDS = BOTH


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


@contextmanager
def another_publishes(root):
    """Another process is making a snapshot, and fails in the end."""
    with suppress(Damaged), snapshot_files.publication(root):
        yield
        raise Damaged("it fails")


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
        publish.current(database, root)
    assert publish.current(database, root).covers == 2


def test_a_small_delta_is_left_and_a_large_one_is_published(
    imported, database, root, digest, monkeypatch
):
    publish.current(database, root)
    monkeypatch.setattr(publish, "LARGE_DELTA", 10)
    imported("\n".join(digest("md5", n) for n in range(10)), name="ten")
    before = set(root.iterdir())
    publish.current(database, root)
    assert set(root.iterdir()) == before
    imported(digest("md5", 10), name="one")
    publish.current(database, root)
    assert set(root.iterdir()) != before


@pytest.mark.parametrize("rebuilt", [False, True])
def test_changes_count_at_once_with_and_without_a_rebuild(
    imported, catalogue, database, root, find, digest, rebuilt
):
    md5 = [digest("md5", n) for n in range(5)]

    def import_(numbers):
        imported("id,md5\n" + "\n".join(f"n{n},{md5[n]}" for n in numbers))
        if rebuilt:
            publish.rebuild(database, root)

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


def test_a_store_that_came_back_from_a_backup_is_not_taken_for_its_successor(
    imported, database, lists_file, keys, audit, root, digest, tmp_path
):
    """Its numbers are given again: what the newer snapshot says of them is wrong."""
    imported(f"id,md5\na,{digest('md5', 1)}\n", name="one")
    backup = tmp_path / "home" / "backup.db"
    database.change("VACUUM INTO ?", (str(backup),))
    imported(f"id,md5\nb,{digest('md5', 2)}\n", name="two")
    publish.rebuild(database, root)
    restored = Database.open(backup, keys)
    assert publish.current(restored, root).exact_count == 1
    again = Catalogue(restored, keys, audit)
    file = tmp_path / "three.csv"
    file.write_text(f"id,md5\nc,{digest('md5', 3)}\n")
    again.import_file(file, name="three", kind=ListKind.CONTRABAND)
    for _ in range(2):
        snapshot = publish.current(restored, root)
        found = {}
        for n in (1, 2, 3):
            kind = signal_type("md5")
            seal = Sealer(keys.seal_key).seal(kind, kind.parse(digest("md5", n)))
            numbers = snapshot.find_exact(np.frombuffer(seal, np.uint8)[None])[1]
            found[n] = [r.key for r in again.entries(numbers).values()]
        assert found == {1: ["a"], 2: [], 3: ["c"]}
        publish.rebuild(restored, root)
    restored.close()


def test_a_damaged_snapshot_says_how_to_make_it_anew(imported, database, root, find, digest):
    imported(digest("md5", 1))
    folder = publish.rebuild(database, root).path
    (folder / "exact.index").write_bytes(b"")
    with pytest.raises(Damaged, match=r"remove the folder .*000001"):
        publish.current(database, root)
    shutil.rmtree(folder)
    assert find("md5", digest("md5", 1)) == ["#1"]


def test_who_needs_a_new_snapshot_waits_for_the_one_that_another_makes(
    imported, database, root, digest, find
):
    imported(digest("md5", 1))
    with another_publishes(root):
        waiting = threading.Thread(target=publish.current, args=(database, root))
        waiting.start()
        waiting.join(0.3)
        assert waiting.is_alive()
    waiting.join(20)
    assert not waiting.is_alive()
    assert find("md5", digest("md5", 1)) == ["#1"]


def test_a_large_delta_counts_though_no_snapshot_can_be_made(
    imported, database, root, digest, find, monkeypatch
):
    publish.current(database, root)
    monkeypatch.setattr(publish, "LARGE_DELTA", 0)
    imported(digest("md5", 1))
    with another_publishes(root):
        assert find("md5", digest("md5", 1)) == ["#1"]
    assert find("md5", digest("md5", 1)) == ["#1"]


def test_a_full_disk_is_said_in_a_sentence(imported, database, root, digest, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(snapshot_files, "write_entries", full)
    imported(digest("md5", 1))
    with pytest.raises(TidebreakError, match=r"No space left.*make room"):
        publish.current(database, root)
    assert not list(root.glob("*"))[1:]


def test_imports_meanwhile_do_not_confuse_what_is_gathered(
    imported, database, another, keys, audit, root, digest, tmp_path, monkeypatch
):
    """Between one query and the next another process may finish an import."""
    imported(digest("md5", 1), name="one")
    publish.rebuild(database, root)
    imported(digest("md5", 2), name="two")
    catalogue = Catalogue(another, keys, audit)
    file = tmp_path / "more.txt"
    file.write_text(digest("md5", 3))
    mask = publish.retired_mask

    def meanwhile(asked):
        found = mask(asked)
        catalogue.import_file(file, name=f"more{len(catalogue.lists())}", kind=ListKind.WATCH)
        return found

    monkeypatch.setattr(publish, "retired_mask", meanwhile)
    assert publish.current(database, root).exact_count == 2
