from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.backends import BOTH

from tidebreak.errors import UsageError
from tidebreak.hashing.seals import Sealer
from tidebreak.lists.derived import Finding, Parent
from tidebreak.lists.publish import current
from tidebreak.model import Entry, HashList, Level, ListKind, Signal, Thresholds

BACKENDS = BOTH


@pytest.fixture
def entry(digest):
    def of(number, key="", code="", kinds=("md5", "sha1")):
        signals = tuple(Signal.parse(kind, digest(kind, number)) for kind in kinds)
        return Entry(7, signals, key=key, classification=code, fields={"n": number})

    return of


@pytest.fixture
def editor(catalogue):
    catalogue.editor.create(HashList(0, "ours", ListKind.CONTRABAND, "us", "law"))
    return catalogue.editor


def find(database, tmp_path, keys, signal):
    """Look a signal up in the published index: the numbers of the entries that have it."""
    snapshot = current(database, tmp_path / "snapshots")
    sealed = Sealer(keys.seal_key).seal_many(
        signal.type, np.frombuffer(signal.value, np.uint8).reshape(1, -1)
    )
    return snapshot.find_exact(sealed)[1].tolist()


def test_a_list_is_made_empty_and_its_name_is_taken(catalogue, editor):
    [item] = catalogue.lists()
    assert (item.name, item.kind, item.owner, item.legal_basis) == (
        "ours", ListKind.CONTRABAND, "us", "law",
    )  # fmt: skip
    assert item.entries == 0
    with pytest.raises(UsageError, match="choose another name"):
        editor.create(HashList(0, "ours", ListKind.ALLOW))
    with pytest.raises(UsageError, match="printable"):
        editor.create(HashList(0, " ", ListKind.ALLOW))
    with pytest.raises(UsageError, match="may be a hash") as refused:
        editor.create(HashList(0, f"list {'ab' * 20}", ListKind.ALLOW))
    assert "abab" not in str(refused.value)
    with pytest.raises(UsageError, match="grow"):
        editor.create(HashList(0, "x", ListKind.ALLOW, thresholds=Thresholds(near=50, possible=3)))


def test_what_is_added_can_be_found_at_once(catalogue, editor, database, keys, entry, tmp_path):
    label = catalogue.label
    assert find(database, tmp_path, keys, entry(1).signals[0]) == []
    numbers = editor.add("ours", [entry(1), entry(2)])
    assert len(set(numbers)) == 2
    assert catalogue.label != label
    assert find(database, tmp_path, keys, entry(2).signals[1]) == [numbers[1]]
    assert catalogue.get("ours").entries == 2


def test_what_is_there_keeps_its_number_and_a_key_has_one_entry(catalogue, editor, entry):
    [first] = editor.add("ours", [entry(1, "a")])
    assert editor.add("ours", [entry(1, "a"), entry(1, "a")]) == [first, first]
    [second] = editor.add("ours", [entry(2, "a")])
    assert second != first
    assert catalogue.get("ours").entries == 1
    records = catalogue.entries([first, second])
    assert records[first].withdrawn
    assert not records[second].withdrawn
    assert [record.number for record in editor.page("ours")] == [second]


def test_a_dispute_holds_for_what_takes_an_entrys_place(catalogue, editor, entry):
    [first] = editor.add("ours", [entry(1, "a")])
    editor.dispute("ours", [first], "is it?")
    [second] = editor.add("ours", [entry(2, "a")])
    assert catalogue.entries([second])[second].disputed


def test_what_was_derived_from_an_entry_follows_its_successor(catalogue, editor, entry, keys):
    [first] = editor.add("ours", [entry(1, "a", kinds=("sha1",))])
    signal = entry(1).signals[1]
    values = np.frombuffer(signal.value, np.uint8).reshape(1, -1)
    seal = Sealer(keys.seal_key).seal_many(signal.type, values).tobytes()
    torrent = Signal.parse("btih", "ab" * 20)
    record = catalogue.entries([first])[first]
    catalogue.derive([Finding((torrent,), (Parent(record, seal, Level.EXACT),), 1)])
    [second] = editor.add("ours", [entry(1, "a", code="B", kinds=("sha1",))])
    [derived] = {one.entry for one in catalogue.derived("ours")}
    assert {d.parent for d in catalogue.derived("ours") if d.counts} == {second}
    assert not catalogue.entries([derived])[derived].withdrawn


