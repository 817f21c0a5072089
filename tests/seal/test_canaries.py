from __future__ import annotations

import hashlib
import math

import numpy as np
import pytest

from tidebreak.seal import filter as sets
from tidebreak.seal.canaries import COUNT, canary_keys, trace, trace_remains

SECRET = bytes(range(32))
ISSUES = [(f"operator-{n}", "1") for n in range(50)]


def random_keys(seed: int, count: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 1 << 64, count, dtype=np.uint64)


def test_canaries_are_keyed_digests_of_operator_series_and_number():
    text = b"\0\0\0\2ab\0\0\0\1c" + (7).to_bytes(4)
    made = hashlib.blake2b(text, digest_size=8, key=SECRET, person=b"tb:canary").digest()
    assert canary_keys(SECRET, "ab", "c")[7] == int.from_bytes(made, "little")


def test_operators_series_and_secrets_share_no_canary():
    sorts = [(SECRET, "a", "bc"), (SECRET, "ab", "c"), (SECRET, "ab", ""), (bytes(32), "ab", "c")]
    made = np.concatenate([canary_keys(*each) for each in sorts])
    assert len(np.unique(made)) == 4 * COUNT


def test_canaries_look_like_any_other_digest():
    """Every bit is set half of the time, within five standard deviations."""
    made = np.concatenate([canary_keys(SECRET, name, series) for name, series in ISSUES])
    for bit in range(64):
        ones = int(((made >> np.uint64(bit)) & np.uint64(1)).sum())
        assert abs(ones - len(made) / 2) < 5 * math.sqrt(len(made)) / 2


@pytest.mark.parametrize("remainder", sets.REMAINDERS)
def test_a_whole_copy_is_traced_to_its_operator_alone(remainder):
    keys = np.concatenate([random_keys(1, 20_000), canary_keys(SECRET, *ISSUES[17])])
    found = trace(sets.build(keys, remainder), SECRET, ISSUES)
    assert (found[0].operator, found[0].series, found[0].found) == ("operator-17", "1", COUNT)
    assert found[0].chance < -3000
    assert len(found) == 1


def test_a_twentieth_of_a_copy_is_enough():
    keys = np.concatenate([random_keys(1, 100_000), canary_keys(SECRET, *ISSUES[3])])
    part = np.random.default_rng(5).choice(keys, len(keys) // 20, replace=False)
    first = trace(sets.build(part), SECRET, ISSUES)[0]
    assert first.operator == "operator-3"
    assert 0 < first.found < COUNT
    assert first.chance < -100


def test_a_set_of_nobody_accuses_nobody():
    assert trace(sets.build(random_keys(2, 100_000)), SECRET, ISSUES) == []
    assert trace(sets.build(random_keys(2, 0)), SECRET, ISSUES) == []


def test_the_bound_holds_where_chance_can_be_seen():
    """At 2^-16 one canary in so many turns up by chance now and then; the bound must say so."""
    crowded = sets.build(random_keys(6, 1 << 16), 16)
    traced = [trace(crowded, bytes([n]) * 32, [("x", "")], telling=0) for n in range(200)]
    shown = sum(map(len, traced))
    each = COUNT * crowded.chance
    assert abs(shown - 200 * each) < 5 * math.sqrt(200 * each) + 1
    for one in (one for found in traced for one in found):
        assert 2**one.chance >= each**one.found / math.factorial(one.found) * 0.9
    assert not any(trace(crowded, bytes([n]) * 32, [("x", "")]) for n in range(200))


def test_canaries_that_hide_in_a_set_need_the_secret():
    keys = np.concatenate([random_keys(1, 1000), canary_keys(SECRET, "a")])
    assert trace(sets.build(keys), b"another secret of the issuer....", [("a", "")]) == []


def stored(seed: int, of: tuple[str, str], digests: int = 20_000, remainder: int = 32) -> bytes:
    keys = np.concatenate([random_keys(seed, digests), canary_keys(SECRET, *of)])
    return sets.build(keys, remainder).to_bytes()


def test_what_is_left_of_a_copy_names_its_operator_wherever_it_was_cut():
    whole = stored(1, ISSUES[7])
    remainders = 20_256 * 4
    parts = [whole[: len(whole) // 2], whole[100:], whole[remainders // 2 + 1 : remainders],
             whole[40_003 : 40_003 + remainders // 10], whole[:5000] + whole[5003:]]  # fmt: skip
    for part in parts:
        [found] = trace_remains(part, SECRET, ISSUES)
        assert (found.operator, found.series, found.whole) == ("operator-7", "1", False)
        assert found.chance < -100


def test_what_was_mixed_names_everybody_in_it():
    first, second = stored(1, ISSUES[1]), stored(2, ISSUES[2], 40_000)
    mixed = first[: len(first) // 2] + b"?" + second[len(second) // 2 :]
    assert {one.operator for one in trace_remains(mixed, SECRET, ISSUES)} == {
        "operator-1", "operator-2",
    }  # fmt: skip


def test_short_remainders_are_read_as_long_as_they_tell_anything():
    part = stored(1, ISSUES[4], 5000, 16)[500:]
    [found] = trace_remains(part, SECRET, ISSUES)
    assert found.operator == "operator-4"
    assert trace_remains(stored(1, ISSUES[4], 1 << 17, 16)[500:], SECRET, ISSUES) == []


@pytest.mark.parametrize("length", [0, 1, 3, 5000, 100_000])
def test_bytes_of_nobody_accuse_nobody(length):
    data = np.random.default_rng(length).bytes(length)
    assert trace_remains(data, SECRET, ISSUES) == []
    assert trace_remains(bytes(length), SECRET, ISSUES) == []
    assert trace_remains(data, SECRET, []) == []


def test_the_bitmap_alone_names_nobody():
    assert trace_remains(stored(1, ISSUES[7])[18 + 20_256 * 4 :], SECRET, ISSUES) == []


def test_the_bound_of_what_is_left_holds_where_chance_can_be_seen():
    """Of a hundred operators, each sought alone, no more show by chance than the bound allows."""
    data = np.random.default_rng(9).bytes(1 << 10)
    shown = [trace_remains(data, bytes([n]) * 32, [("x", "")], telling=-1) for n in range(100)]
    assert sum(map(len, shown)) <= 50
    assert not any(trace_remains(data, bytes([n]) * 32, [("x", "")]) for n in range(100))
