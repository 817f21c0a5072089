from __future__ import annotations

import pytest
from av.error import InvalidDataError

from tidebreak.media import image
from tidebreak.media.protocol import pack, unpack
from tidebreak.media.reasons import joined, told
from tidebreak.model import Examination
from tidebreak.settings import Limits


def test_only_reasons_that_say_something_are_joined():
    assert joined("", "a", "", "b") == "a; b"
    assert joined("", "") == ""


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ValueError("one\n two\tthree"), "one two three"),
        (ValueError("\x1b[2J\x00a\x7f"), "?[2J?a?"),
        (ValueError("x" * 300), "x" * 200),
        (EOFError(), "EOFError"),
        (OSError(5, "Input/output error", "/home/x"), "Input/output error"),
        (OSError("cannot identify it"), "cannot identify it"),
        (InvalidDataError(-1094995529, "Invalid data found"), "Invalid data found"),
    ],
)
def test_an_error_is_told_in_one_printable_line(error: Exception, text: str):
    assert told(error) == text


def test_a_decoder_that_quotes_control_characters_does_not_end_its_worker(monkeypatch):
    def hostile(*_arguments: object, **_named: object) -> None:
        raise SyntaxError("chunk \x00\x1b[2J\udcff")

    monkeypatch.setattr(image, "decoder_for", hostile)
    found = image.hash_image(b"\x89PNG", Limits())
    sent = Examination("", 4, "image/png", reason=found.reason)
    assert unpack(pack(sent)).reason == found.reason == "cannot be decoded: chunk ??[2J?"