def test_withdrawn_entries_count_no_more_and_are_restored_by_name_only(catalogue, editor, entry):
    [number] = editor.add("ours", [entry(1, "a")])
    editor.withdraw("ours", [number], "a mistake")
    assert catalogue.entries([number])[number].withdrawn
    with pytest.raises(UsageError, match="restore it"):
        editor.add("ours", [entry(1, "a")])
    editor.restore("ours", [number], "no mistake")
    assert not catalogue.entries([number])[number].withdrawn
    [shown] = editor.page("ours")
    assert (shown.number, shown.key, shown.disputed) == (number, "a", False)


def test_entries_of_other_lists_are_out_of_reach(catalogue, editor, entry):
    editor.create(HashList(0, "theirs", ListKind.CONTRABAND))
    [ours], [theirs] = editor.add("ours", [entry(1)]), editor.add("theirs", [entry(2)])
    for change in (editor.withdraw, editor.dispute, editor.restore):
        with pytest.raises(UsageError, match="has no entry"):
            change("ours", [ours, theirs], "why")
    with pytest.raises(UsageError, match="has no entry"):
        editor.signals_of("ours", theirs)
    assert not catalogue.entries([theirs])[theirs].withdrawn
    with pytest.raises(UsageError, match="no list called 'nobodys'"):
        editor.add("nobodys", [entry(3)])


def test_nothing_is_added_when_one_of_them_is_no_entry(catalogue, editor, entry):
    empty = Entry(0, (Signal.parse("md5", "d41d8cd98f00b204e9800998ecf8427e"),))
    for bad in (empty, Entry(0, ())):
        with pytest.raises(UsageError):
            editor.add("ours", [entry(1), bad])
    with pytest.raises(UsageError, match="at most"):
        editor.add("ours", [entry(1)] * 10_001)
    assert catalogue.get("ours").entries == 0


def test_pages_are_whole_and_in_order(editor, entry):
    numbers = [n for k in range(7) for n in editor.add("ours", [entry(2 * k), entry(2 * k + 1)])]
    seen: list[int] = []
    while page := editor.page("ours", after=seen[-1] if seen else 0, limit=3):
        assert len(page) <= 3
        seen += [record.number for record in page]
    assert seen == sorted(numbers)


def test_signals_come_back_from_the_vault_and_that_is_audited(editor, audit, entry):
    [number] = editor.add("ours", [entry(1)])
    assert set(editor.signals_of("ours", number)) == set(entry(1).signals)
    last = list(audit.events())[-1]
    assert (last.action, last.object) == ("entry.signals", f"ours #{number}")


def test_every_change_is_audited_before_it_happens(editor, audit, entry):
    [number] = editor.add("ours", [entry(1)])
    editor.withdraw("ours", [number], "why")
    editor.restore("ours", [number], "why not")
    actions = [event.action for event in audit.events()]
    for action in ("list.create", "entry.add", "entry.withdrawn", "entry.restored"):
        assert actions.index(f"{action}.begin") < actions.index(action)


def test_a_newer_version_of_the_list_replaces_what_was_added(imported, catalogue, digest, entry):
    imported(f"id,md5,sha1\na,{digest('md5', 1)},{digest('sha1', 1)}\n")
    catalogue.editor.add("list", [entry(2, "b")])
    result = imported(f"id,md5,sha1\na,{digest('md5', 1)},{digest('sha1', 1)}\n")
    assert (result.unchanged, result.withdrawn) == (1, 1)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 5), st.sampled_from(["a", "b", "c"])), max_size=4),
        max_size=5,
    )
)
def test_the_list_is_what_a_dictionary_would_be(catalogue, entry, steps):
    name = f"list {len(catalogue.lists())}"
    catalogue.editor.create(HashList(0, name, ListKind.CONTRABAND))
    expected: dict[str, int] = {}
    for step in steps:
        step = list({key: n for n, key in step}.items())
        catalogue.editor.add(name, [entry(n, key) for key, n in step])
        expected |= dict(step)
    shown = catalogue.editor.page(name)
    assert sorted(record.key for record in shown) == sorted(expected)
    assert catalogue.get(name).entries == len(expected)
