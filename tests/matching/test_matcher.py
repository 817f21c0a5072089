from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tidebreak.installation import Tidebreak
from tidebreak.matching.matcher import MOST_MATCHES, verdict_of
from tidebreak.matching.near import GUARD
from tidebreak.matching.observe import observe, observe_signals
from tidebreak.model import (
    Examination,
    Level,
    ListKind,
    Match,
    Observation,
    Signal,
    Thresholds,
    Verdict,
    View,
    ViewKind,
)

FOX = b"The quick brown fox jumps over the lazy dog"
SHA256 = hashlib.sha256(FOX).hexdigest()
MD5 = hashlib.md5(FOX).hexdigest()
SHA1 = hashlib.sha1(FOX).hexdigest()
HASH = np.random.default_rng(7).integers(0, 256, 32, np.uint8).tobytes()


def add(installation: Tidebreak, text: str, name: str = "L", kind: str = "contraband") -> None:
    file = installation.home / f"{name}.csv"
    file.write_text(text)
    installation.import_list(file, name=name, kind=ListKind(kind), owner="Owner", scheme="scheme")


def flipped(bits: int) -> bytes:
    value = np.unpackbits(np.frombuffer(HASH, np.uint8))
    value[np.random.default_rng(bits).choice(256, bits, replace=False)] ^= 1
    return np.packbits(value).tobytes()


def judge(installation: Tidebreak, *observations: Observation) -> list[Verdict]:
    judged = installation.matcher().judge(observations)
    assert not any(item.confirm for item in judged)
    return [item.verdict for item in judged]


def look(installation: Tidebreak, *signals: Signal) -> Verdict:
    return judge(installation, observe_signals(signals, installation.sealer))[0]


def picture(value: bytes, quality: int = 100, preproc: str = "pdq-1/full") -> Observation:
    return Observation("", 9, "image/png", views=(View(value, quality),), preproc=preproc)


def test_an_exact_match_says_everything_that_the_list_says(installation: Tidebreak):
    add(installation, f"id,sha256,classification\nA-1,{SHA256.upper()},2\n")
    verdict = look(installation, Signal.parse("sha256", SHA256))
    assert verdict.level is Level.EXACT
    (match,) = verdict.matches
    assert (match.list, match.owner, match.entry, match.classification, match.scheme) == (
        "L", "Owner", "A-1", "2", "scheme",
    )  # fmt: skip
    assert (match.signal, match.distance, match.reason) == ("sha256", 0, "sha256 is equal")


def test_two_digests_that_agree_are_exact_and_one_alone_is_weak(installation: Tidebreak):
    add(installation, f"id,md5,sha1\nA,{MD5},{SHA1}\n")
    assert look(installation, Signal.parse("md5", MD5)).level is Level.EXACT_WEAK
    both = look(installation, Signal.parse("md5", MD5), Signal.parse("sha1", SHA1))
    assert both.level is Level.EXACT
    assert [match.signal for match in both.matches] == ["md5", "sha1"]


def test_a_cid_matches_whatever_its_version_codec_or_base(installation: Tidebreak):
    digest = hashlib.sha256(FOX).digest()
    v0 = Signal.parse("cid-v0", "QmSXpkKkXMnsqWEnWYAokFuyQUxQ1pR1FgbnpyKNrJdPwV")
    add(installation, f"id,cid\nA,f01551220{digest.hex()}\nB,{v0.text}\n")
    raw = Signal.parse("cid-raw", "bafkreigxvd53gb6xqckgtsu2xsyaqlsprvlfdzdnhtnxmlic2c7tpspfsi")
    assert look(installation, raw).matches[0].entry == "A"
    assert look(installation, v0).matches[0].entry == "B"


def test_both_ed2k_variants_meet_a_list_that_does_not_say_which(installation: Tidebreak):
    add(installation, "id,ed2k\nA,7d7def262a127cd79096a108e7a9fc13\n")
    for name in ("ed2k", "ed2k-blue"):
        signal = Signal.parse(name, "7d7def262a127cd79096a108e7a9fc13")
        assert look(installation, signal).level is Level.EXACT_WEAK


@pytest.mark.parametrize(
    ("bits", "level"),
    [(0, Level.NEAR), (31, Level.NEAR), (32, Level.POSSIBLE), (40, Level.POSSIBLE),
     (41, Level.LEAD), (60, Level.LEAD), (61, Level.NONE)],
)  # fmt: skip
def test_near_matches_by_band(installation: Tidebreak, bits: int, level: Level):
    add(installation, f"id,pdq\nA,{HASH.hex()}\n")
    (verdict,) = judge(installation, picture(flipped(bits)))
    assert verdict.level is level
    assert [match.distance for match in verdict.matches] == ([bits] if level.found else [])


