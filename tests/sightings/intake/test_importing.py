from __future__ import annotations

import hashlib
import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tidebreak.errors import UsageError
from tidebreak.sightings.records import Custody, Grade, Network

MAPPING = """
time = "t"
time_format = "epoch"
address = "ip"
content = { column = "id", type = "md5" }
"""
LINES = [f"1767225{n:03},192.0.2.{n},{hashlib.md5(bytes([n])).hexdigest()}" for n in range(9)]
LOG = "\n".join(["t,ip,id", *LINES, ""])


def test_a_source_says_whose_it_is_and_what_it_came_to(imported, opened, audit):
    source = imported(LOG + "x,1,2\n", "csv", MAPPING, clock_offset=60, grade=Grade.B)
    assert opened().sources() == (source,)
    assert (source.rows, source.kept) == (10, 9)
    assert source.rejects == {"a time that is not understood": 1}
    assert source.sha256 == hashlib.sha256((LOG + "x,1,2\n").encode()).hexdigest()
    assert source.custody == Custody("Example police", "test warrant 1")
    assert (source.first, source.last) == (1767225060, 1767225068)
    assert (source.grade_ceiling, source.mapping) == (Grade.B, MAPPING)
    assert (source.imported_by, source.clock_offset) == ("tester", 60)
    begin, end = audit.events()
    assert (begin.action, end.action) == ("sightings.import.begin", "sightings.import")
    assert end.detail == {"source": 1, "rows": 10, "kept": 9}


def test_the_same_log_is_not_counted_twice_unless_that_is_meant(imported, opened):
    imported(LOG, "csv", MAPPING)
    with pytest.raises(UsageError, match=r"imported before, as source 1 .*--again"):
        imported(LOG, "csv", MAPPING)
    assert imported(LOG, "csv", MAPPING, again=True).number == 2
    assert len(opened().contents()) == 9


def test_a_strict_import_refuses_everything_for_one_bad_row(imported, opened, audit, tmp_path):
    with pytest.raises(UsageError, match=r"1 of its 10 rows.*not understood.*--strict"):
        imported(LOG + "x,1,2\n", "csv", MAPPING, strict=True)
    assert opened().sources() == ()
    assert not list((tmp_path / "home" / "sightings" / "rows").glob("*"))
    assert [event.action for event in audit.events()][-1] == "sightings.import.failed"
    assert imported(LOG, "csv", MAPPING, strict=True).kept == 9


def test_a_log_without_a_sighting_is_refused(imported):
    with pytest.raises(UsageError, match="holds no sighting among 1 rows"):
        imported("t,ip,id\nx,1,2\n", "csv", MAPPING)


def test_the_holder_may_lower_a_grade_but_not_raise_it(imported, rows):
    with pytest.raises(UsageError, match="proves grade C at best"):
        imported("{}", "hotline", grade=Grade.A)
    imported(LOG, "csv", MAPPING + 'constant = { grade = "A" }\n', grade=Grade.B)
    assert set(rows()["grade"]) == {Grade.B}


def test_nothing_is_taken_for_granted(imported, rows):
    imported(LOG, "csv", MAPPING, network=Network.DIRECT_CONNECT)
    assert set(rows()["grade"]) == {Grade.C}
    assert set(rows()["network"]) == {Network.DIRECT_CONNECT}


@pytest.mark.parametrize(("options", "reason"), [
    ({"format": "carrier pigeon"}, "no log format"),
    ({"format": "csv"}, "needs --mapping"),
    ({"format": "nginx", "mapping": MAPPING}, "needs no mapping"),
    ({"format": "csv", "mapping": MAPPING, "timezone": "Mars/Base"}, "no time zone"),
    ({"format": "csv", "mapping": MAPPING, "custody": Custody("", "")}, "under what authority"),
])  # fmt: skip
def test_an_order_that_cannot_be_carried_out_says_why(imported, opened, options, reason):
    with pytest.raises(UsageError, match=reason):
        imported(LOG, **options)
    assert opened().sources() == ()


def test_nothing_of_a_refused_row_reaches_the_store(imported, opened):
    bad = f"1767225000,example.org,{'77' * 16}\n"
    imported(LOG + bad, "csv", MAPPING)
    assert len(opened().contents()) == 9


FIELDS = st.sampled_from(["", "1767225000", "x", "192.0.2.9", "0a" * 16, '"', "a,b", "\xff"])


@settings(deadline=None, max_examples=20,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(st.lists(st.lists(FIELDS, min_size=1, max_size=4).map(",".join)))
def test_whatever_a_log_holds_its_counts_add_up(imported, rows, monkeypatch, lines):
    monkeypatch.setattr(os, "fsync", lambda _: None)  # of which an import has a dozen
    stored = len(rows()["time"])
    given = [line for line in lines if line]
    content = "\n".join(["t,ip,id", *given, LINES[0], ""])
    source = imported(content.encode("latin-1"), "csv", MAPPING, again=True)
    assert source.rows == len(given) + 1
    assert source.rows == source.kept + sum(source.rejects.values())
    assert len(rows()["time"]) == stored + source.kept
