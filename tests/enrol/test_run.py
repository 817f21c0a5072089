from __future__ import annotations

import gzip
import json
from collections import Counter
from dataclasses import replace

import pytest
from tests import tiny_model

from tidebreak.descriptors import read
from tidebreak.enrol.items import Outcome
from tidebreak.enrol.order import Ids, Order
from tidebreak.enrol.run import Desk, enrol
from tidebreak.errors import UsageError
from tidebreak.hashing.regions import regions_of
from tidebreak.lists.blocks import kept_values
from tidebreak.matching.descriptors import KnownVectors
from tidebreak.model import ListKind
from tidebreak.reach import Reach

EXPECTED = {Outcome.ENROLLED: 2, Outcome.DUPLICATE: 1, Outcome.LEFT_OUT: 2, Outcome.EXACT_ONLY: 1}


def lines_of(pack):
    content = pack.read_bytes()
    content = gzip.decompress(content) if pack.suffix == ".gz" else content
    return [json.loads(line) for line in content.splitlines()]


def test_every_file_ends_somewhere_and_the_counts_add_up(here, desk: Desk, pictures):
    items = []
    result = enrol(Order((pictures,), "own"), desk, items.append)
    assert result.counts == EXPECTED == Counter(item.outcome for item in items)
    assert {item.path for item in items} == {
        str(path) for path in pictures.rglob("*") if path.is_file()
    }
    assert all(
        item.reason for item in items if item.outcome in (Outcome.LEFT_OUT, Outcome.EXACT_ONLY)
    )
    assert result.imported is not None
    assert result.imported.added == 3
    assert not list(desk.folder.iterdir())


def test_the_list_has_exact_signals_and_the_pack_has_none(here, desk: Desk, pictures, tmp_path):
    pack = tmp_path / "known.pack.gz"
    result = enrol(Order((pictures,), "own", pack=pack, owner="Us", licence="CC0"), desk)
    types = {row.type: row.matchable for row in desk.catalogue.coverage("own").types}
    assert types["sha256"] == 3
    assert types["pdq-region"] == 2 * len(regions_of(Reach.STANDARD))
    head, *entries, end = lines_of(pack)
    assert (head["owner"], head["licence"]) == ("Us", "CC0")
    assert end == {"entries": 2} == {"entries": result.packed}
    for entry in entries:
        assert set(entry) == {"id", "shape", "pages", "regions"}
    text = gzip.decompress(pack.read_bytes()).decode()
    for word in ("coffee", "cat", str(pictures)):
        assert word not in text


def test_a_pack_is_imported_elsewhere_like_any_list(here, desk: Desk, pictures, tmp_path):
    pack = tmp_path / "known.pack"
    enrol(Order((pictures,), pack=pack, classification="A1", scheme="own"), desk)
    assert desk.catalogue.lists() == []
    result = desk.catalogue.import_file(pack, name="theirs", kind=ListKind.CONTRABAND)
    assert (result.format, result.added) == ("pack", 2)
    entry = next(iter(desk.catalogue.entries([1]).values()))
    assert (entry.classification, entry.scheme) == ("A1", "own")


@pytest.mark.parametrize("reach", Reach)
def test_the_reach_decides_how_many_regions_are_stored(here, desk: Desk, pictures, tmp_path, reach):
    pack = tmp_path / "reach.pack"
    enrol(Order((pictures / "coffee.png",), "own", pack=pack, reach=reach), desk)
    head, entry, _ = lines_of(pack)
    count = len(regions_of(reach))
    assert len(head["regions"]["boxes"]) == len(entry["regions"]["at"]) == count
    types = {row.type: row.values for row in desk.catalogue.coverage("own").types}
    assert types["pdq-region"] == count


@pytest.mark.parametrize("ids", Ids)
def test_ids(here, desk: Desk, pictures, tmp_path, ids):
    made = []
    for name in ("one.pack", "two.pack"):
        enrol(Order((pictures,), pack=tmp_path / name, ids=ids), desk)
        made.append({entry["id"] for entry in lines_of(tmp_path / name)[1:-1]})
    assert (made[0] == made[1]) is (ids is not Ids.RANDOM)
    assert (made[0] == {"coffee.png", "cat.jpg"}) is (ids is Ids.NAMES)


def test_exact_digests_are_shared_only_when_that_is_asked(here, desk: Desk, pictures, tmp_path):
    pack = tmp_path / "exact.pack"
    enrol(Order((pictures,), pack=pack, exact=True), desk)
    entries = lines_of(pack)[1:-1]
    assert len(entries) == 3
    assert all({"sha256", "md5"} <= set(entry["exact"]) and entry["bytes"] for entry in entries)


