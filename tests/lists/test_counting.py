from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tidebreak.installation import Tidebreak
from tidebreak.lists.counting import came_to_count, compared, listing
from tidebreak.model import Entry, ListKind, Signal, Thresholds


def sha256(number: int) -> Signal:
    return Signal.parse("sha256", f"{number:064x}")


@pytest.fixture
def lists(installation: Tidebreak, tmp_path: Path) -> Tidebreak:
    """A list of entries 1 to 3, and an allow list of entry 4."""
    for name, kind, numbers in (("ours", ListKind.CONTRABAND, (1, 2, 3)),
                                ("good", ListKind.ALLOW, (4,))):  # fmt: skip
        path = tmp_path / f"{name}.csv"
        path.write_text("sha256,pdq\n" + "".join(f"{n:064x},{n:064x}\n" for n in numbers))
        installation.import_list(path, name=name, kind=kind)
    return installation


def numbers(lists: Tidebreak, *before) -> list[int]:
    return np.flatnonzero(came_to_count(lists.database, *before)).tolist()


def test_without_a_moment_before_everything_that_is_a_hit_came_to_count(lists: Tidebreak):
    assert numbers(lists, None) == [1, 2, 3]
    assert listing(lists.database).version == lists.catalogue.label


def test_only_what_is_new_since(lists: Tidebreak):
    before = listing(lists.database)
    assert numbers(lists, before) == []
    lists.catalogue.editor.add("ours", [Entry(1, (sha256(9),))])
    assert numbers(lists, before) == [5]
    lists.catalogue.editor.withdraw("ours", [5], "test")
    assert numbers(lists, before) == []


def test_what_counts_again_counts_as_new(lists: Tidebreak):
    lists.catalogue.editor.withdraw("ours", [2], "test")
    before = listing(lists.database)
    assert before.taken_back.tolist() == [2]
    lists.catalogue.editor.restore("ours", [2], "test")
    assert numbers(lists, before) == [2]


@pytest.mark.parametrize("wider", [Thresholds(near=32), Thresholds(quality=10)])
def test_a_list_that_counts_otherwise_counts_as_new(lists: Tidebreak, wider: Thresholds):
    before = listing(lists.database)
    lists.catalogue.set_thresholds("ours", wider)
    assert numbers(lists, before) == [1, 2, 3]


def test_another_reason_for_the_same_thresholds_is_no_news(lists: Tidebreak):
    before = listing(lists.database)
    lists.catalogue.set_thresholds("ours", Thresholds(author="ann", reason="reviewed"))
    assert numbers(lists, before) == []


def test_a_disabled_list_counts_when_it_is_enabled(lists: Tidebreak):
    lists.catalogue.disable("ours")
    before = listing(lists.database)
    assert numbers(lists, None) == []
    lists.catalogue.enable("ours")
    assert numbers(lists, before) == [1, 2, 3]


def test_named_lists_are_taken_whole(lists: Tidebreak):
    now = listing(lists.database)
    assert numbers(lists, now, ["ours"]) == [1, 2, 3]
    assert numbers(lists, now, ["good"]) == []


def test_what_is_compared_is_what_the_index_has(lists: Tidebreak):
    found = compared(lists.database, came_to_count(lists.database, None))
    assert len(found) == 6
    assert found.types == frozenset({"sha256"})
    assert [item.name for item in found.lists] == ["ours"]
    queries = np.concatenate([found.seals])
    rows, entries = lists.snapshot.find_exact(queries)
    assert dict(zip(rows.tolist(), entries.tolist(), strict=True)) == dict(
        enumerate(found.seal_entries.tolist())
    )
    _, entries, distances, _ = lists.snapshot.search_near(found.near, 0)
    assert set(found.near_entries.tolist()) <= set(entries.tolist())
    assert not distances.any()
    assert not found.near_places.any()


def test_nothing_is_compared_where_nothing_came_to_count(lists: Tidebreak):
    found = compared(lists.database, came_to_count(lists.database, listing(lists.database)))
    assert len(found) == 0
    assert (found.near.shape, found.seals.shape) == ((0, 32), (0, 16))


def test_whatever_makes_less_of_hits_is_noticed(lists: Tidebreak):
    editor, seen = lists.catalogue.editor, list[str]()

    def changed() -> bool:
        seen.append(listing(lists.database).softened)
        return seen[-1] not in seen[:-1]

    assert changed()
    (added,) = editor.add("good", [Entry(1, (sha256(9),))])
    assert changed()
    editor.add("ours", [Entry(1, (sha256(8),))])
    assert not changed()
    editor.dispute("good", [added], "test")
    assert changed()
    editor.withdraw("good", [4], "test")
    assert changed()
    editor.dispute("ours", [1], "test")
    assert changed()
    lists.catalogue.disable("good")
    assert changed()
    editor.restore("ours", [1], "test")
    assert changed()
