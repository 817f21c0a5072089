from __future__ import annotations

import random
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tidebreak.access.roles import Permission, Principal
from tidebreak.gates.hma.banks import Bank, Banks
from tidebreak.gates.hma.hma_types import HMA_TYPES
from tidebreak.gates.hma.kept import ContentRow
from tidebreak.gates.hma.lookups import Wish, by_bank, disabled_hits, hits_of, raw
from tidebreak.model import HashList, Level, ListKind, Match, Signal, Verdict

PDQ = HMA_TYPES["pdq"]
WHO = Principal("1", "one", frozenset({Permission.DISTANCES}))
LISTS = [HashList(n, f"l{n}", ListKind.CONTRABAND) for n in (1, 2)]
ALL = [Bank(item, item.name.upper(), 0.5) for item in LISTS]
BANKS = Banks({b.name: b for b in ALL}, {b.list.name: b for b in ALL})


def match(number: int, level: Level = Level.NEAR, list: str = "l1", distance: int = 3) -> Match:
    kind = ListKind.CONTRABAND
    return Match(list, "", kind, f"#{number}", "", "", level, "pdq", distance, number=number)


@given(st.lists(st.tuples(st.integers(1, 9), st.sampled_from(list(Level)),
                          st.sampled_from(["l1", "l2", "hidden"])), max_size=9),
       st.sampled_from(list(Level)))  # fmt: skip
def test_a_hit_is_what_counts_on_a_bank_once(found: list[tuple[int, Level, str]], level: Level):
    verdict = Verdict(level, tuple(match(*each) for each in found))
    hits = hits_of(verdict, PDQ, BANKS, WHO)
    if level in (Level.ALLOWED, Level.IGNORABLE, Level.NONE):
        assert hits == []
        return
    strong = (Level.EXACT, Level.EXACT_WEAK, Level.NEAR)
    wanted = {n for n, each, list in found if each in strong and list != "hidden"}
    assert sorted(hit.number for hit in hits) == sorted(wanted)


@given(st.text(max_size=9), st.floats(0, 1))
def test_one_number_is_drawn_by_the_seed_as_hma_draws_it(seed: str, ratio: float):
    wish = Wish.of("", seed, bypass=False)
    assert wish.takes(Bank(LISTS[0], "A", ratio)) is (ratio >= random.Random(seed).random())
    assert Wish.of("", seed, bypass=True).takes(Bank(LISTS[0], "A", 0))


def test_the_order_tells_nothing_to_who_may_not_know_distances():
    verdict = Verdict(Level.NEAR, (match(9, distance=0), match(2, distance=30)))
    assert [hit.number for hit in hits_of(verdict, PDQ, BANKS, WHO)] == [9, 2]
    blind = Principal("3", "three", frozenset())
    assert [hit.number for hit in hits_of(verdict, PDQ, BANKS, blind)] == [2, 9]
    strict = replace(LISTS[0], thresholds=replace(LISTS[0].thresholds, near=12))
    bank = Bank(strict, "L1", 0.5)
    banks = Banks({"L1": bank}, {"l1": bank})
    # Nor the threshold of a list.
    assert {hit.distance for hit in hits_of(verdict, PDQ, banks, blind)} == {"31"}


def test_banks_are_chosen_by_name():
    hits = hits_of(Verdict(Level.NEAR, (match(1), match(2, list="l2"))), PDQ, BANKS, WHO)
    assert by_bank(hits, Wish(frozenset({"L2", "X"}))).keys() == {"L2"}
    assert raw(hits, frozenset({"L2"}), distance=False) == [2]
    assert raw(hits, None, distance=True)[0] == {"bank_content_id": 1, "distance": "3"}


@given(st.integers(0, 256))
def test_a_disabled_content_is_found_up_to_its_lists_threshold(bits: int):
    asked = Signal(PDQ.type, bytes(32))
    near = Signal(PDQ.type, ((1 << bits) - 1).to_bytes(33)[1:])
    row = ContentRow(5, 1, withdrawn=True, signals=(near,))
    found = disabled_hits(asked, PDQ, [row], BANKS, WHO)
    assert [hit.distance for hit in found] == ([str(bits)] if bits <= 31 else [])


def test_disabled_contents_of_no_bank_and_of_other_types_are_not_found():
    asked = Signal(PDQ.type, bytes(32))
    md5 = Signal(HMA_TYPES["video_md5"].type, bytes(16))
    rows = [ContentRow(5, 9, signals=(asked,)), ContentRow(6, 1, signals=(md5,))]
    assert disabled_hits(asked, PDQ, rows, BANKS, WHO) == []
    narrow = Principal("2", "two", WHO.permissions, frozenset({"l2"}))
    assert disabled_hits(asked, PDQ, [ContentRow(7, 1, signals=(asked,))], BANKS, narrow) == []
