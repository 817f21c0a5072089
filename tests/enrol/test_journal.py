from __future__ import annotations

import pytest

from tidebreak.enrol.items import Item, Outcome
from tidebreak.enrol.journal import Journal
from tidebreak.errors import Busy
from tidebreak.lists.pack_entries import PackEntry, Prints
from tidebreak.model import Signal
from tidebreak.signals import SIGNAL_TYPES
from tidebreak.store.vault import Vault

CODES = frozenset({500})
VAULT = Vault(b"k" * 32)
ENTRY = PackEntry(
    "key",
    Prints((0,), b"\x50", b"p" * 32),
    Prints((500,), b"\x51", b"r" * 32),
    exact=(Signal.parse("sha256", "ab" * 32),),
    size=3,
    kept=(
        Signal(SIGNAL_TYPES["descriptor"], b"first"),
        Signal(SIGNAL_TYPES["descriptor"], b"second"),
        Signal(SIGNAL_TYPES["orb"], b"\1" + bytes(40)),
    ),
)
ITEMS = [
    Item("/media/näme.png", "", Outcome.ENROLLED, "", ENTRY),
    Item("/media/näme.png", "inner\udcff.png", Outcome.LEFT_OUT, "why"),
]


def opened(path, context="a"):
    return Journal(path, VAULT, {"context": context}, CODES)


def test_what_was_kept_is_there_again(tmp_path):
    path = tmp_path / "deep" / "journal"
    with opened(path) as journal:
        journal.add("one", ITEMS)
        journal.add("two", [])
    with opened(path) as journal:
        assert journal.done == {"one", "two"}
        assert list(journal.items()) == ITEMS
        assert list(journal.entries()) == [ENTRY]
        journal.add("three", ITEMS[:1])
    with opened(path) as journal:
        assert list(journal.items()) == [*ITEMS, ITEMS[0]]
        journal.remove()
    assert not path.exists()


def test_nothing_in_it_can_be_read_without_the_key(tmp_path):
    with opened(tmp_path / "journal") as journal:
        journal.add("one", ITEMS)
    content = (tmp_path / "journal").read_bytes()
    for text in (b"media", b"ab" * 32, b"context", b"p" * 32):
        assert text not in content
    assert (tmp_path / "journal").stat().st_mode & 0o777 == 0o600


def test_cut_anywhere_whole_records_stay_and_more_can_be_added(tmp_path):
    path = tmp_path / "journal"
    ends = []
    with opened(path) as journal:
        for number in range(3):
            ends.append(path.stat().st_size)
            journal.add(str(number), ITEMS)
    whole = path.read_bytes()
    for cut in range(0, len(whole), 13):
        path.write_bytes(whole[:cut])
        with opened(path) as journal:
            assert journal.done == {str(n) for n, end in enumerate(ends[1:]) if end <= cut}
            journal.add("more", ITEMS)
        with opened(path) as journal:
            assert "more" in journal.done


def test_records_in_another_order_are_not_believed(tmp_path):
    path = tmp_path / "journal"
    with opened(path) as journal:
        start = path.stat().st_size
        journal.add("one", [])
        middle = path.stat().st_size
        journal.add("two", [])
    content = path.read_bytes()
    path.write_bytes(content[:start] + content[middle:] + content[start:middle])
    with opened(path) as journal:
        assert journal.done == set()


def test_the_journal_of_something_else_is_begun_anew(tmp_path):
    with opened(tmp_path / "journal") as journal:
        journal.add("one", ITEMS)
    with opened(tmp_path / "journal", "b") as journal:
        assert (journal.done, list(journal.items())) == (set(), [])


def test_one_process_at_a_time(tmp_path):
    with opened(tmp_path / "journal"), pytest.raises(Busy):
        opened(tmp_path / "journal")