def test_low_quality_is_not_compared(installation: Tidebreak):
    add(installation, f"id,pdq\nA,{HASH.hex()}\n")
    assert judge(installation, picture(HASH, quality=49))[0].level is Level.NONE
    assert judge(installation, picture(HASH, quality=50))[0].level is Level.NEAR


def test_a_fast_paths_hash_is_confirmed_before_it_counts(installation: Tidebreak):
    add(installation, f"id,pdq\nA,{HASH.hex()}\n")
    near = picture(flipped(60 + GUARD), preproc="pdq-1/jpeg-coefficients")
    far = picture(flipped(61 + GUARD), preproc="pdq-1/jpeg-coefficients")
    asked, clear = installation.matcher().judge([near, far])
    assert asked.confirm
    assert asked.verdict.level is Level.NONE
    assert not clear.confirm


def test_trivial_content_never_matches(installation: Tidebreak):
    add(installation, f"id,sha256,pdq\nA,{SHA256},{HASH.hex()}\n")
    seen = observe_signals([Signal.parse("sha256", SHA256)], installation.sealer)
    blank = replace(seen, views=(View(HASH, 100),), trivial=True)
    assert judge(installation, blank)[0].level is Level.NONE


def test_disabling_withdrawing_and_removing_count_at_once(installation: Tidebreak):
    add(installation, f"id,sha256\nA,{SHA256}\n")
    signal = Signal.parse("sha256", SHA256)
    installation.catalogue.disable("L")
    assert look(installation, signal).level is Level.NONE
    installation.catalogue.enable("L")
    assert look(installation, signal).level is Level.EXACT
    installation.catalogue.dispute("L", "A", "not ours")
    assert look(installation, signal).matches[0].disputed
    installation.catalogue.withdraw("L", "A", "mistake")
    assert look(installation, signal).level is Level.NONE


def test_an_added_entry_counts_without_a_rebuild(installation: Tidebreak):
    add(installation, f"id,sha256\nA,{SHA256}\n")
    before = sorted((installation.home / "snapshots").iterdir())
    add(installation, f"id,md5,pdq\nB,{MD5},{HASH.hex()}\n", name="M")
    assert sorted((installation.home / "snapshots").iterdir()) == before
    assert look(installation, Signal.parse("md5", MD5)).matches[0].list == "M"
    assert judge(installation, picture(flipped(5)))[0].level is Level.NEAR
    with Tidebreak.open(installation.home) as again:
        assert look(again, Signal.parse("md5", MD5)).matches[0].list == "M"


def test_thresholds_are_per_list(installation: Tidebreak):
    add(installation, f"id,pdq\nA,{HASH.hex()}\n")
    add(installation, f"id,pdq\nB,{HASH.hex()}\n", name="M")
    strict = Thresholds(near=5, possible=5, lead=5, author="me", reason="noisy list")
    installation.catalogue.set_thresholds("M", strict)
    (verdict,) = judge(installation, picture(flipped(20)))
    assert [match.list for match in verdict.matches] == ["L"]


def test_a_million_equal_hashes_do_not_hide_another_list(installation: Tidebreak):
    rows = "".join(f"{n},{HASH.hex()}\n" for n in range(3 * MOST_MATCHES))
    add(installation, "id,pdq\n" + rows, name="noise", kind="ignorable")
    add(installation, f"id,pdq\nA,{flipped(3).hex()}\n")
    (verdict,) = judge(installation, picture(HASH))
    assert verdict.level is Level.NEAR
    assert verdict.matches[0].entry == "A"
    assert len(verdict.matches) == MOST_MATCHES
    assert verdict.omitted == 2 * MOST_MATCHES + 1


def test_hits_of_a_strict_list_do_not_hide_a_stronger_one_further_off(installation: Tidebreak):
    rows = "".join(f"{n},{flipped(5).hex()}\n" for n in range(3 * MOST_MATCHES))
    add(installation, "id,pdq\n" + rows, name="strict")
    add(installation, f"id,pdq\nA,{flipped(25).hex()}\n")
    strict = Thresholds(near=0, possible=0, lead=60, author="me", reason="noisy list")
    installation.catalogue.set_thresholds("strict", strict)
    (verdict,) = judge(installation, picture(HASH))
    assert verdict.level is Level.NEAR
    assert verdict.matches[0].list == "L"


def test_signals_alone_have_no_size_that_could_contradict_a_list(installation: Tidebreak):
    add(installation, f"id,sha256,size\nA,{SHA256},{len(FOX)}\n")
    assert look(installation, Signal.parse("sha256", SHA256)).level is Level.EXACT


def test_frames_are_matched_and_named(installation: Tidebreak):
    add(installation, f"id,pdq\nA,{HASH.hex()}\n")
    other = np.random.default_rng(8).integers(0, 256, 32, np.uint8).tobytes()
    views = (View(other, 90), View(flipped(4), 90, ViewKind.FRAME, number=7))
    clip = Observation("", 9, "image/gif", views=views, preproc="pdq-1/full")
    (verdict,) = judge(installation, clip)
    assert verdict.matches[0].region == "frame 7"


