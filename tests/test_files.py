from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO

import pytest

from tidebreak import files

WRITERS = [files.replace_whole, files.write_new]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def no_links(_old: Path, _new: Path) -> None:
    raise OSError(errno.EPERM, "Operation not permitted")


@pytest.mark.parametrize("write", WRITERS)
def test_what_is_written_is_there_private_and_alone(write: Callable[..., None], tmp_path: Path):
    write(tmp_path / "a", b"content")
    assert (tmp_path / "a").read_bytes() == b"content"
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o600
    assert names(tmp_path) == ["a"]


@pytest.mark.parametrize("opened", [files.replacing, files.creating])
def test_nobody_else_may_read_it_from_the_first_byte(
    opened: Callable[[Path], AbstractContextManager[IO[bytes]]], tmp_path: Path
):
    with opened(tmp_path / "a") as file:
        assert stat.S_IMODE(os.fstat(file.fileno()).st_mode) == 0o600


@pytest.mark.parametrize("write", WRITERS)
def test_others_may_read_it_if_said_and_the_umask_lets_them(
    write: Callable[..., None], tmp_path: Path
):
    before = os.umask(0o027)
    try:
        write(tmp_path / "a", b"", 0o666)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o640


def test_what_was_there_is_replaced_with_its_rights(tmp_path: Path):
    (tmp_path / "a").write_bytes(b"before")
    (tmp_path / "a").chmod(0o644)
    files.replace_whole(tmp_path / "a", b"after")
    assert (tmp_path / "a").read_bytes() == b"after"
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o600


@pytest.mark.parametrize("links", [True, False])
def test_what_is_there_is_never_overwritten(
    links: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    if not links:
        monkeypatch.setattr(os, "link", no_links)
    files.write_new(tmp_path / "a", b"first")
    (tmp_path / "b").symlink_to(tmp_path / "nowhere")
    for taken in ("a", "b"):
        with pytest.raises(FileExistsError), files.creating(tmp_path / taken):
            pytest.fail("that it is there is known before anything is made")
    # Somebody else was quicker.
    writing = files.creating(tmp_path / "c")
    writing.__enter__().write(b"mine")
    (tmp_path / "c").write_bytes(b"theirs")
    with pytest.raises(FileExistsError):
        writing.__exit__(None, None, None)
    assert (tmp_path / "a").read_bytes() == b"first"
    assert (tmp_path / "c").read_bytes() == b"theirs"
    assert names(tmp_path) == ["a", "b", "c"]


def _interrupted(file: IO[bytes]) -> None:
    file.write(b"half")
    raise KeyboardInterrupt


def test_a_failure_leaves_what_was_there(tmp_path: Path):
    (tmp_path / "a").write_bytes(b"before")
    with pytest.raises(KeyboardInterrupt), files.replacing(tmp_path / "a") as file:
        _interrupted(file)
    with pytest.raises(KeyboardInterrupt), files.creating(tmp_path / "b") as file:
        _interrupted(file)
    assert names(tmp_path) == ["a"]
    assert (tmp_path / "a").read_bytes() == b"before"


KILLED = """
import os, pathlib, signal
from tidebreak import files
with files.replacing(pathlib.Path("a")) as file:
    file.write(b"half")
    file.flush()
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_writer_leaves_what_was_there_and_stops_nobody(tmp_path: Path):
    (tmp_path / "a").write_bytes(b"before")
    killed = subprocess.run([sys.executable, "-c", KILLED], cwd=tmp_path, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert (tmp_path / "a").read_bytes() == b"before"
    [left] = tmp_path.glob(".a.*.partial")
    assert left.read_bytes() == b"half"
    files.replace_whole(tmp_path / "a", b"after")
    assert (tmp_path / "a").read_bytes() == b"after"


def test_two_writers_at_a_time_do_not_mix(tmp_path: Path):
    with files.replacing(tmp_path / "a") as one, files.replacing(tmp_path / "a") as other:
        one.write(b"1" * 9)
        other.write(b"22")
    assert (tmp_path / "a").read_bytes() == b"1" * 9
    assert names(tmp_path) == ["a"]


def test_it_is_on_the_disk_before_it_has_its_name_and_so_is_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    synced: list[tuple[bool, list[str]]] = []

    def fsync(descriptor: int) -> None:
        is_folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        synced.append((is_folder, [name for name in names(tmp_path) if not name.startswith(".")]))

    monkeypatch.setattr(os, "fsync", fsync)
    for write in WRITERS:
        write(tmp_path / write.__name__, b"")
    assert synced == [
        (False, []), (True, ["replace_whole"]),
        (False, ["replace_whole"]), (True, ["replace_whole", "write_new"]),
    ]  # fmt: skip


def test_a_file_system_that_cannot_sync_folders_is_good_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    reason = errno.EINVAL

    def fsync(_descriptor: int) -> None:
        raise OSError(reason, os.strerror(reason))

    monkeypatch.setattr(os, "fsync", fsync)
    files.sync_folder(tmp_path)
    reason = errno.EIO
    with pytest.raises(OSError, match="Input/output"):
        files.sync_folder(tmp_path)


def test_text_goes_into_a_file_as_it_is(tmp_path: Path):
    with files.replacing(tmp_path / "a") as file:
        file.write(b"<")
        with files.as_text(file) as text:
            text.write("\u00e4\n\r\n")
        file.write(b">")
    assert (tmp_path / "a").read_bytes() == b"<\xc3\xa4\n\r\n>"


def test_errors_come_as_the_system_gives_them(tmp_path: Path):
    for write in WRITERS:
        with pytest.raises(FileNotFoundError):
            write(tmp_path / "none" / "a", b"")
