from __future__ import annotations

import pytest

from tidebreak.showing import counted, human_size, shown_path, visible


def test_members_follow_their_archive():
    assert shown_path(b"/a/b.zip") == "/a/b.zip"
    assert shown_path(b"/a/b.zip", "in/x.png") == "/a/b.zip!/in/x.png"


def test_a_name_that_is_not_utf8_can_be_printed():
    assert shown_path(b"/a/\xff.jpg", "\udcfe") == "/a/\\xff.jpg!/\\xfe"


def test_what_cannot_be_seen_is_made_visible():
    assert visible("/a\u202egpj.exe\n\x1b[2J \u00e9 \u4e2d") == (
        "/a\\u202egpj.exe\\n\\x1b[2J \u00e9 \u4e2d"
    )


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0 files"), (1, "1 file"), (2, "2 files"), (20_000, "20,000 files")]
)
def test_one_is_one(number: int, text: str):
    assert counted(number, "file") == text
    assert counted(1, "entry", "entries") == "1 entry"
    assert counted(2, "entry", "entries") == "2 entries"


@pytest.mark.parametrize(
    ("size", "text"), [(0, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (2.5e12, "2.5 TB")]
)
def test_sizes(size: float, text: str):
    assert human_size(size) == text
