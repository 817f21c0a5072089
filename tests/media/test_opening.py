from __future__ import annotations

import os
import socket
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tidebreak.errors import CannotRead
from tidebreak.media.opening import open_file


def test_a_file_is_opened_with_what_the_system_knows_of_it(tmp_path: Path):
    path = tmp_path / "a"
    path.write_bytes(b"content")
    found = open_file(path)
    try:
        assert os.pread(found.fd, 100, 0) == b"content"
        known = path.stat()
        assert (found.size, found.mtime_ns, found.ctime_ns, found.device, found.inode) == (
            known.st_size,
            known.st_mtime_ns,
            known.st_ctime_ns,
            known.st_dev,
            known.st_ino,
        )
        assert not os.get_inheritable(found.fd)
    finally:
        os.close(found.fd)


def test_the_access_time_stays(tmp_path: Path):
    path = tmp_path / "a"
    path.write_bytes(b"content")
    os.utime(path, ns=(1, 2))
    found = open_file(path)
    os.read(found.fd, 10)
    os.close(found.fd)
    assert path.stat().st_atime_ns == 1


def test_names_that_are_not_utf_8_can_be_opened(tmp_path: Path):
    path = os.fsencode(tmp_path) + b"/\xff\xfe"
    Path(os.fsdecode(path)).write_bytes(b"x")
    os.close(open_file(path).fd)
    os.close(open_file(os.fsdecode(path)).fd)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda p: os.mkfifo(p), "named pipe"),
        (lambda p: p.mkdir(), "folder"),
        (lambda p: p.symlink_to("/etc/passwd"), "symbolic link"),
        (lambda p: p.symlink_to(p), "symbolic link"),
        (lambda p: _socket_at(p), "socket"),
        (lambda p: None, "vanished"),
    ],
)
def test_anything_else_is_refused_with_a_reason(tmp_path: Path, make, reason: str):
    path = tmp_path / "it"
    make(path)
    with pytest.raises(CannotRead, match=reason):
        open_file(path)


def test_devices_are_refused():
    with pytest.raises(CannotRead, match="character device"):
        open_file("/dev/null")


def test_a_path_that_no_file_can_have_is_refused(tmp_path: Path):
    with pytest.raises(CannotRead, match="zero byte"):
        open_file(f"{tmp_path}/a\0b")
    with pytest.raises(CannotRead, match="too long"):
        open_file(f"{tmp_path}/{'a' * 300}")


def test_missing_permission_is_a_reason():
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        path = Path(folder) / "a"
        path.write_bytes(b"x")
        path.chmod(0)
        with as_nobody(), pytest.raises(CannotRead, match="permission"):
            open_file(path)


@contextmanager
def as_nobody() -> Iterator[None]:
    """Give up root's right to read everything for a moment."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)


def test_missing_permission_is_a_reason_whoever_runs_this(monkeypatch, tmp_path: Path):
    path = tmp_path / "a"
    path.write_bytes(b"x")

    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(CannotRead, match="permission"):
        open_file(path)


def test_a_path_that_is_swapped_in_between_is_refused(monkeypatch, tmp_path: Path):
    path = tmp_path / "a"
    path.write_bytes(b"x")
    honest = os.lstat(path)
    path.unlink()
    os.mkfifo(path)
    monkeypatch.setattr(os, "lstat", lambda _: honest)
    before = len(list(Path("/proc/self/fd").iterdir()))
    with pytest.raises(CannotRead, match="named pipe"):
        open_file(path)
    assert len(list(Path("/proc/self/fd").iterdir())) == before
    assert stat.S_ISREG(honest.st_mode)


def _socket_at(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))
