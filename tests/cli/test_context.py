from __future__ import annotations

import pytest

from tidebreak.cli.context import exit_code, plain, styled
from tidebreak.model import Level, Verdict


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("a [bold]name[/]", r"a \[bold]name\[/]"),
        ("\x1b[2Jgone", r"\x1b[2Jgone"),
        ("two\nlines", r"two\nlines"),
        ("right‮left", r"right\u202eleft"),
        ("odd\udcff", r"odd\udcff"),
    ],
)
def test_untrusted_text_cannot_move_the_cursor_or_change_colours(text: str, shown: str):
    assert plain(text) == shown


def test_only_recognitions_are_coloured():
    assert styled(Level.NONE) == "none"
    assert "red" in styled(Level.EXACT)


def test_exit_code_is_one_when_something_was_found():
    assert exit_code([Verdict(), Verdict(Level.IGNORABLE)]) == 0
    assert exit_code([Verdict(), Verdict(Level.LEAD)]) == 1
