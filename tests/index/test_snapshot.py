from __future__ import annotations

import multiprocessing
import os
import random
import shutil
import signal
import time

import numpy as np
import pytest

from tidebreak.errors import Busy, Damaged, UsageError
from tidebreak.index import Snapshot, snapshot_files
from tidebreak.index.snapshot import publishing
from tidebreak.places import VIDEO


def content(seed, count=50):
    rng = np.random.default_rng(seed)
    return {
        "near_hashes": rng.integers(0, 256, (count, 32), dtype=np.uint8),
        "near_entries": rng.permutation(count).astype(np.uint32) + np.uint32(seed * 1000),
        "near_places": rng.integers(0, 9, count, dtype=np.uint32),
        "seals": rng.integers(0, 256, (count, 16), dtype=np.uint8),
        "seal_entries": np.arange(count, dtype=np.uint32) + np.uint32(seed * 1000),
        "covers": seed,
    }


def finds(snapshot, made):
    """Assert that everything in `made` is found."""
    rows, entries, distances, places = snapshot.search_near(made["near_hashes"], 0)
    assert np.array_equal(rows, np.arange(len(rows)))
    assert np.array_equal(entries, made["near_entries"])
    assert np.array_equal(places, made["near_places"])
    assert not distances.any()
    rows, entries = snapshot.find_exact(made["seals"])
    assert np.array_equal(entries, made["seal_entries"])


def names(root):
    return sorted(path.name for path in root.iterdir() if path.name != ".lock")


def test_nothing_published_is_none(tmp_path):
    assert Snapshot.open(tmp_path) is None
    assert Snapshot.open(tmp_path / "absent") is None


def test_the_newest_is_opened_and_two_are_kept(tmp_path):
    first = Snapshot.publish(tmp_path, **content(1))
    for seed in (2, 3, 4):
        Snapshot.publish(tmp_path, **content(seed))
    assert names(tmp_path) == ["000003", "000004"]
    newest = Snapshot.open(tmp_path)
    finds(newest, content(4))
    newest.verify()
    assert (newest.covers, newest.near_count, newest.exact_count) == (4, 50, 50)
    # The first one is gone from the disk, but this process has it open.
    finds(first, content(1))


def test_an_empty_snapshot_is_a_snapshot(tmp_path):
    snapshot = Snapshot.publish(tmp_path, **content(0, 0))
    assert not len(snapshot.search_near(content(1)["near_hashes"], 60)[0])
    assert not len(snapshot.find_exact(content(1)["seals"])[0])


def test_a_delta_counts_at_once_and_leaves_the_snapshot_alone(tmp_path):
    base, more = content(1), content(2, 7)
    more["near_hashes"][0] = base["near_hashes"][0]
    more["seals"][0] = base["seals"][0]
    snapshot = Snapshot.publish(tmp_path, **base)
    delta = snapshot.with_delta(
        more["near_hashes"], more["near_entries"], more["near_places"],
        more["seals"], more["seal_entries"],
    )  # fmt: skip
    assert (delta.near_count, delta.exact_count, delta.covers) == (57, 57, 1)
    both = sorted([int(base["near_entries"][0]), int(more["near_entries"][0])])
    assert delta.search_near(base["near_hashes"][:1], 31)[1].tolist() == both
    assert delta.find_exact(base["seals"][:1])[1].tolist() == [1000, 2000]
    assert delta.search_near(more["near_hashes"][1:], 0)[1].tolist() == list(
        more["near_entries"][1:]
    )
    finds(snapshot, base)


def test_the_same_hash_in_several_entries_comes_in_their_order(tmp_path):
    made = content(1, 4)
    made["near_hashes"][:] = made["near_hashes"][0]
    made["near_entries"] = np.array([9, 2, 7, 1], np.uint32)
    found = Snapshot.publish(tmp_path, **made).search_near(made["near_hashes"][:1], 31)
    assert found[1].tolist() == [1, 2, 7, 9]


def test_a_known_video_gives_its_frames_in_the_order_of_time(tmp_path):
    made = content(1, 6)
    made["near_entries"] = np.array([7, 7, 8, 7, 7, 9], np.uint32)
    made["near_places"] = np.array([VIDEO + 50, VIDEO, VIDEO + 1, 0, 501, 3], np.uint32)
    snapshot = Snapshot.publish(tmp_path, **made)
    delta = snapshot.with_delta(
        content(2, 1)["near_hashes"], np.array([7], np.uint32), np.array([VIDEO + 9], np.uint32),
        made["seals"], made["seal_entries"],
    )  # fmt: skip
    entries, times, hashes = snapshot.known_frames(np.array([7, 99], np.uint32))
    assert (entries.tolist(), times.tolist()) == ([7, 7], [0, 500])
    assert (hashes == made["near_hashes"][[1, 0]]).all()
    assert delta.known_frames(np.array([7], np.uint32))[1].tolist() == [0, 90, 500]
    assert not len(snapshot.known_frames(np.array([9], np.uint32))[1])


