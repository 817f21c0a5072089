from __future__ import annotations

import gzip
import sys
import zlib
from collections.abc import Callable, Iterator

import brotli
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidebreak.gates.bodies.encodings import decoded
from tidebreak.gates.bodies.headers import Unreadable


def raw_deflate(data: bytes) -> bytes:
    made = zlib.compressobj(wbits=-15)
    return made.compress(data) + made.flush()


CODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress, "x-gzip": gzip.compress, "deflate": zlib.compress,
    "br": brotli.compress,
}  # fmt: skip


def pieces(data: bytes, size: int) -> Iterator[bytes]:
    return (data[start : start + size] for start in range(0, len(data), size))


def undone(data: bytes, *encodings: str, size: int = 1000) -> bytes:
    return b"".join(decoded(pieces(data, size), encodings))


@settings(max_examples=60)
@given(st.binary(max_size=5000), st.lists(st.sampled_from(sorted(CODERS)), max_size=3),
       st.integers(1, 700))  # fmt: skip
def test_what_was_encoded_comes_back_however_it_arrives(data: bytes, names, size: int):
    encoded = data
    for name in names:
        encoded = CODERS[name](encoded)
    assert undone(encoded, *names, size=size) == data


def test_deflate_without_its_header_is_taken_too():
    assert undone(raw_deflate(b"benign" * 500), "deflate", size=1) == b"benign" * 500


def test_members_one_after_the_other_are_one():
    data = gzip.compress(b"one ") + gzip.compress(b"two")
    assert undone(data, "gzip", size=7) == b"one two"


@pytest.mark.parametrize("name", ["gzip", "deflate", "br"])
def test_what_is_cut_off_damaged_or_has_something_behind_is_unreadable(name: str):
    whole = CODERS[name](bytes(range(256)) * 40)
    for wrong in (whole[:-1], whole[: len(whole) // 2], b"", whole + b"behind", b"benign" * 9):
        with pytest.raises(Unreadable):
            undone(wrong, name)


def test_what_is_unknown_or_encoded_too_often_is_unreadable():
    for names in (["zstd"], ["compress"], ["gzip", "nonsense"], ["gzip"] * 4):
        with pytest.raises(Unreadable):
            undone(b"", *names)


@pytest.mark.parametrize("name", ["gzip", "deflate", "br"])
def test_a_bomb_is_undone_in_small_pieces(name: str):
    data = bytes(30_000_000)
    bomb = brotli.compress(data, quality=3) if name == "br" else CODERS[name](data)
    assert len(bomb) < 40_000
    parts = decoded(pieces(bomb, 65_536), (name,))
    sizes = [len(next(parts)) for _ in range(20)]
    assert 0 < max(sizes) <= 1 << 20


def test_without_brotli_it_is_unreadable(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "brotli", None)
    with pytest.raises(Unreadable, match="needs the package brotli"):
        undone(b"", "br")
