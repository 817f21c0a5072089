from __future__ import annotations

import csv
import io
from collections.abc import Sequence

import pytest

from tidebreak.errors import BadList
from tidebreak.model import Signal
from tidebreak.plugins.entries import convert
from tidebreak.plugins.process import Offered
from tidebreak.plugins.texts import decode


class Lower:
    """A plug-in whose hashes are words; it writes them in lower case."""

    types = (Offered("words", ("text",), "text", True),)

    def valid(self, type: int, texts: Sequence[str]) -> list[str | None]:
        return [text.lower() if text.replace(" ", "").isalpha() else None for text in texts]


def converted(*lines: str, skip_bad: bool = False) -> tuple[list[list[str]], int]:
    out = io.StringIO()
    done = convert(lines, Lower(), 0, out, skip_bad=skip_bad)  # type: ignore[arg-type]
    return list(csv.reader(out.getvalue().splitlines())), done.bad


def test_hashes_become_rows_that_a_list_is_imported_from():
    rows, bad = converted("One Two\tcase, 1\n", "\n", "three\r\n")
    assert rows[0] == ["id", "plugin"]
    assert [row[0] for row in rows[1:]] == ["case, 1", ""]
    values = [decode(Signal.parse("plugin", row[1]).value) for row in rows[1:]]
    assert values == [("words", "one two"), ("words", "three")]
    assert bad == 0


def test_a_line_that_is_no_hash_is_named_and_not_repeated():
    with pytest.raises(BadList, match="line 3") as caught:
        converted("one", "", "4711")
    assert caught.value.line == 3
    assert "4711" not in str(caught.value)


def test_or_left_out_and_counted():
    rows, bad = converted("one", "4711", "two", "5", skip_bad=True)
    assert (len(rows), bad) == (3, 2)


def test_many_lines_go_in_batches():
    rows, _ = converted(*["word"] * 2500)
    assert len(rows) == 2501