def test_observing_keeps_order_and_seals_by_type(installation: Tidebreak):
    signals = (Signal.parse("md5", MD5), Signal.parse("sha256", SHA256))
    many = [Examination("", 1, "", signals), Examination("m", 2, ""),
            Examination("", 3, "", signals[1:])]  # fmt: skip
    observed = observe(many, installation.sealer)
    assert [item.types for item in observed] == [("md5", "sha256"), (), ("sha256",)]
    assert observed[0].seal("sha256") == observed[2].seals
    for signal in signals:
        sealed = installation.sealer.seal(signal.type, signal.value)
        assert observed[0].seal(signal.type.name) == sealed


def matched(kind: ListKind, level: Level) -> Match:
    return Match("L", "", kind, "1", "", "", level, "pdq", 0)


@pytest.mark.parametrize(
    ("matches", "level"),
    [
        ([], Level.NONE),
        ([matched(ListKind.IGNORABLE, Level.EXACT)], Level.IGNORABLE),
        ([matched(ListKind.IGNORABLE, Level.NEAR)], Level.NONE),
        ([matched(ListKind.IGNORABLE, Level.EXACT), matched(ListKind.WATCH, Level.LEAD)],
         Level.LEAD),
        ([matched(ListKind.ALLOW, Level.EXACT), matched(ListKind.CONTRABAND, Level.NEAR)],
         Level.ALLOWED),
        ([matched(ListKind.ALLOW, Level.EXACT), matched(ListKind.CONTRABAND, Level.EXACT)],
         Level.EXACT),
        ([matched(ListKind.ALLOW, Level.NEAR), matched(ListKind.CONTRABAND, Level.NEAR)],
         Level.NEAR),
        # A collision with something harmless can be planted: it must not clear anything.
        ([matched(ListKind.ALLOW, Level.EXACT_WEAK), matched(ListKind.CONTRABAND, Level.NEAR)],
         Level.NEAR),
    ],
)  # fmt: skip
def test_what_lists_of_different_kinds_say_together(matches: list[Match], level: Level):
    verdict = verdict_of(matches)
    assert verdict.level is level
    assert len(verdict.matches) == len(matches)


def test_no_list_no_match(installation: Tidebreak, tmp_path: Path):
    assert look(installation, Signal.parse("md5", MD5)) == Verdict()


def many(number: int, **different: object) -> Match:
    return replace(matched(ListKind.WATCH, Level.EXACT), entry=f"#{number:04}", **different)


def test_no_list_keeps_another_from_being_stated():
    crowd = [many(number) for number in range(3 * MOST_MATCHES)]
    others = [
        replace(matched(ListKind.CONTRABAND, Level.EXACT), list="Z", classification="A"),
        replace(matched(ListKind.CONTRABAND, Level.EXACT_WEAK), list="Z", classification="A"),
        replace(matched(ListKind.CONTRABAND, Level.EXACT), list="Z", disputed=True),
        replace(matched(ListKind.ALLOW, Level.EXACT), list="allowed"),
    ]
    verdict = verdict_of([*crowd, *others])
    assert set(others) <= set(verdict.matches)
    assert len(verdict.matches) == MOST_MATCHES
    assert verdict.omitted == len(crowd) + len(others) - MOST_MATCHES
    assert list(verdict.matches) == list(verdict_of([*others, *crowd]).matches)


def test_more_are_stated_where_so_many_lists_have_one_each():
    crowd = [many(number, list=f"list {number}") for number in range(MOST_MATCHES + 20)]
    assert len(verdict_of([*crowd, *crowd]).matches) == MOST_MATCHES + 20


def test_thousands_of_near_entries_of_one_list_do_not_hide_another_list(
    installation: Tidebreak, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("tidebreak.matching.matcher._CHUNK", 50)
    rows = "".join(f"w{n},{HASH.hex()}\n" for n in range(400))
    add(installation, f"id,pdq\n{rows}", name="crowd", kind="watch")
    add(installation, f"id,pdq\nx,{flipped(3).hex()}\n", name="other")
    verdict = look(installation, Signal.parse("pdq", HASH.hex()))
    assert {match.list for match in verdict.matches} == {"crowd", "other"}


def test_a_disputed_entry_of_an_allow_list_takes_nothing_back():
    near = matched(ListKind.CONTRABAND, Level.NEAR)
    allow = matched(ListKind.ALLOW, Level.EXACT)
    assert verdict_of([near, allow]).level is Level.ALLOWED
    assert verdict_of([near, replace(allow, disputed=True)]).level is Level.NEAR
