from __future__ import annotations

import csv
import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidebreak.errors import UsageError
from tidebreak.sightings.intake import delimited
from tidebreak.sightings.intake.delimited import REASONS, split, whole_lines

LINES = st.lists(st.tuples(st.text('ab,;" ', max_size=9), st.sampled_from(["\n", "\r\n"])))


def as_block(data: bytes) -> np.ndarray:
    return np.frombuffer(bytearray(data), np.uint8)


def plainly(line: str, delimiter: str) -> list[str] | None:
    """Read one line with the standard library; None where a quote is still open."""
    rows = list(csv.reader([line + "\n", "x"], delimiter=delimiter))
    return rows[0] if len(rows) == 2 else None


@settings(deadline=None, max_examples=150)
@given(LINES, st.sampled_from(",;"), st.integers(1, 3))
def test_fields_are_what_the_standard_library_takes_for_them(lines, delimiter, count):
    text = "".join(line + end for line, end in lines)
    names = ["p", "q", "r"][:count]
    columns, refused = split(as_block(text.encode()), delimiter, names, names[::-1])
    parsed = [plainly(line, delimiter) for line, _ in lines if line]
    good = [fields for fields in parsed if fields is not None and len(fields) == count]
    for place, name in enumerate(names):
        assert columns[name].to_list() == [fields[place].encode() for fields in good]
    assert refused.get(REASONS[2], 0) == parsed.count(None)
    assert len(good) + sum(refused.values()) == len(parsed)


@settings(deadline=None)
@given(st.binary(max_size=60), st.integers(1, 3))
def test_any_bytes_are_rows_or_refused(data, count):
    names = ["p", "q", "r"][:count]
    columns, refused = split(as_block(data), ",", names, ["p"])
    rows = [line for line in data.split(b"\n") if line not in (b"", b"\r")]
    assert len(columns["p"]) + sum(refused.values()) == len(rows)


@settings(deadline=None)
@given(st.lists(st.binary(max_size=6)), st.integers(8, 20))
def test_blocks_end_where_lines_do(lines, size):
    data = b"\n".join(lines)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delimited, "BLOCK", size)
        blocks = [block.tobytes() for block in whole_lines(io.BytesIO(data))]
    assert b"".join(blocks) == data
    assert all(block.endswith(b"\n") for block in blocks[:-1])
    assert all(len(block) <= size for block in blocks)


def test_a_line_without_an_end_is_no_log(monkeypatch):
    monkeypatch.setattr(delimited, "BLOCK", 8)
    with pytest.raises(UsageError, match="longer than any log"):
        list(whole_lines(io.BytesIO(b"123456789")))


def test_warming_compiles_the_kernel():
    delimited.warm()
