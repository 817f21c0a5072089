from __future__ import annotations

import numpy as np
import pytest

from tidebreak.errors import Busy, Damaged
from tidebreak.index import snapshot_files
from tidebreak.index.files import open_arrays, write_arrays
from tidebreak.index.snapshot_files import (
    ENTRIES,
    EXACT,
    MANIFEST,
    NEAR,
    NearEntries,
    check_counts,
    forget_older,
    is_of_this_format,
    newest,
    publication,
    read_entries,
    read_manifest,
    size_of,
    verify_entries,
    write_entries,
    write_manifest,
)


def names(root):
    return sorted(path.name for path in root.iterdir() if path.name != ".lock")


def publish(root, text="x"):
    with publication(root) as made:
        (made.folder / "note").write_text(text)
    return made.folder


@pytest.fixture
def folder(tmp_path):
    """Three files and the manifest that names them."""
    for name in (NEAR, ENTRIES, EXACT):
        write_arrays(tmp_path / name, "test", {"name": name}, {"a": np.arange(5)})
    write_manifest(tmp_path, covers=41, near=5, exact=7, origin="import 3 é")
    return tmp_path


def test_folders_are_numbered_and_appear_only_when_filled(tmp_path):
    root = tmp_path / "deep" / "snapshots"
    assert newest(root) is None
    for number in (1, 2, 3):
        with publication(root) as made:
            assert made.folder.is_dir()
            assert newest(root) == (root / f"{number - 1:06}" if number > 1 else None)
            (made.folder / "note").write_text(str(number))
        assert made.folder == newest(root) == root / f"{number:06}"
        assert (made.folder / "note").read_text() == str(number)
    assert names(root) == ["000002", "000003"]
    # Past 999,999 names are longer, and order is still that of numbers.
    (root / "000003").rename(root / "999999")
    assert publish(root) == newest(root) == root / "1000000"
    assert names(root) == ["1000000", "999999"]


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt, SystemExit])
def test_what_fails_while_it_is_filled_leaves_nothing(tmp_path, error):
    publish(tmp_path, "kept")

    def fail():
        with publication(tmp_path) as made:
            (made.folder / "note").write_text("lost")
            raise error

    with pytest.raises(error):
        fail()
    assert names(tmp_path) == ["000001"]
    assert (newest(tmp_path) / "note").read_text() == "kept"
    assert publish(tmp_path).name == "000002"


def test_what_was_cut_short_is_never_the_newest_and_goes_with_the_next(tmp_path):
    publish(tmp_path)
    for left in (".partial-000007", ".partial-000001-old"):
        (tmp_path / left).mkdir()
        (tmp_path / left / "note").write_text("half")
    assert newest(tmp_path).name == "000001"
    publish(tmp_path)
    assert names(tmp_path) == ["000001", "000002"]


def test_an_old_one_loses_its_name_before_its_files(tmp_path, monkeypatch):
    publish(tmp_path)
    publish(tmp_path)
    seen = []

    def look(doomed):
        seen.append((doomed.name, names(tmp_path)))

    monkeypatch.setattr(snapshot_files.shutil, "rmtree", look)
    publish(tmp_path)
    assert seen == [(".partial-000001-old", [".partial-000001-old", "000002", "000003"])]


def test_forgetting_keeps_the_newest_alone(tmp_path):
    forget_older(tmp_path)
    assert newest(tmp_path) is None
    for text in "abc":
        publish(tmp_path, text)
    forget_older(tmp_path)
    forget_older(tmp_path)
    assert names(tmp_path) == ["000003"]
    assert (newest(tmp_path) / "note").read_text() == "c"
    assert publish(tmp_path).name == "000004"


def test_while_one_publishes_others_neither_publish_nor_forget(tmp_path):
    publish(tmp_path)
    publish(tmp_path)
    with publication(tmp_path) as made:
        with pytest.raises(Busy, match="try again"):
            forget_older(tmp_path)
        with pytest.raises(Busy, match="try again"), publication(tmp_path):
            raise AssertionError("two at a time")
        assert made.folder.is_dir()
        assert names(tmp_path) == [".partial-000003", "000001", "000002"]
    forget_older(tmp_path)
    assert names(tmp_path) == ["000003"]


@pytest.mark.parametrize("count", [0, 1, 5000])
def test_entries_come_back_as_they_were(tmp_path, rng, count):
    numbers, places = rng.integers(0, 1 << 32, (2, count), dtype=np.uint32)
    write_entries(tmp_path, NearEntries(numbers, places))
    entries = read_entries(tmp_path)
    verify_entries(tmp_path)
    assert np.array_equal(entries.numbers, numbers)
    assert np.array_equal(entries.places, places)
    assert entries.numbers.dtype == entries.places.dtype == np.uint32


