from __future__ import annotations

import asyncio
import errno
import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from tidebreak.spool import IN_MEMORY, NoRoom, Spool, TooLarge, pour


def content(spool):
    with os.fdopen(spool.open(), "rb") as file:
        return file.read()


@pytest.mark.parametrize("size", [0, 1, IN_MEMORY, IN_MEMORY + 1, 3 * IN_MEMORY])
def test_gives_back_what_it_took_and_leaves_no_name(tmp_path, size):
    data = os.urandom(size)
    with Spool(tmp_path / "spool", 4 * IN_MEMORY) as spool:
        for start in range(0, size, 300_001):
            spool.write(data[start : start + 300_001])
        assert spool.size == size
        assert content(spool) == data
        assert content(spool) == data  # each reader from the start
        assert not list(tmp_path.rglob(".*"))
    assert (tmp_path / "spool").exists() == (size > IN_MEMORY)


def test_small_ones_never_touch_the_disk(tmp_path):
    with Spool(tmp_path / "spool", 100) as spool:
        spool.write(b"x" * 100)
        assert not (tmp_path / "spool").exists()


def test_refuses_more_than_it_may_take(tmp_path):
    with Spool(tmp_path, 10) as spool:
        spool.write(b"x" * 10)
        with pytest.raises(TooLarge, match="at most 10 bytes"):
            spool.write(b"y")
        assert spool.size == 10


def test_a_full_disk_is_said_in_plain_words(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with Spool(tmp_path, 100 << 20) as spool:
        monkeypatch.setattr(os, "write", full)
        with pytest.raises(NoRoom, match="full or failing"):
            spool.write(b"x")


def test_file_systems_without_unnamed_files_leave_no_name_either(tmp_path, monkeypatch):
    opened = os.open

    def without(path, flags, *more, **named):
        if flags & os.O_TMPFILE == os.O_TMPFILE:
            raise OSError(errno.EOPNOTSUPP, "Operation not supported")
        return opened(path, flags, *more, **named)

    monkeypatch.setattr(os, "open", without)
    with Spool(tmp_path / "s", 100 << 20) as spool:
        spool.write(b"a" * (IN_MEMORY + 5))
        assert list((tmp_path / "s").iterdir()) == []
        assert len(content(spool)) == IN_MEMORY + 5


def test_closing_twice_is_harmless(tmp_path):
    spool = Spool(tmp_path, 1)
    spool.close()
    spool.close()


def test_closing_waits_for_a_write_under_way(tmp_path, monkeypatch):
    begun, go = threading.Event(), threading.Event()
    write = os.write

    def slow(fd: int, part: bytes) -> int:
        begun.set()
        assert go.wait(10)
        return write(fd, part)

    spool = Spool(tmp_path, 4 * IN_MEMORY)
    with monkeypatch.context() as stalled, ThreadPoolExecutor(2) as threads:
        stalled.setattr(os, "write", slow)
        written = threads.submit(spool.write, b"x")
        assert begun.wait(10)
        closed = threads.submit(spool.close)
        with pytest.raises(TimeoutError):  # else its descriptor might be another file's by now
            closed.result(0.05)
        go.set()
        written.result(10)
        closed.result(10)
    with pytest.raises(OSError, match="Bad file"):
        spool.write(b"y")


def test_a_disk_that_stalls_keeps_nobody_else_waiting(tmp_path, monkeypatch):
    go = threading.Event()
    write = os.write

    def slow(fd: int, part: bytes) -> int:
        assert go.wait(10)
        return write(fd, part)

    async def both(spool: Spool) -> None:
        pouring = asyncio.create_task(pour(bytes(2 * IN_MEMORY), spool))
        for _ in range(5):
            await asyncio.sleep(0)
        assert not pouring.done()
        go.set()
        await pouring

    monkeypatch.setattr(os, "write", slow)
    with Spool(tmp_path, 4 * IN_MEMORY) as spool:
        asyncio.run(both(spool))
        assert spool.size == 2 * IN_MEMORY
