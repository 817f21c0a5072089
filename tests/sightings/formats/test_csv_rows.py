from __future__ import annotations

import gzip

import pytest

from tidebreak.errors import UsageError

MAPPING = """
time = "t"
address = "ip"
delimiter = ";"
content = { column = "id", type = "md5" }
"""
ROW = f"2026-01-01T00:00:00Z;192.0.2.1;{'ab' * 16}\n"


def test_rows_with_too_few_or_too_many_fields_are_counted(imported):
    source = imported(
        "t;ip;id\n" + ROW + "x\n" + ROW.strip() + ";more\n" + '"' + ROW, "csv", MAPPING
    )
    assert (source.rows, source.kept) == (4, 1)
    assert source.rejects == {
        "a row with fewer fields than columns": 1,
        "a row with more fields than columns": 1,
        "a row with a quote that is not closed": 1,
    }


def test_a_header_may_be_marked_quoted_and_in_another_order(imported):
    content = f'\ufeff"id";"x, y";"ip";t\r\n{"ab" * 16};";";;2026-01-01T00:00:00Z\r\n'
    assert imported(content, "csv", MAPPING).kept == 1


def test_a_log_without_a_header_is_read_by_the_names_that_the_mapping_gives(imported):
    assert imported(ROW, "csv", MAPPING + 'columns = ["t", "ip", "id"]\n').kept == 1


def test_a_packed_log_is_read(imported):
    assert imported(gzip.compress(("t;ip;id\n" + ROW).encode()), "csv", MAPPING).kept == 1


@pytest.mark.parametrize(("header", "reason"), [
    ("t;ip", "no column 'id', which is needed to read it; it has: t, ip"),
    ("t;ip;id;ip", "name every column once"), ("", "name every column once"),
    ("t;ip;id\r2026", "name every column once"), ("t" * 200_000, "name every column once"),
])  # fmt: skip
def test_a_header_that_does_not_fit_is_refused(imported, header, reason):
    with pytest.raises(UsageError, match=reason):
        imported(header + "\n" + ROW, "csv", MAPPING)


def test_a_first_row_in_place_of_a_header_is_not_repeated(imported):
    with pytest.raises(UsageError, match="it has: no names, and 3 more") as raised:
        imported(ROW, "csv", MAPPING)
    assert "abab" not in str(raised.value)
