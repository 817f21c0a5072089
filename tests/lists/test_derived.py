from __future__ import annotations

import numpy as np
import pytest
from tests.backends import BOTH

from tidebreak.errors import UsageError
from tidebreak.hashing.seals import Sealer
from tidebreak.lists import publish
from tidebreak.lists.blocks import kept, kept_values, retired
from tidebreak.lists.derived import Finding, Parent
from tidebreak.model import Level, ListKind, Signal
from tidebreak.store.vault import Vault

BACKENDS = BOTH

BTIH = Signal.parse("btih", "11" * 20)
BTMH = Signal.parse("btmh", "22" * 32)


@pytest.fixture
def parent(database, keys, catalogue):
    """Return entry ``number`` as it was recognised by the SHA-1 that the fixture `digest` makes."""

    def of(number, text, grade=Level.EXACT):
        seal = Sealer(keys.seal_key).seal(Signal.parse("sha1", text).type, bytes.fromhex(text))
        return Parent(catalogue.entries([number])[number], seal, grade)

    return of


@pytest.fixture
def live(database, keys, catalogue, tmp_path):
    """Return the numbers of the live entries with a signal, old snapshots and new ones agreeing."""

    def of(signal):
        seal = Sealer(keys.seal_key).seal(signal.type, signal.value)
        found = []
        for make in (publish.current, publish.rebuild):
            snapshot = make(database, tmp_path / "snapshots")
            numbers = snapshot.find_exact(np.frombuffer(seal, np.uint8)[None])[1].tolist()
            records = catalogue.entries(numbers).values()
            found.append([r.number for r in records if r.list.enabled and not r.withdrawn])
        assert found[0] == found[1]
        return found[0]

    return of


def test_a_torrent_is_known_by_what_is_in_it(imported, catalogue, digest, parent, live):
    imported(f"id,sha1,classification\na,{digest('sha1', 1)},A\nb,{digest('sha1', 2)},B\n")
    assert live(BTIH) == []
    assert catalogue.derive([Finding((BTIH, BTMH), (parent(1, digest("sha1", 1)),))]) == 1
    assert live(BTIH) == live(BTMH) == [3]
    assert catalogue.entries([3])[3].classification == "A"
    (origin,) = catalogue.origins([3])[3]
    assert (origin.parent, origin.grade) == (1, Level.EXACT)
    # The list is as long as its owner made it.
    assert catalogue.get("list").entries == 2
    assert catalogue.coverage("list").entries == 2
    assert catalogue.coverage("list").unmatchable == 0


def test_the_same_torrent_is_derived_once_and_gains_parents(
    imported, catalogue, digest, parent, live
):
    imported(f"id,sha1,classification\na,{digest('sha1', 1)},A\nb,{digest('sha1', 2)},B\n")
    one, two = (parent(n, digest("sha1", n)) for n in (1, 2))
    assert catalogue.derive([Finding((BTIH,), (one,)), Finding((BTIH,), (one,))]) == 1
    assert catalogue.derive([Finding((BTIH,), (one, two))]) == 0
    assert [o.parent for o in catalogue.origins([3])[3]] == [1, 2]
    catalogue.withdraw("list", "a", "was wrong")
    assert live(BTIH) == [3]
    catalogue.withdraw("list", "b", "was wrong, too")
    assert live(BTIH) == []
    assert catalogue.origins([3]) == {}
    assert len(catalogue.derived("list")) == 2


def test_a_derived_entry_can_be_taken_back_alone(imported, catalogue, digest, parent, live):
    imported(f"id,sha1\na,{digest('sha1', 1)}\n")
    catalogue.derive([Finding((BTIH,), (parent(1, digest("sha1", 1)),))])
    catalogue.withdraw("list", "#2", "another torrent")
    assert live(BTIH) == []
    assert live(Signal.parse("sha1", digest("sha1", 1))) == [1]


def test_a_chain_ends_at_its_root(imported, catalogue, digest, parent, live):
    imported(f"id,sha1\na,{digest('sha1', 1)}\n")
    catalogue.derive([Finding((BTIH,), (parent(1, digest("sha1", 1), Level.EXACT_WEAK),))])
    middle = Parent(catalogue.entries([2])[2], b"\0" * 16, Level.EXACT)
    catalogue.derive([Finding((BTMH,), (middle,))])
    (origin,) = catalogue.origins([3])[3]
    assert (origin.parent, origin.grade) == (1, Level.EXACT_WEAK)
    catalogue.withdraw("list", "a", "was wrong")
    assert live(BTMH) == []


