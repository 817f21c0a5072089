from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from tidebreak.scan.walk import Found, walk


def found(*roots: Path) -> dict[bytes, str]:
    return {item.path: item.reason for item in walk(os.fsencode(root) for root in roots)}


def test_files_at_any_depth_are_found_once_each(tmp_path: Path):
    deep = tmp_path / "a" / "b" / "c"
    deep.mkdir(parents=True)
    (deep / "1").write_text("x")
    (tmp_path / "2").write_text("yy")
    assert sorted(walk([os.fsencode(tmp_path)]), key=lambda item: item.path) == [
        Found(os.fsencode(tmp_path / "2"), 2),
        Found(os.fsencode(deep / "1"), 1),
    ]


def test_everything_that_is_no_file_is_a_result_with_a_reason(tmp_path: Path):
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "dangling").symlink_to("nowhere")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "sock"))
        got = {Path(os.fsdecode(path)).name: why for path, why in found(tmp_path).items()}
    assert got["fifo"].startswith("a named pipe")
    assert got["loop"].startswith("a symbolic link: what it points to")
    assert got["dangling"].startswith("a symbolic link")
    assert got["sock"].startswith("a socket")


def test_a_link_named_by_the_user_is_followed_and_keeps_its_name(tmp_path: Path):
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "file").write_text("x")
    (tmp_path / "link").symlink_to("real")
    assert found(tmp_path / "link") == {os.fsencode(tmp_path / "link" / "file"): ""}


def test_names_that_are_not_utf8_are_found(tmp_path: Path):
    name = os.fsencode(tmp_path) + b"/\xff\xfe.jpg"
    with open(name, "w"):  # noqa: PTH123 - Path takes no bytes
        pass
    assert found(tmp_path) == {name: ""}


def test_what_is_not_there_says_so(tmp_path: Path):
    assert found(tmp_path / "gone") == {
        os.fsencode(tmp_path / "gone"): "vanished before it could be read"
    }


def test_the_kernels_own_file_systems_are_not_read():
    assert list(found(Path("/proc")).values()) == [
        "folder of the kernel's own making: it holds no files"
    ]


def test_an_unreadable_folder_is_a_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "shut").mkdir()
    real = os.scandir

    def scandir(path: bytes):
        if path.endswith(b"shut"):
            raise PermissionError(13, "denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    (reason,) = found(tmp_path).values()
    assert reason == "folder: permission to read it is missing"


def test_a_wide_folder_is_read_as_a_stream(tmp_path: Path):
    for number in range(50):
        (tmp_path / str(number)).touch()
    stream = walk([os.fsencode(tmp_path)])
    next(stream)
    (tmp_path / "late").touch()  # a folder may change while it is read: nothing breaks
    assert len(list(stream)) in (49, 50)


def test_a_path_that_no_file_can_have_is_a_result():
    (found,) = walk([b"a\0b"])
    assert found.reason == "its path contains a zero byte: no file can have that name"
