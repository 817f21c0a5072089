from __future__ import annotations

import io
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest

from tidebreak.client import bodies
from tidebreak.client.bodies import BLOCK, Body
from tidebreak.errors import UsageError
from tidebreak.spool import Spool

DATA = bytes(range(256)) * 3000


class OnlyReads:
    def __init__(self, data: bytes) -> None:
        self._stream = io.BytesIO(data)

    def read(self, size: int, /) -> bytes:
        return self._stream.read(size)


def blocks() -> Iterator[bytes]:
    yield from (DATA[at : at + 1000] for at in range(0, len(DATA), 1000))


async def later() -> AsyncIterator[bytes]:
    for block in blocks():
        yield block


def spool(folder: Path) -> Spool:
    made = Spool(folder, 1 << 30)
    made.write(DATA)
    return made


def read(body: Body) -> bytes:
    return b"".join(body.blocks(lambda: None))


def read_async(body: Body) -> bytes:
    async def collect() -> bytes:
        return b"".join([block async for block in body.blocks_async()])

    return anyio.run(collect)


@pytest.mark.parametrize("reader", [read, read_async])
@pytest.mark.parametrize("kind", ["str", "path", "bytes", "file", "memory", "spool"])
def test_what_can_be_read_twice_is(tmp_path: Path, kind: str, reader: Any):
    path = tmp_path / "file"
    path.write_bytes(DATA)
    with path.open("rb") as file, spool(tmp_path) as spooled:
        content = {
            "str": str(path), "path": path, "bytes": DATA, "file": file,
            "memory": io.BytesIO(DATA), "spool": spooled,
        }[kind]  # fmt: skip
        body = Body(content)
        assert reader(body) == reader(body) == DATA
        assert not body.spent
        assert not file.closed


@pytest.mark.parametrize("reader", [read, read_async])
@pytest.mark.parametrize("content", [blocks, lambda: OnlyReads(DATA)])
def test_what_can_be_read_once_is_spent_when_it_was_begun(content: Any, reader: Any):
    body = Body(content())
    assert not body.spent
    assert reader(body) == DATA
    assert body.spent


def test_an_async_iterator_is_for_the_event_loop():
    assert read_async(Body(later())) == DATA
    with pytest.raises(UsageError, match="AsyncClient"):
        read(Body(later()))


def test_a_file_is_sent_from_where_it_stands():
    file = io.BytesIO(DATA)
    file.seek(5)
    body = Body(file)
    assert read(body) == read(body) == DATA[5:]


def test_the_size_is_told_where_it_is_known(tmp_path: Path):
    with spool(tmp_path) as spooled:
        assert Body(spooled).size == Body(DATA).size == len(DATA)
    (tmp_path / "file").write_bytes(DATA)
    with (tmp_path / "file").open("rb") as file:
        file.seek(7)
        assert Body(file).size == len(DATA) - 7
        assert read(Body(file)) == DATA[7:]
    assert Body(str(tmp_path / "file")).size == len(DATA)
    assert Body(blocks()).size is Body(tmp_path / "x").size is None
    assert Body("/proc/self/status").size is None
    assert len(read(Body("/proc/self/status"))) > 100


def test_nothing_is_held_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "file").write_bytes(DATA)
    monkeypatch.setattr(bodies, "BLOCK", 1000)
    for one in Body(tmp_path / "file").blocks(lambda: None):
        assert len(one) <= 1000
    assert BLOCK < 1 << 20


def test_time_that_is_up_ends_a_body_between_blocks():
    asked = 0

    def check() -> None:
        nonlocal asked
        asked += 1
        if asked == 3:
            raise TimeoutError

    with pytest.raises(TimeoutError):
        list(Body(blocks()).blocks(check))


def test_a_file_that_is_not_there_and_a_thing_that_is_none_are_told(tmp_path: Path):
    with pytest.raises(UsageError, match="cannot be read"):
        read(Body(tmp_path / "none"))
    with pytest.raises(UsageError, match="cannot be read"):
        read(Body(tmp_path))
    with pytest.raises(UsageError, match="Give a path"):
        Body(5)  # type: ignore[arg-type]
