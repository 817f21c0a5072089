from __future__ import annotations

import os
import threading
import time
from pathlib import Path

from tidebreak.watch.reading import Arriving


def test_a_pipe_is_read_to_its_end_and_says_when_it_is_empty():
    reading, writing = os.pipe()
    idle: list[int] = []
    source = Arriving(reading, follow=False, idle=lambda: idle.append(1))
    os.write(writing, b"abc")
    assert source.read(2) == b"ab"
    assert source.read(9) == b"c"
    assert not idle
    threading.Timer(0.1, os.close, [writing]).start()
    assert source.read() == b""
    assert idle == [1, 1]  # before and after waiting
    assert source.ended
    assert source.bytes == 3
    source.close()


def test_a_file_that_grows_is_waited_for(tmp_path: Path):
    path = tmp_path / "growing"
    path.write_bytes(b"one")
    idle: list[float] = []
    source = Arriving(
        os.open(path, os.O_RDONLY), follow=True, idle=lambda: idle.append(time.monotonic())
    )
    assert source.read() == b"one"

    def grow() -> None:
        with path.open("ab") as stream:
            stream.write(b"two")

    threading.Timer(0.3, grow).start()
    assert source.read() == b"two"
    assert len(idle) >= 2
    assert not source.ended
    source.close()


def test_a_pipe_that_does_not_block_is_waited_for():
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    source = Arriving(reading, follow=False, idle=lambda: None)
    threading.Timer(0.2, os.write, [writing, b"late"]).start()
    assert source.read() == b"late"
    os.close(writing)
    assert source.read() == b""
    source.close()
