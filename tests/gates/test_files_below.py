from __future__ import annotations

import os
from pathlib import Path

import pytest

from tidebreak.errors import CannotRead
from tidebreak.gates.files_below import Roots, files_in, is_folder, take
from tidebreak.spool import Spool, TooLarge


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    (folder / "deep").mkdir(parents=True)
    (folder / "file").write_bytes(b"inside")
    (folder / "deep" / "er").write_bytes(b"deeper")
    (tmp_path / "secret").write_bytes(b"outside")
    (folder / "link").symlink_to(tmp_path / "secret")
    (folder / "folder").symlink_to(tmp_path)
    (folder / "inner").symlink_to(folder / "file")
    os.mkfifo(folder / "pipe")
    return folder


def descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def read(roots: Roots, path: str) -> bytes:
    fd = roots.open(path)
    try:
        return os.read(fd, 100)
    finally:
        os.close(fd)


def test_files_below_a_root_are_opened(root: Path):
    roots = Roots([root])
    assert read(roots, f"{root}/file") == b"inside"
    assert read(roots, f"{root}//deep/./er") == b"deeper"
    fd = roots.open(str(root))
    assert is_folder(fd)
    os.close(fd)


@pytest.mark.parametrize(
    "path",
    ["{root}/link", "{root}/folder/secret", "{root}/inner", "{root}/../secret",
     "{root}/deep/../file", "{above}/secret", "{root}x/file", "/etc/passwd", "file", "",
     "{root}/not", "{root}/file/x", "{root}/fi\0le"],
)  # fmt: skip
def test_nothing_else_is(root: Path, path: str):
    before = descriptors()
    with pytest.raises(CannotRead) as raised:
        Roots([root]).open(path.format(root=root, above=root.parent))
    assert str(root) not in str(raised.value)
    assert descriptors() == before


def test_without_roots_nothing_is():
    with pytest.raises(CannotRead):
        Roots([]).open("/etc/passwd")


def test_a_root_may_itself_be_reached_by_a_link(root: Path):
    alias = root.parent / "alias"
    alias.symlink_to(root)
    assert read(Roots([alias]), f"{alias}/file") == b"inside"


def test_a_walk_finds_every_file_no_link_and_says_what_is_none(root: Path):
    before = descriptors()
    found = {}
    for each in files_in(Roots([root]).open(str(root)), str(root)):
        found[each.path.removeprefix(f"{root}/")] = each.why or os.read(each.fd, 100)
        if each.fd >= 0:
            os.close(each.fd)
    assert found == {"file": b"inside", "deep/er": b"deeper", "pipe": "Not a file"}
    assert descriptors() == before


def test_folders_that_are_nested_too_deep_are_said_to_be(tmp_path: Path):
    deepest = tmp_path.joinpath(*["d"] * 80)
    deepest.mkdir(parents=True)
    [found] = files_in(os.open(tmp_path, os.O_RDONLY), str(tmp_path))
    assert (found.fd, found.why) == (-1, "Folders are nested too deep")


@pytest.mark.anyio
async def test_a_file_is_taken_from_its_beginning_wherever_it_stands(root: Path, tmp_path: Path):
    fd = os.open(root / "file", os.O_RDONLY)
    os.lseek(fd, 3, os.SEEK_SET)
    with Spool(tmp_path, 100) as content:
        await take(fd, content)
        assert os.read(content.open(), 100) == b"inside"
    assert os.lseek(fd, 0, os.SEEK_CUR) == 3
    with Spool(tmp_path, 5) as content, pytest.raises(TooLarge):
        await take(fd, content)
    os.close(fd)


@pytest.mark.anyio
async def test_what_is_no_file_is_not_waited_for(root: Path, tmp_path: Path):
    ends = os.pipe()
    writer = os.open(root / "file", os.O_WRONLY)
    with Spool(tmp_path, 100) as content:
        for fd in (*ends, writer):
            with pytest.raises(CannotRead):
                await take(fd, content)
            os.close(fd)
