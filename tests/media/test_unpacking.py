from __future__ import annotations

import bz2
import io
import lzma
import zlib

import pytest

from tidebreak.media.unpacking import unpack


class Collector:
    def __init__(self) -> None:
        self.parts: list[bytes] = []

    def write(self, chunk: bytes, /) -> None:
        self.parts.append(chunk)

    def close(self, reason: str = "") -> None: ...


def _raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


BOMB = bytes(300 << 20)
PACKED = {8: _raw_deflate(BOMB), 12: bz2.compress(BOMB), 95: lzma.compress(BOMB, preset=0)}


@pytest.mark.parametrize("method", PACKED)
def test_a_bomb_comes_out_in_bounded_pieces(method: int):
    class Watch(Collector):
        def write(self, chunk: bytes, /) -> None:
            assert len(chunk) <= 1 << 20

    done = unpack(io.BytesIO(PACKED[method]), 0, len(PACKED[method]), method, Watch())
    assert (done.size, done.crc, done.reason) == (len(BOMB), zlib.crc32(BOMB), "")
    assert done.consumed == len(PACKED[method])


def test_where_nothing_tells_the_size_the_packed_stream_does():
    packed = _raw_deflate(b"words " * 1000)
    member = Collector()
    done = unpack(io.BytesIO(b"##" + packed + b"rest"), 2, None, 8, member)
    assert (b"".join(member.parts), done.consumed) == (b"words " * 1000, len(packed))
    assert "nothing says" in unpack(io.BytesIO(b"x"), 0, None, 0, member).reason


@pytest.mark.parametrize("method", [0, *PACKED])
def test_what_is_cut_off_says_so(method: int):
    packed = PACKED.get(method, bytes(1000))
    done = unpack(io.BytesIO(packed[: len(packed) // 2]), 0, len(packed), method, Collector())
    assert done.reason.startswith("damaged")
