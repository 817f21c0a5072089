from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.gates.hma.conftest import ONE, Site

from tidebreak.errors import TidebreakError
from tidebreak.gates.hma.contents import counts
from tidebreak.gates.hma.kept import About
from tidebreak.model import Signal

WHO = "key one"


def signals() -> list[Signal]:
    return [Signal.parse("pdq", ONE)]


@given(st.integers(2, 10**10), st.integers(2, 10**10))
def test_when_a_content_counts(until: int, now: int):
    assert counts(1, now)
    assert not counts(0, now)
    assert counts(until, now) is (until <= now)


def test_equal_contents_have_numbers_of_their_own(site: Site):
    site.bank("A")
    bank, contents = site.hma.curator.bank("A"), site.hma.contents
    first = contents.add(WHO, bank, signals(), None, About())
    second = contents.add(WHO, bank, signals(), 5, About(note="x"))
    assert second > first
    assert contents.get(bank, second).row.about.note == "x"
    assert contents.get(bank, second).record.size == 5


def test_disabling_that_was_broken_off_is_mended_by_asking_again(
    site: Site, monkeypatch: pytest.MonkeyPatch
):
    site.bank("A")
    bank, contents = site.hma.curator.bank("A"), site.hma.contents
    number = contents.add(WHO, bank, signals(), None, About())
    with monkeypatch.context() as broken:

        def fail(*_: object) -> None:
            raise TidebreakError("killed here")

        broken.setattr("tidebreak.lists.editing.Editor.withdraw", fail)
        with pytest.raises(TidebreakError):
            contents.put(WHO, contents.get(bank, number), 0, None)
    assert not site.opened.catalogue.entries([number])[number].withdrawn
    contents.put(WHO, contents.get(bank, number), 0, None)
    assert site.opened.catalogue.entries([number])[number].withdrawn
    contents.put(WHO, contents.get(bank, number), 1, None)
    assert not site.opened.catalogue.entries([number])[number].withdrawn


def test_enabling_what_is_due_leaves_the_rest(site: Site):
    site.bank("A")
    bank, contents = site.hma.curator.bank("A"), site.hma.contents
    later = int(time.time()) + 1000
    numbers = [contents.add(WHO, bank, signals(), None, About()) for _ in range(3)]
    for number, until in zip(numbers, (0, later, later), strict=True):
        contents.put(WHO, contents.get(bank, number), until, None)
    row = site.hma.kept.content(numbers[1])
    assert row is not None
    past = type(row)(row.number, row.list_id, 5, withdrawn=True, signals=row.signals)
    site.hma.kept.put_content(past)
    assert contents.enable_due(WHO, [bank]) == 1
    assert contents.enable_due(WHO, [bank]) == 0
    records = site.opened.catalogue.entries(numbers)
    assert [records[n].withdrawn for n in numbers] == [True, False, True]


def test_sizes_count_what_is_compared_and_follow_the_lists(site: Site):
    site.bank("A")
    bank, contents = site.hma.curator.bank("A"), site.hma.contents
    assert contents.sizes([bank.list], ["pdq", "video_md5"]) == {"pdq": 0, "video_md5": 0}
    contents.add(WHO, bank, [*signals(), Signal.parse("md5", "a" * 32)], None, About())
    assert contents.sizes([bank.list], ["pdq", "md5"]) == {"pdq": 1, "md5": 1}
    assert contents.sizes([], ["pdq"]) == {"pdq": 0}
