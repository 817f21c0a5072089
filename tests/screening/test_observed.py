from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from tests.backends import BOTH
from tests.screening.rig import Rig, sha256

from tidebreak.model import Observation, View
from tidebreak.screening import observed
from tidebreak.screening.blocks import Block
from tidebreak.screening.ids import first_at
from tidebreak.screening.observed import (
    compact,
    forget_unfinished,
    kept_of,
    loose,
    observed_row,
)
from tidebreak.screening.writer import Written
from tidebreak.store.observation_rows import LONGEST_SEQUENCE

ITEM = Observation("a \udcff", 9, "image/png", ("md5", "tth"), bytes(range(32)), (View(b"h" * 32),))


def test_a_row_says_all_that_is_kept():
    row = observed_row("id", 4, 7, ITEM)
    assert row is not None
    found = kept_of(row)
    assert (found.screening, found.part, found.lists, found.item) == ("id", 4, 7, ITEM)


@pytest.mark.parametrize(
    "item",
    [Observation("", 1, "x"), Observation("", 1, "x", ("md5",), bytes(16), trivial=True)],
)
def test_what_can_never_be_compared_is_not_kept(item: Observation):
    assert observed_row("id", 0, 0, item) is None


def test_the_frames_of_a_long_video_are_not_kept():
    row = observed_row("id", 0, 0, Observation("", 1, "x", sequence=bytes(LONGEST_SEQUENCE + 1)))
    assert row is not None
    assert kept_of(row).item.sequence == b""


@pytest.mark.parametrize("backend", BOTH)
def test_rows_become_blocks_once_there_are_enough(rig: Rig, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(observed, "BLOCK", 4)
    monkeypatch.setattr(
        observed.loose, "__kwdefaults__", {**observed.loose.__kwdefaults__, "most": 4}
    )
    ids = [rig.keep(rig.observed(sha256(n)), lists=10 - n) for n in range(10)]
    before = [kept for _, kept in loose(rig.sql, most=100)]
    assert compact(rig.sql) == 2
    assert compact(rig.sql) == 0

    blocks = [
        Block(rig.sql, *row) for row in rig.sql.rows("SELECT id, number FROM block ORDER BY id")
    ]
    packed = [kept for block in blocks for kept in block.kept(range(4))]
    assert packed + [kept for _, kept in loose(rig.sql, most=100)] == before
    assert [kept.screening for kept in before] == ids
    rows = rig.sql.rows("SELECT first, last, lists FROM block ORDER BY id")
    assert rows == [(ids[0], ids[3], 7), (ids[4], ids[7], 3)]


def test_a_block_that_cannot_be_written_leaves_the_rows(rig: Rig, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(
        observed.loose, "__kwdefaults__", {**observed.loose.__kwdefaults__, "most": 2}
    )
    monkeypatch.setattr(observed, "BLOCK", 2)
    for n in range(2):
        rig.keep(rig.observed(sha256(n)))
    with rig.sql.writing():
        rig.sql.change("ALTER TABLE block_column RENAME TO away")
    with pytest.raises(Exception, match="block_column"):
        compact(rig.sql)
    assert len(loose(rig.sql)) == 2
    assert rig.sql.row("SELECT count(*) FROM block") == (0,)


@pytest.mark.parametrize("backend", BOTH)
def test_first_pieces_without_a_screening_are_nothing_and_go_in_time(rig: Rig):
    now = datetime.now(UTC)
    for age in (1, 3):
        row = observed_row(first_at(now - timedelta(days=age)), 0, 0, ITEM)
        rig.writer.keep_now(Written(observations=(row,) if row else ()))
    finished = rig.keep(rig.observed(sha256(1)))
    assert [kept.screening for _, kept in loose(rig.sql)] == [finished]
    forget_unfinished(rig.sql, now)
    left = [row[0] for row in rig.sql.rows("SELECT screening_id FROM observation ORDER BY 1")]
    assert left == sorted([first_at(now - timedelta(days=1)), finished])


def test_those_compared_already_are_passed_over(rig: Rig):
    rig.keep(rig.observed(sha256(1)), lists=1)
    rig.keep(rig.observed(sha256(2)), lists=2)
    ((number, found),) = loose(rig.sql, other_than=2)
    assert found.lists == 1
    assert not loose(rig.sql, after=number, other_than=2)