@pytest.mark.parametrize(
    ("newer", "stays"),
    [
        ("id,sha1,classification\na,{0},A\nc,{1},\n", True),
        ("id,sha1,classification\na,{0},B\nc,{1},\n", True),
        ("id,sha1,classification\na,{1},A\n", False),
        ("id,sha1,classification\nc,{1},\n", False),
    ],
    ids=["unchanged", "another label", "another file", "left out"],
)
def test_a_newer_version_of_the_list(imported, catalogue, digest, parent, live, newer, stays):
    imported(f"id,sha1,classification\na,{digest('sha1', 1)},A\n")
    catalogue.derive([Finding((BTIH,), (parent(1, digest("sha1", 1)),))])
    result = imported(newer.format(digest("sha1", 1), digest("sha1", 2)))
    assert bool(live(BTIH)) is stays
    assert result.withdrawn + result.updated + result.unchanged == 1


def test_each_list_vouches_for_itself(imported, catalogue, digest, parent, live):
    for name in ("one", "two"):
        imported(f"id,sha1\na,{digest('sha1', 1)}\n", name=name)
    both = tuple(parent(n, digest("sha1", 1)) for n in (1, 2))
    assert catalogue.derive([Finding((BTIH,), both)]) == 2
    catalogue.disable("one")
    assert live(BTIH) == [4]
    catalogue.remove("one", "ended")
    catalogue.purge("one", "ended")
    catalogue.remove("two", "ended")
    assert live(BTIH) == []


def test_a_dispute_is_inherited(imported, catalogue, digest, parent):
    imported(f"id,sha1\na,{digest('sha1', 1)}\n")
    catalogue.derive([Finding((BTIH,), (parent(1, digest("sha1", 1)),))])
    assert not catalogue.entries([2])[2].disputed
    catalogue.dispute("list", "a", "somebody says otherwise")
    assert catalogue.entries([2])[2].disputed


def test_the_value_is_kept_in_the_vault_only(
    imported, database, lists_file, keys, catalogue, digest, parent
):
    imported(f"id,sha1\na,{digest('sha1', 1)}\n")
    catalogue.derive([Finding((BTIH,), (parent(1, digest("sha1", 1)),))])
    vault = Vault(keys.vault_key)
    assert kept(database, vault, 2).signals == (BTIH,)
    assert BTIH.value not in lists_file.read_bytes()
    ((numbers, values),) = kept_values(database, vault, "btih")
    assert (numbers.tolist(), values.tobytes()) == ([2], BTIH.value)
    catalogue.withdraw("list", "a", "was wrong")
    assert retired(database).tolist() == [2]
    assert list(kept_values(database, vault, "btih")) == []


def test_nothing_found_changes_nothing(imported, catalogue, digest):
    imported(digest("sha1", 1))
    assert catalogue.derive([]) == 0
    with pytest.raises(UsageError):
        catalogue.withdraw("list", "#2", "there is none")
    assert catalogue.get("list").kind is ListKind.CONTRABAND


def test_what_decides_nothing_alone(imported, catalogue, digest, parent):
    imported(f"id,sha1\na,{digest('sha1', 1)}\nb,{digest('sha1', 2)}\nc,{digest('sha1', 3)}\n")
    weak = parent(1, digest("sha1", 1), Level.EXACT_WEAK)
    catalogue.derive([Finding((BTIH,), (weak,), 1)])
    assert catalogue.uncertain() == {4}
    assert catalogue.origins([4])[4][0].files == 1
    catalogue.derive([Finding((BTIH,), (parent(2, digest("sha1", 2)),), 1)])
    assert catalogue.uncertain() == set()
    catalogue.dispute("list", "b", "somebody says otherwise")
    assert catalogue.uncertain() == {2, 4}


def test_a_stronger_recognition_replaces_a_weaker_one(imported, catalogue, digest, parent):
    imported(f"id,sha1\na,{digest('sha1', 1)}\n")
    for grade in (Level.EXACT_WEAK, Level.EXACT, Level.EXACT_WEAK):
        catalogue.derive([Finding((BTIH,), (parent(1, digest("sha1", 1), grade),))])
    (origin,) = catalogue.origins([2])[2]
    assert origin.grade is Level.EXACT
    assert catalogue.uncertain() == set()


def test_what_counts_no_more_says_so(imported, catalogue, digest, parent):
    imported(f"id,sha1\na,{digest('sha1', 1)}\nb,{digest('sha1', 2)}\n")
    catalogue.derive([Finding((BTIH,), tuple(parent(n, digest("sha1", n)) for n in (1, 2)))])
    catalogue.withdraw("list", "a", "was wrong")
    assert [each.counts for each in catalogue.derived("list")] == [False, True]


def test_a_dispute_of_what_counts_no_more_is_not_inherited(imported, catalogue, digest, parent):
    imported(f"id,sha1\na,{digest('sha1', 1)}\nb,{digest('sha1', 2)}\n")
    catalogue.derive([Finding((BTIH,), tuple(parent(n, digest("sha1", n)) for n in (1, 2)))])
    catalogue.dispute("list", "a", "somebody says otherwise")
    assert catalogue.entries([3])[3].disputed
    catalogue.withdraw("list", "a", "and is right")
    assert not catalogue.entries([3])[3].disputed
