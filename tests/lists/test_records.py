from __future__ import annotations

from tests.backends import BOTH

from tidebreak.lists.records import (
    add_list,
    describe_list,
    entries_of,
    erase_entries,
    lists_ever,
    lists_of,
    mark_stale,
    stale,
)
from tidebreak.model import HashList, ListKind

BACKENDS = BOTH

WANTED = HashList(0, "b", ListKind.WATCH, "owner", "law", "scheme")


def test_lists_come_back_as_they_were_added_by_name(database):
    with database.writing():
        added = add_list(database, WANTED)
        add_list(database, HashList(0, "a", ListKind.ALLOW))
    assert (added.name, added.owner, added.legal_basis, added.scheme) == (
        "b", "owner", "law", "scheme",
    )  # fmt: skip
    assert added.thresholds == WANTED.thresholds
    assert [item.name for item in lists_of(database)] == ["a", "b"]


def test_a_list_is_described_anew_only_where_something_is_said(database):
    with database.writing():
        known = add_list(database, WANTED)
        again = describe_list(database, known, HashList(0, "b", ListKind.WATCH, owner="other"))
    assert (again.owner, again.legal_basis, again.scheme) == ("other", "law", "scheme")


def test_removed_lists_are_known_but_not_shown(imported, catalogue, database, digest):
    imported(digest("md5", 1))
    catalogue.remove("list", "why")
    assert lists_of(database) == []
    assert not lists_ever(database)[1].enabled


def test_entries_say_what_their_list_says_and_what_was_said_of_them(
    imported, catalogue, database, digest
):
    imported(f"id,md5,size\nA,{digest('md5', 1)},7\n,{digest('md5', 2)},\n", scheme="uk")
    catalogue.dispute("list", "A", "why")
    found = entries_of(database, lists_ever(database), [2, 1, 99])
    assert set(found) == {1, 2}
    assert (found[1].key, found[1].size, found[1].scheme, found[1].disputed) == ("A", 7, "uk", True)
    assert (found[2].key, found[2].size, found[2].withdrawn) == ("#2", None, False)


def test_erasing_leaves_other_lists_alone(imported, database, digest):
    imported(digest("md5", 1), name="one")
    imported(digest("md5", 2), name="two")
    with database.writing():
        assert erase_entries(database, 1) == 1
    assert set(entries_of(database, lists_ever(database), [1, 2])) == {2}
    for table in ("signal_block", "vault_block", "digest_block"):
        assert database.row(f"SELECT count(*) FROM {table}") == (1,)


def test_marks_are_counted(database):
    for count in range(3):
        assert stale(database) == count
        with database.writing():
            mark_stale(database)
