"""Digests that are equal by construction, against all digests of files at the edges."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from tidebreak.hashing.digests import digest_many
from tidebreak.links.equalities import distinct, with_equals
from tidebreak.model import Signal
from tidebreak.signals import SIGNAL_TYPES

SIZES = [1, 16_384, 16_385, 184_320, 184_321, 1 << 20, (1 << 20) + 1]


def own_signals(size: int) -> tuple[Signal, ...]:
    data = bytes(range(256)) * (size // 256) + bytes(size % 256)
    return digest_many([data])[0][0]


def compared(signals: Iterable[Signal]) -> set[tuple[str, bytes]]:
    return {(signal.type.space, signal.type.comparable(signal.value)) for signal in signals}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", ["sha1", "aich", "sha256", "btv2"])
def test_what_is_implied_is_every_equal_digest_that_the_file_has(size: int, name: str):
    own = own_signals(size)
    (given,) = [signal for signal in own if signal.type.name == name]
    equal = [signal for signal in own if signal.value[-len(given.value) :] == given.value]
    assert compared(with_equals([given], size)) == compared(equal)


def test_a_raw_cid_has_the_sha256_of_what_it_names():
    own = {signal.type.name: signal for signal in own_signals(5_000)}
    assert with_equals([own["cid-raw"]], 20_000) == (own["cid-raw"], own["sha256"])


def test_a_file_of_unknown_size_is_read_as_if_it_were_small():
    sha1 = Signal(SIGNAL_TYPES["sha1"], bytes(20))
    assert [signal.type.name for signal in with_equals([sha1], None)] == ["sha1", "aich"]


def test_each_signal_stands_once_and_in_order():
    one, two = Signal(SIGNAL_TYPES["sha1"], bytes(20)), Signal(SIGNAL_TYPES["aich"], bytes(20))
    assert distinct([one, two, Signal(one.type, bytes(20))]) == (one, two)
    assert with_equals([one, two], None) == (one, two)
