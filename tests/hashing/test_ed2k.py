"""ed2k against librhash (red), the published blue vector, and the vectors of the project."""

from __future__ import annotations

import pytest
from Crypto.Hash import MD4
from tests.oracles import librhash

from tidebreak.hashing.arrays import readonly
from tidebreak.hashing.ed2k import PART, Ed2k

rhash = librhash()


def identifiers(data: bytes, step: int) -> list[str]:
    hasher = Ed2k()
    for start in range(0, len(data), step):
        hasher.absorb(readonly(data[start : start + step]))
    return [value.hex() for value in hasher.finish()]


def test_a_part_of_0x55_has_the_published_identifiers():
    _, red, blue = identifiers(b"\x55" * PART, 1 << 22)
    assert red == "49e80f377b7e4e706dbd3ecc89f39306"
    assert blue == "4127a47867b6110f0f86f2d9845fb374"


@pytest.mark.parametrize("size", [0, 1, 63, 64, 65, PART - 1, PART, PART + 1, 2 * PART])
def test_red_is_librhash_s_and_md5_runs_beside_it(size: int):
    data = (b"tidebreak" * (size // 9 + 1))[:size]
    md5, red, _ = identifiers(data, 1 << 23)
    assert red == rhash.hash_msg(data, rhash.ED2K).lower()
    assert md5 == rhash.hash_msg(data, rhash.MD5).lower()


@pytest.mark.parametrize("step", [64, PART, PART + 64, 3 * PART])
def test_it_does_not_matter_how_slabs_and_parts_overlap(step: int):
    data = b"slabs" * (PART // 1000) if step == 64 else b"slabs" * (PART // 2)
    assert identifiers(data, step) == identifiers(data, 1 << 23)


def test_blue_counts_no_empty_part():
    parts = [bytes([i]) * PART for i in range(2)]
    digests = [MD4.new(part).digest() for part in parts]
    _, red, blue = identifiers(b"".join(parts), 1 << 23)
    assert blue == MD4.new(b"".join(digests)).hexdigest()
    assert red == MD4.new(b"".join(digests) + MD4.new(b"").digest()).hexdigest()