@pytest.mark.parametrize("victim", ["near.index", "entries.index", "exact.index", "manifest.json"])
@pytest.mark.parametrize("harm", ["missing", "cut", "swapped"])
def test_a_damaged_newest_one_is_loud(tmp_path, victim, harm):
    Snapshot.publish(tmp_path, **content(1))
    Snapshot.publish(tmp_path, **content(2))
    path = tmp_path / "000002" / victim
    if harm == "missing":
        path.unlink()
    elif harm == "cut":
        path.write_bytes(path.read_bytes()[:30])
    else:
        shutil.copy(tmp_path / "000001" / victim, path)
    with pytest.raises(Damaged, match="rebuild the index"):
        Snapshot.open(tmp_path)


def test_wrong_arrays_publish_nothing(tmp_path):
    Snapshot.publish(tmp_path, **content(1))
    for name, wrong in (
        ("near_entries", np.zeros(3, np.uint32)),
        ("near_places", np.zeros(3, np.uint32)),
        ("seals", np.zeros((50, 15), np.uint8)),
    ):
        with pytest.raises(UsageError, match="must have the shape"):
            Snapshot.publish(tmp_path, **(content(2) | {name: wrong}))
    assert names(tmp_path) == ["000001"]


def test_what_it_was_made_from_is_kept_and_arrays_may_be_consumed(tmp_path):
    made = content(1, 20_000)
    with publishing(tmp_path) as snapshot:
        hashes = made["near_hashes"].copy()
        snapshot.near(hashes, made["near_entries"], made["near_places"], consume=True)
        snapshot.exact(made["seals"], made["seal_entries"])
        snapshot.finish(7, "import 3")
    opened = Snapshot.open(tmp_path)
    finds(opened, made)
    assert (opened.covers, opened.origin) == (7, "import 3")


def test_only_one_publishes_at_a_time(tmp_path):
    with (
        snapshot_files.publication(tmp_path),
        pytest.raises(Busy, match="try again"),
        snapshot_files.publication(tmp_path),
    ):
        raise AssertionError("two at a time")


def publish_for_ever(root, seed):
    while True:
        seed += 1
        Snapshot.publish(root, **content(seed))


def test_killed_while_publishing_the_former_one_opens(tmp_path):
    Snapshot.publish(tmp_path, **content(1))
    context = multiprocessing.get_context("fork")
    chance = random.Random(7)
    for _ in range(12):
        before = Snapshot.open(tmp_path).covers
        process = context.Process(target=publish_for_ever, args=(tmp_path, before))
        process.start()
        time.sleep(0.02 + chance.random() * 0.1)
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        survivor = Snapshot.open(tmp_path)
        assert survivor.covers >= before
        survivor.verify()
        finds(survivor, content(survivor.covers))
    Snapshot.publish(tmp_path, **content(900))
    assert len(names(tmp_path)) == 2
    assert not [name for name in names(tmp_path) if not name.isdecimal()]


def publish_and_die_in(root, step):
    setattr(snapshot_files, step, lambda *_arguments, **_named: os._exit(9))
    Snapshot.publish(root, **content(3))


@pytest.mark.parametrize("step", ["write_entries", "write_manifest", "sync_folder", "_remove"])
def test_killed_at_each_step_the_former_one_opens(tmp_path, step):
    Snapshot.publish(tmp_path, **content(1))
    Snapshot.publish(tmp_path, **content(2))
    context = multiprocessing.get_context("fork")
    process = context.Process(target=publish_and_die_in, args=(tmp_path, step))
    process.start()
    process.join()
    assert process.exitcode == 9
    finds(Snapshot.open(tmp_path), content(2))
    finds(Snapshot.publish(tmp_path, **content(4)), content(4))
    assert names(tmp_path) == ["000002", "000003"]


def test_a_small_snapshot_is_checked_in_full_when_it_is_opened(tmp_path):
    folder = Snapshot.publish(tmp_path, **content(1)).path
    for name in (snapshot_files.NEAR, snapshot_files.ENTRIES, snapshot_files.EXACT):
        whole = (folder / name).read_bytes()
        first = 4096  # where the arrays begin
        (folder / name).write_bytes(whole[:first] + bytes([whole[first] ^ 1]) + whole[first + 1 :])
        with pytest.raises(Damaged, match="checksum"):
            Snapshot.open(tmp_path)
        (folder / name).write_bytes(whole)
    manifest = folder / snapshot_files.MANIFEST
    manifest.write_text(manifest.read_text().replace('"covers": 1', '"covers": 9'))
    with pytest.raises(Damaged, match="manifest"):
        Snapshot.open(tmp_path)


def test_a_snapshot_of_another_format_is_none(tmp_path):
    manifest = Snapshot.publish(tmp_path, **content(1)).path / snapshot_files.MANIFEST
    manifest.write_text('{"format": 1, "covers": 1}')
    assert Snapshot.open(tmp_path) is None


@pytest.mark.parametrize(
    ("place", "expected"), [(0, False), (17, True), (501, True), (VIDEO, False)]
)
def test_regions_of_enrolled_media_are_noticed(tmp_path, place, expected):
    made = content(1, 3) | {"near_places": np.array([0, 0, place], np.uint32)}
    snapshot = Snapshot.publish(tmp_path, **made)
    assert snapshot.has_regions is expected
    more = content(2, 1) | {"near_places": np.array([3], np.uint32)}
    delta = snapshot.with_delta(*(more[name] for name in list(more)[:5]))
    assert delta.has_regions
