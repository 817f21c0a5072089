"""Seals against hashlib."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from tidebreak.errors import UsageError
from tidebreak.hashing.seals import SEAL_SIZE, Sealer
from tidebreak.signals import EXACT_TYPES, SIGNAL_TYPES, SignalType

KEY = bytes(range(32))


def values_of(kind: SignalType, length: int, count: int = 21) -> np.ndarray:
    data = hashlib.shake_128(kind.name.encode()).digest(count * length)
    return np.frombuffer(data, np.uint8).reshape(count, length)


def reference(kind: SignalType, value: bytes) -> bytes:
    person = b"tb:" + kind.space.encode()
    comparable = kind.comparable(value)
    return hashlib.blake2b(comparable, digest_size=16, key=KEY, person=person).digest()


@pytest.mark.parametrize("kind", EXACT_TYPES, ids=lambda kind: kind.name)
def test_one_and_many_are_hashlib_s(kind: SignalType):
    for length in (kind.length,) if kind.length else (34, 36):
        values = values_of(kind, length)
        expected = [reference(kind, value.tobytes()) for value in values]
        sealer = Sealer(KEY)
        assert [sealer.seal(kind, value.tobytes()) for value in values] == expected
        assert [row.tobytes() for row in sealer.seal_many(kind, values)] == expected


def test_equal_content_has_one_seal_whatever_the_cid_s_version():
    digest = b"\x12\x20" + bytes(range(32))
    sealer = Sealer(KEY)
    seals = {
        sealer.seal(SIGNAL_TYPES["cid-v0"], digest),
        sealer.seal(SIGNAL_TYPES["cid-v1"], b"\x01\x55" + digest),
        sealer.seal(SIGNAL_TYPES["cid-raw"], b"\x01\x70" + digest),
    }
    assert len(seals) == 1


def test_types_and_keys_are_worlds_apart():
    value = bytes(16)
    names = ("md5", "ed2k", "ed2k-blue")
    seals = [Sealer(KEY).seal(SIGNAL_TYPES[name], value) for name in names]
    assert len(set(seals)) == 2
    assert seals[1] == seals[2]
    assert Sealer(KEY[::-1]).seal(SIGNAL_TYPES["md5"], value) not in seals


def test_any_layout_of_the_values_will_do():
    kind = SIGNAL_TYPES["sha1"]
    wide = values_of(kind, 40)
    expected = Sealer(KEY).seal_many(kind, wide[:, 20:].copy())
    assert (Sealer(KEY).seal_many(kind, wide[:, 20:]) == expected).all()
    assert (Sealer(KEY).seal_many(kind, wide[::-1, 20:]) == expected[::-1]).all()


def test_no_values_have_no_seals():
    seals = Sealer(KEY).seal_many(SIGNAL_TYPES["md5"], np.empty((0, 16), np.uint8))
    assert seals.shape == (0, SEAL_SIZE)


@pytest.mark.parametrize("size", [0, 15, 65])
def test_a_key_of_the_wrong_size_is_refused(size: int):
    with pytest.raises(UsageError, match="16 to 64 bytes"):
        Sealer(bytes(size))


def test_values_that_are_too_long_are_refused():
    with pytest.raises(UsageError, match="1 to 40 bytes"):
        Sealer(KEY).seal_many(SIGNAL_TYPES["sha512"], np.zeros((1, 64), np.uint8))


def test_the_key_does_not_show():
    assert KEY.hex() not in repr(Sealer(KEY))
    assert "hidden" in repr(Sealer(KEY))


@pytest.mark.parametrize("count", [1, 16, 17, 200])
def test_few_and_many_are_sealed_alike(count: int):
    kind = SIGNAL_TYPES["sha1"]
    values = np.random.default_rng(count).integers(0, 256, (count, 20), dtype=np.uint8)
    sealer = Sealer(b"k" * 32)
    alone = [sealer.seal(kind, row.tobytes()) for row in values]
    assert [row.tobytes() for row in sealer.seal_many(kind, values)] == alone


def test_any_space_has_digests_of_its_own():
    values = np.arange(60, dtype=np.uint8).reshape(20, 3)
    sealer = Sealer(b"k" * 32)
    found = {space: sealer.digest_many(space, values).tobytes() for space in ("a", "part-b")}
    assert found["a"] != found["part-b"]
    for space, digests in found.items():
        wanted = [
            hashlib.blake2b(
                row.tobytes(), digest_size=16, key=b"k" * 32, person=b"tb:" + space.encode()
            ).digest()
            for row in values
        ]
        assert digests == b"".join(wanted)
