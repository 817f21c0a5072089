from __future__ import annotations

import io
import os
import random
from pathlib import Path

import pytest

from tidebreak.media.positioned import PositionedFile, change, chunks


@pytest.fixture
def file(tmp_path: Path):
    path = tmp_path / "a"
    path.write_bytes(bytes(range(256)) * 40)
    fd = os.open(path, os.O_RDONLY)
    yield fd
    os.close(fd)


def test_reads_like_any_file_and_leaves_the_shared_offset_alone(file: int):
    os.lseek(file, 77, os.SEEK_SET)
    whole = bytes(range(256)) * 40
    ours = io.BufferedReader(PositionedFile(file, len(whole)), 64)
    known = io.BytesIO(whole)
    random.seed(1)
    for _ in range(300):
        offset, whence = random.choice([(random.randrange(11000), 0), (-50, 2), (3, 1)])
        assert ours.seek(offset, whence) == known.seek(offset, whence)
        count = random.randrange(300)
        assert ours.read(count) == known.read(count)
        assert ours.tell() == known.tell()
    ours.seek(0)
    assert ours.read() == whole
    ours.close()
    assert os.lseek(file, 0, os.SEEK_CUR) == 77


def test_ends_where_it_is_told_to(file: int):
    assert PositionedFile(file, 10).read() == bytes(range(10))
    with pytest.raises(ValueError, match="before the beginning"):
        PositionedFile(file, 10).seek(-1)


def test_chunks_are_the_beginning_of_the_file(file: int):
    assert [len(chunk) for chunk in chunks(file, 1000, 300)] == [300, 300, 300, 100]
    assert sum(len(chunk) for chunk in chunks(file, 1 << 20, 4096)) == 10240
    assert list(chunks(file, 0, 300)) == []


def test_a_file_that_changes_says_how(file: int):
    size = os.fstat(file).st_size
    assert change(file, size, size) == ""
    assert "ended after 3 bytes" in change(file, size, 3)
    assert f"grew beyond {size - 1:,} bytes" in change(file, size - 1, size - 1)