def test_an_interrupted_enrolment_goes_on_and_ends_as_if_it_had_not_been(
    here, desk: Desk, pictures, tmp_path
):
    pack = tmp_path / "known.pack"
    order = Order((pictures,), "own", pack=pack)
    for stop in (0, 2, 3, 5):
        here.stop_after = stop
        with pytest.raises(KeyboardInterrupt):
            enrol(order, desk)
        assert desk.catalogue.lists() == []
        assert not pack.exists()
    here.stop_after = None
    items = []
    result = enrol(order, desk, items.append)
    assert result.counts == EXPECTED == Counter(item.outcome for item in items)
    assert len(here.examined) == len(set(here.examined)) == 6


def test_a_journal_that_is_cut_or_damaged_costs_only_what_is_missing(here, desk: Desk, pictures):
    order = Order((pictures,), "own")
    here.stop_after = 5
    with pytest.raises(KeyboardInterrupt):
        enrol(order, desk)
    (journal,) = desk.folder.iterdir()
    whole = journal.read_bytes()
    for cut in (0, 3, 100, len(whole) // 2, len(whole) - 1):
        journal.write_bytes(whole[:cut] + b"\xff" * 9)
        here.stop_after = len(here.examined)
        with pytest.raises(KeyboardInterrupt):
            enrol(order, desk)
    here.stop_after = None
    assert enrol(order, desk).counts == EXPECTED


def test_more_media_adds_to_the_list_and_the_same_changes_nothing(here, desk: Desk, pictures):
    first = enrol(Order((pictures / "coffee.png",), "own"), desk).imported
    second = enrol(Order((pictures / "inner" / "cat.jpg",), "own"), desk).imported
    third = enrol(Order((pictures,), "own"), desk).imported
    assert [(r.added, r.unchanged, r.withdrawn) for r in (first, second, third)] == [
        (1, 0, 0), (1, 0, 0), (1, 2, 0),
    ]  # fmt: skip
    assert desk.catalogue.get("own").entries == 3


def test_what_cannot_be_enrolled_as_asked_is_refused_before_anything_is_hashed(
    here, desk: Desk, pictures, tmp_path
):
    taken = tmp_path / "taken.pack"
    taken.write_text("mine")
    for order in (
        Order((), "own"),
        Order((pictures / "nowhere",), "own"),
        Order((pictures,)),
        Order((pictures,), pack=taken),
        Order((pictures,), pack=tmp_path / "no folder" / "x.pack"),
        Order((pictures,), "own", classes=tmp_path / "nowhere.csv"),
    ):
        with pytest.raises(UsageError):
            enrol(order, desk)
    with pytest.raises(UsageError, match="Nothing"):
        enrol(Order((pictures / "notes.txt",), "own"), desk)
    assert here.examined == [str(pictures / "notes.txt")]
    assert taken.read_text() == "mine"


def test_in_isolated_workers_it_comes_to_the_same(desk: Desk, pictures):
    assert enrol(Order((pictures,), "own"), desk).counts == EXPECTED


def test_vectors_are_kept_in_the_vault_and_in_no_pack(desk, database, here, pictures, tmp_path):
    descriptor = read(tiny_model.declare(tmp_path / "descriptors"))
    describing = replace(desk, descriptors=(descriptor,))
    for name, exact in (("a.pack", False), ("b.pack", True)):
        enrol(Order((pictures,), "own", pack=tmp_path / name, exact=exact), describing)
        assert "descriptor" not in (tmp_path / name).read_text()
        read_back = list(kept_values(database, desk.vault, "descriptor"))
        assert sum(len(entries) for entries, _ in read_back) == 2
        known = KnownVectors.load(database, desk.vault, [descriptor])
        assert known.counts() == {descriptor.name: 2}


def test_with_the_verified_tier_features_are_kept_in_the_vault(desk, database, here, pictures):
    verifying = replace(desk, settings=replace(desk.settings, verify=True))
    enrol(Order((pictures,), "own", pack=desk.folder.parent / "a.pack"), verifying)
    gathered = list(kept_values(database, desk.vault, "orb"))
    assert sum(len(entries) for entries, _ in gathered) == 2
    assert all(values.shape[1] % 40 == 1 for _, values in gathered)
    assert "orb" not in (desk.folder.parent / "a.pack").read_text()
