from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidebreak.lists.derived import Derivation
from tidebreak.matching.bands import derived_level, exact_level, in_doubt, near_level
from tidebreak.model import UNKNOWN_SIZE, Level, Thresholds
from tidebreak.signals import SIGNAL_TYPES, SignalKind

EXACT = sorted(name for name, kind in SIGNAL_TYPES.items() if kind.kind is SignalKind.EXACT)


@pytest.mark.parametrize(
    ("distance", "level"),
    [(0, Level.NEAR), (31, Level.NEAR), (32, Level.POSSIBLE), (40, Level.POSSIBLE),
     (41, Level.LEAD), (60, Level.LEAD), (61, None), (256, None)],
)  # fmt: skip
def test_default_bands(distance: int, level: Level | None):
    found = near_level(distance, Thresholds())
    assert (found and found[0]) is level


def test_the_reason_puts_the_distance_on_its_scale():
    found = near_level(25, Thresholds(near=20, possible=28, lead=30))
    assert found == (Level.POSSIBLE, "25 of 256 bits differ (possible up to 28)")


def test_what_is_in_doubt_is_at_most_possible():
    assert in_doubt((Level.NEAR, "alike"), "") == (Level.NEAR, "alike")
    assert in_doubt((Level.LEAD, "alike"), "guessed") == (Level.LEAD, "alike")
    reason = "alike; guessed, so a person decides"
    assert in_doubt((Level.NEAR, "alike"), "guessed") == (Level.POSSIBLE, reason)


def test_a_list_may_be_stricter():
    assert near_level(25, Thresholds(near=20, possible=20, lead=20)) is None


@pytest.mark.parametrize(
    ("types", "listed", "level"),
    [
        (["sha256"], None, Level.EXACT),
        (["blake3"], None, Level.EXACT),
        (["btv2"], None, Level.EXACT),
        (["tth"], None, Level.EXACT),
        (["cid-raw"], None, Level.EXACT),
        (["sha1"], 100, Level.EXACT),
        (["sha1"], None, Level.EXACT_WEAK),
        (["md5"], None, Level.EXACT_WEAK),
        (["md5"], 100, Level.EXACT_WEAK),
        (["ed2k", "ed2k-blue"], None, Level.EXACT_WEAK),  # one hash function under both
        (["sha1", "aich"], None, Level.EXACT_WEAK),  # the same digest for short files
        (["md5", "sha1"], None, Level.EXACT),
        (["md5", "ed2k"], None, Level.EXACT),
        (["sha256"], 101, Level.EXACT_WEAK),  # the list contradicts itself: look again
        (["sha1"], 101, Level.EXACT_WEAK),
    ],
)
def test_what_equal_digests_mean(types: list[str], listed: int | None, level: Level):
    found, reason = exact_level(types, 100, listed)
    assert found is level
    assert reason


@pytest.mark.parametrize(
    ("by", "types", "listed", "told"),
    [
        ("sha256", ["md5", "sha256", "blake3"], None, "sha256 is equal"),
        ("blake3", ["md5", "sha256", "blake3"], None, "blake3 is equal"),
        ("md5", ["md5", "blake3"], None, "md5 is equal, and so is blake3, which decides"),
        ("sha1", ["md5", "sha1"], 100, "sha1 and size are equal"),
        ("md5", ["md5", "sha1"], 100, "md5 is equal, and so is sha1 with the size, which decides"),
        ("md5", ["md5", "ed2k"], None, "md5 and ed2k agree"),
        ("md5", ["md5"], None, "only md5 is equal, for which collisions can be made"),
        ("sha1", ["sha1"], 9, "sha1 is equal but the list gives 9 bytes, the file has 100"),
    ],
)
def test_a_match_tells_of_its_own_signal(by: str, types: list[str], listed: int | None, told: str):
    assert exact_level(types, 100, listed, told_by=by) == (exact_level(types, 100, listed)[0], told)


@given(st.sets(st.sampled_from(EXACT), min_size=1), st.sampled_from([None, 99, 100]))
def test_who_tells_it_changes_no_level(types: set[str], listed: int | None):
    for name in types:
        level, reason = exact_level(sorted(types), 100, listed, told_by=name)
        assert level is exact_level(sorted(types), 100, listed)[0]
        assert name in reason


@pytest.mark.parametrize(
    ("types", "level"), [(["sha256"], Level.EXACT), (["sha1"], Level.EXACT_WEAK)]
)
def test_a_size_that_nobody_knows_contradicts_nothing(types: list[str], level: Level):
    found, reason = exact_level(types, UNKNOWN_SIZE, 100)
    assert found is level
    assert "bytes" not in reason


@given(st.integers(0, 256), st.integers(0, 256), st.integers(0, 256), st.integers(0, 256))
def test_a_smaller_distance_is_never_weaker(a: int, b: int, near: int, wider: int):
    limits = Thresholds(near=near, possible=max(near, wider), lead=max(near, wider))
    ranks = [found[0].rank if (found := near_level(d, limits)) else 99 for d in sorted((a, b))]
    assert ranks == sorted(ranks)


def test_what_was_derived_is_no_stronger_than_its_origin():
    found = (Level.EXACT, "btih is equal")
    assert derived_level(found, []) == found
    origins = [
        Derivation(9, n, grade, "2026-01-02T03:04:05+00:00")
        for n, grade in enumerate([Level.EXACT_WEAK] * 4)
    ]
    level, reason = derived_level(found, origins)
    assert level is Level.EXACT_WEAK
    assert "derived 2026-01-02 from entry #0, #1, #2 and 1 more" in reason
    strong = Derivation(9, 7, Level.EXACT, "2026-01-02T03:04:05+00:00")
    assert derived_level(found, [*origins, strong])[0] is Level.EXACT
