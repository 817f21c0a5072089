from __future__ import annotations

import hashlib

import pytest
from blake3 import blake3
from tests.oracles import librhash

from tidebreak.hashing.digests import Digester
from tidebreak.lists.batch import batch_of
from tidebreak.lists.trivial import EMPTY, without_trivial
from tidebreak.model import Entry, Signal
from tidebreak.signals import SIGNAL_TYPES

rhash = librhash()


def test_values_are_those_of_other_programs():
    for kind in ("md5", "sha1", "sha256", "sha512"):
        assert EMPTY[kind] == hashlib.new(kind).digest()
    assert EMPTY["blake3"] == blake3(b"").digest()
    for kind in ("ed2k", "aich", "tth"):
        assert EMPTY[kind] == rhash.RHash(getattr(rhash, kind.upper())).finish().raw(
            getattr(rhash, kind.upper())
        )


def test_values_are_those_that_we_give_an_empty_file():
    found = {signal.type.name: signal.value for signal in Digester().finish()}
    assert found
    comparable = {name: SIGNAL_TYPES[name].comparable(value) for name, value in found.items()}
    for name, value in comparable.items():
        known = {SIGNAL_TYPES[other].comparable(EMPTY[other]) for other in EMPTY}
        assert value in known, name


@pytest.mark.parametrize("kind", EMPTY)
def test_each_type_is_dropped_and_counted(kind):
    trivial = Signal(SIGNAL_TYPES[kind], EMPTY[kind])
    other = Signal(SIGNAL_TYPES["md5"], b"x" * 16)
    near = Signal(trivial.type, trivial.value[:-1] + bytes([trivial.value[-1] ^ 1]))
    batch, dropped = without_trivial(
        batch_of(
            [
                Entry(1, (trivial,), "only trivial"),
                Entry(2, (trivial, other), "both"),
                Entry(3, (near,), "near"),
                Entry(4, (), "nothing"),
            ]
        )
    )
    assert dropped == 2
    assert list(batch.keys) == ["both", "near", "nothing"]
    assert list(batch.lines) == [2, 3, 4]
    left = {
        (int(row), value.tobytes())
        for column in batch.columns
        for row, value in zip(column.rows, column.values, strict=True)
    }
    assert left == {(0, other.value), (1, near.value)}
