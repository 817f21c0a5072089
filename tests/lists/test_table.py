from __future__ import annotations

import numpy as np
import pytest

from tidebreak.errors import BadList
from tidebreak.lists.table import Table

MD5 = ["0" * 31 + "1", "0" * 31 + "2"]


def batch(header, *rows):
    return Table(header).batch(rows, np.arange(2, 2 + len(rows)))


def test_columns_are_signals_roles_or_fields():
    made = batch(
        ["Image ID", "MD5", "sha-1", "Category", "FileSize", "note", "note", ""],
        ["A", MD5[0], "", "2", "7", "x", "y", "z"],
    )
    assert [column.type.name for column in made.columns] == ["md5"]
    assert (made.keys, made.classifications, made.sizes) == (["A"], ["2"], [7])
    assert made.fields == [{"note": "x", "note (7)": "y", "column 8": "z"}]


def test_a_table_without_signals_is_refused():
    with pytest.raises(BadList, match="no column is named after a signal type"):
        Table(["id", "name"])


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (["A", "xyz", "1", ""], "md5: 3 characters"),
        (["A", MD5[0], "-1", ""], "size is not a whole number"),
        (["A", MD5[0], "٣", ""], "size is not a whole number"),
        (["A", MD5[0], "99999999999999999999", ""], "size is not a whole number"),
        (["A", MD5[0], "1", "101"], "quality is not a whole number from 0 to 100"),
        (["\udcff", MD5[0], "1", ""], "id is not UTF-8 text"),
        (["A", MD5[0]], "2 columns where the header has 4"),
    ],
)
def test_a_bad_row_says_where_and_why_and_spoils_no_other(row, reason):
    made = batch(["id", "md5", "size", "quality"], row, ["B", MD5[1], "2", "3"])
    (bad,) = made.bad
    assert bad.line == 2
    assert reason in bad.reason
    assert list(made.keys) == ["B"]
    assert made.columns[0].values.tobytes() == bytes.fromhex(MD5[1])


def test_quality_belongs_to_near_signals_alone():
    made = batch(["md5", "pdq", "quality"], [MD5[0], "1" * 64, "70"], [MD5[1], "2" * 64, ""])
    md5, pdq = made.columns
    assert md5.quality is None
    assert pdq.quality.tolist() == [70, 255]
