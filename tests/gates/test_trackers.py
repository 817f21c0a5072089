from __future__ import annotations

import os
import signal
import subprocess
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.gates.conftest import make_torrent

from tidebreak import links
from tidebreak.errors import TidebreakError, UsageError
from tidebreak.gates.trackers import Allowed, tracker_ids

A, B = b"\xaa" * 20, b"\xbb" * 20


def test_add_and_remove(tmp_path: Path):
    allowed = Allowed(tmp_path / "list")
    assert allowed.add([A, B, A]) == 2
    assert allowed.add([A]) == 0
    assert (tmp_path / "list").read_text() == f"{A.hex()}\n{B.hex()}\n"
    assert allowed.remove([A, b"c" * 20]) == 1
    assert (tmp_path / "list").read_text() == f"{B.hex()}\n"


def test_what_was_there_stays_with_its_rights(tmp_path: Path):
    path = tmp_path / "list"
    path.write_text("C" * 40 + "\n")
    path.chmod(0o640)
    Allowed(path).add([A])
    assert path.read_text() == f"{A.hex()}\n{'c' * 40}\n"
    assert path.stat().st_mode & 0o777 == 0o640
    assert {each.name for each in tmp_path.iterdir()} == {"list", "list.lock"}


@pytest.mark.parametrize("text", ["hello\n", "# a comment\n", "a" * 39 + "\n", "\u00e4"])
def test_another_file_is_not_overwritten(text: str, tmp_path: Path):
    path = tmp_path / "list"
    path.write_text(text)
    with pytest.raises((UsageError, TidebreakError), match="list"):
        Allowed(path).add([A])
    assert path.read_text() == text


@settings(deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.binary(min_size=20, max_size=20)), max_size=12))
def test_it_is_a_set(tmp_path_factory, steps: list[tuple[bool, bytes]]):
    path = tmp_path_factory.mktemp("allowed") / "list"
    allowed, model = Allowed(path), set[str]()
    for add, value in steps:
        (allowed.add if add else allowed.remove)([value])
        model = model | {value.hex()} if add else model - {value.hex()}
    held = path.read_text().split() if path.exists() else []
    assert set(held) - {"0" * 40} == model - {"0" * 40}
    assert not path.exists() or held  # opentracker does not read an empty file again


def test_several_at_a_time_lose_nothing(tmp_path: Path):
    values = [bytes([number]) * 20 for number in range(1, 25)]
    threads = [
        threading.Thread(target=lambda v=value: Allowed(tmp_path / "list").add([v]))
        for value in values
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (tmp_path / "list").read_text().split() == sorted(value.hex() for value in values)


def test_the_tracker_is_told_of_changes_alone(tmp_path: Path):
    heard: list[int] = []
    before = signal.signal(signal.SIGHUP, lambda number, _: heard.append(number))
    try:
        (tmp_path / "pid").write_text(f"{os.getpid()}\n")
        allowed = Allowed(tmp_path / "list", tmp_path / "pid")
        allowed.add([A])
        allowed.add([A])
    finally:
        signal.signal(signal.SIGHUP, before)
    assert len(heard) == 1


@pytest.mark.parametrize("content", [None, "", "no number", "999999999", "0", "-1", "1"])
def test_a_tracker_that_cannot_be_told_is_an_error(content: str | None, tmp_path: Path):
    if content is not None:
        (tmp_path / "pid").write_text(content)
    with pytest.raises(TidebreakError, match="send it SIGHUP"):
        Allowed(tmp_path / "list", tmp_path / "pid").add([A])
    assert A.hex() in (tmp_path / "list").read_text()


def test_a_process_that_does_not_wait_for_it_is_left_alone(tmp_path: Path):
    """A stale file may name somebody else's process, which SIGHUP would end."""
    with subprocess.Popen(["sleep", "60"]) as other:
        (tmp_path / "pid").write_text(f"{other.pid}")
        try:
            with pytest.raises(TidebreakError, match="send it SIGHUP"):
                Allowed(tmp_path / "list", tmp_path / "pid").add([A])
            assert other.poll() is None
        finally:
            other.kill()


@pytest.mark.parametrize(("form", "number"), [("v1", 1), ("v2", 1), ("hybrid", 2)])
def test_a_torrent_has_an_id_for_each_version(form: str, number: int, tmp_path: Path):
    reference = links.read_file(make_torrent(tmp_path, "x.bin", [40_000], form))
    assert len(set(tracker_ids(reference))) == number