def test_entries_that_were_flipped_or_cut_are_damaged(tmp_path, rng):
    numbers = rng.integers(0, 1 << 32, 3000, dtype=np.uint32)
    places = rng.integers(0, 1 << 32, 3000, dtype=np.uint32)
    write_entries(tmp_path, NearEntries(numbers, places))
    path = tmp_path / ENTRIES
    content = path.read_bytes()
    for array in (numbers, places):
        start = content.index(array.tobytes())
        for place in (start, start + array.nbytes // 2, start + array.nbytes - 1):
            harmed = bytearray(content)
            harmed[place] ^= 1
            path.write_bytes(harmed)
            with pytest.raises(Damaged, match="checksum"):
                verify_entries(tmp_path)
    for kept in (0, 30, 100, len(content) // 2, len(content) - 1):
        path.write_bytes(content[:kept])
        with pytest.raises(Damaged):
            read_entries(tmp_path)


def test_a_manifest_comes_back_as_it_was(folder):
    manifest = read_manifest(folder)
    assert (manifest.covers, manifest.near, manifest.exact) == (41, 5, 7)
    assert manifest.origin == "import 3 é"
    assert set(manifest.files) == {NEAR, ENTRIES, EXACT}


def test_whatever_bit_of_a_manifest_is_flipped_it_says_what_it_said_or_is_damaged(folder):
    manifest, path = read_manifest(folder), folder / MANIFEST
    content = path.read_bytes()
    for place in range(len(content)):
        for bit in range(8):
            harmed = bytearray(content)
            harmed[place] ^= 1 << bit
            path.write_bytes(harmed)
            try:
                assert read_manifest(folder) == manifest, (place, bit)
            except Damaged as error:
                assert "rebuild the index" in str(error)  # noqa: PT017


def test_a_manifest_that_was_cut_is_damaged(folder):
    content = (folder / MANIFEST).read_bytes()
    for kept in range(len(content)):
        (folder / MANIFEST).write_bytes(content[:kept])
        with pytest.raises(Damaged, match="rebuild the index"):
            read_manifest(folder)


@pytest.mark.parametrize("text", ["null", "[]", "7", '"x"', "{}", '{"format": 1}', "[1, 2, 3]"])
def test_what_is_no_manifest_is_damaged(folder, text):
    (folder / MANIFEST).write_text(text)
    with pytest.raises(Damaged, match="rebuild the index"):
        read_manifest(folder)


@pytest.mark.parametrize("name", [NEAR, ENTRIES, EXACT])
def test_a_manifest_knows_its_files_from_others(folder, name):
    content = (folder / name).read_bytes()
    # A file of the same arrays and another name in its header is whole, but not the one meant.
    write_arrays(folder / name, "test", {"name": "other"}, {"a": np.arange(5)})
    open_arrays(folder / name, "test").check()
    with pytest.raises(Damaged, match="not those that its manifest names"):
        read_manifest(folder)
    for kept in (0, 43):
        (folder / name).write_bytes(content[:kept])
        with pytest.raises(Damaged, match="ends too early"):
            read_manifest(folder)
    (folder / name).unlink()
    with pytest.raises(Damaged, match="missing or unreadable"):
        read_manifest(folder)
    (folder / name).write_bytes(content)
    assert read_manifest(folder).covers == 41


def test_another_format_is_told_from_damage(folder, monkeypatch):
    path = folder / MANIFEST
    assert is_of_this_format(folder)
    with monkeypatch.context() as patch:
        patch.setattr(snapshot_files, "FORMAT", snapshot_files.FORMAT + 1)
        assert not is_of_this_format(folder)
        write_manifest(folder, covers=41, near=5, exact=7, origin="")
    assert not is_of_this_format(folder)
    # What cannot be read at all is damage, which reading it says.
    for content in (b"", b"{", b"{}", b"[]", b"7", b"null", b"\xff\xfe"):
        path.write_bytes(content)
        assert is_of_this_format(folder)
    path.unlink()
    assert is_of_this_format(folder)


def test_the_size_is_that_of_all_files(folder):
    before = size_of(folder)
    assert before == sum(len(path.read_bytes()) for path in folder.iterdir())
    (folder / "more").write_bytes(bytes(777))
    assert size_of(folder) == before + 777


def test_counts_must_be_those_of_the_manifest(folder):
    manifest = read_manifest(folder)
    check_counts(folder, manifest, near=5, entries=5, exact=7)
    for near, entries, exact in ((4, 5, 7), (5, 4, 7), (4, 4, 7), (5, 5, 6), (7, 7, 5)):
        with pytest.raises(Damaged, match="as many entries"):
            check_counts(folder, manifest, near, entries, exact)
