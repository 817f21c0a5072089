from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tidebreak.errors import BadLink
from tidebreak.hashing.aich import BLOCK, AichTree
from tidebreak.links.stores.known2_met import looks, read
from tidebreak.model import Signal


def same(data: bytes, digests: dict[str, dict[str, Signal]]) -> None:
    """Check that a known2_64.met has the AICH of every synthetic file."""
    assert looks(data[: 1 << 16])
    store = read(data)
    assert store.reason == ""
    found = {held.content.signals[0] for held in store.items}
    assert found == {known["aich"] for known in digests.values()}
    small = [held for held in store.items if len(held.content.signals) == 2]
    assert [held.content.signals[1].type.name for held in small] == ["sha1"]


def test_what_an_amule_once_wrote(kept: Path, digests: dict[str, dict[str, Signal]]):
    same((kept / "known2_64.met").read_bytes(), digests)


def test_what_an_amule_writes_now(amule: Path, digests: dict[str, dict[str, Signal]]):
    same((amule / "known2_64.met").read_bytes(), digests)


def record(blocks: int, seed: int = 0) -> bytes:
    hashes = [hashlib.sha1(bytes([seed]) + n.to_bytes(4)).digest() for n in range(blocks)]
    tree = AichTree()
    tree.add_blocks(hashes)
    return tree.finish() + blocks.to_bytes(4, "little") + b"".join(hashes)


@pytest.mark.parametrize("blocks", [1, 2, 53, 54, 106, 107, 1000])
def test_hashes_of_blocks_yield_the_hash_of_a_file(blocks: int):
    data = b"\x02" + record(blocks)
    assert looks(data)
    (held,) = read(data).items
    assert held.content.signals[0].value == data[1:21]


def test_a_file_larger_than_the_head_is_taken_at_its_word_until_it_is_read():
    data = b"\x02" + record(4000)
    assert looks(data[: 1 << 16])
    assert len(read(data).items) == 1
    wrong = data[:1] + bytes(20) + data[21:]
    assert looks(wrong[: 1 << 16])
    with pytest.raises(BadLink, match="does not yield"):
        read(wrong)


def test_a_wrong_hash_ends_the_reading_loudly():
    wrong = bytearray(record(3, 1))
    wrong[30] ^= 1
    store = read(b"\x02" + record(2) + wrong + record(5))
    assert len(store.items) == 1
    assert "does not yield" in store.reason


@pytest.mark.parametrize(
    "data", [b"", b"\x02", b"\x01" + record(2), b"\x02" + bytes(100), b"\x02" + record(2)[:-1]]
)
def test_what_is_none_is_refused(data: bytes):
    assert not looks(data)
    if data[:1] != b"\x02" or len(data) > 1:
        with pytest.raises(BadLink):
            read(data)


def test_only_one_block_says_that_the_file_is_small():
    (one,), (two,) = (read(b"\x02" + record(n)).items for n in (1, 2))
    assert [s.type.name for s in one.content.signals] == ["aich", "sha1"]
    assert [s.type.name for s in two.content.signals] == ["aich"]
    assert BLOCK == 184_320
