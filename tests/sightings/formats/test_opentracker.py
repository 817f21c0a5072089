from __future__ import annotations

import pytest

from tidebreak.errors import UsageError
from tidebreak.sightings.records import Grade

LINE = (
    "Nov 22 23:15:00 host opentracker[7]: time=2026-11-22T23:15:00+0100 event=completed"
    f" info_hash={'AB' * 20} peer_id={'2D' * 20} ip={{ip}}\n"
)


def test_finished_downloads_are_the_word_of_nobody_certain(imported, rows, opened):
    log = LINE.format(ip="192.0.2.1") + LINE.format(ip="::ffff:192.0.2.1") + "other: text\n"
    source = imported(log, "opentracker")
    assert (source.rows, source.kept) == (3, 2)
    assert source.rejects == {"a line that tells of no finished download": 1}
    assert rows()["grade"] == [Grade.C] * 2
    assert rows()["address"] == [1, 1]
    assert opened().clients([1]) == ["-" * 20]
    with pytest.raises(UsageError, match="grade C at best"):
        imported(log, "opentracker", grade=Grade.B)


def test_an_event_that_is_not_known_is_counted(imported):
    log = LINE.format(ip="192.0.2.1")
    source = imported(log + log.replace("completed", "vanished"), "opentracker")
    assert source.rejects == {"an event that is not known": 1}


def test_a_long_line_is_one_row(imported):
    source = imported(
        "x" * 10_000 + "\n" + LINE.format(ip="192.0.2.1") + "y" * 5_000, "opentracker"
    )
    assert (source.rows, source.kept) == (3, 1)
