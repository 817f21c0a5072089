from __future__ import annotations

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidebreak.links import lines as module
from tidebreak.links.lines import Line, lines_of


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\n"), max_size=20)))
def test_lines_are_those_that_split_finds(texts: list[str]):
    found = list(lines_of(BytesIO("".join(f"{text}\n" for text in texts).encode())))
    assert [line.text for line in found] == [text.strip() for text in texts]
    assert [line.number for line in found] == list(range(1, len(texts) + 1))


@pytest.mark.parametrize("length", [80, 81, 160, 161, 1000])
@pytest.mark.parametrize("end", [b"", b"\n", b"\nnext\n"])
def test_no_line_is_read_further_than_links_are_long(
    monkeypatch: pytest.MonkeyPatch, length: int, end: bytes
):
    monkeypatch.setattr(module, "LONGEST_LINE", 80)
    first, *rest = lines_of(BytesIO(b"x" * length + end))
    # The end of the line counts, as it is read with the line.
    assert bool(first.reason) == (length + bool(end) > 80)
    assert rest == ([Line(2, "next")] if b"next" in end else [])


def test_bytes_that_are_no_utf_8_are_no_error():
    assert list(lines_of(BytesIO(b"\xffx\n\n y"))) == [Line(1, "\ufffdx"), Line(2), Line(3, "y")]


def test_utf_16_is_said():
    (line,) = lines_of(BytesIO("one\ntwo\n".encode("utf-16")))
    assert "UTF-16" in line.reason
