"""Fast hexadecimal and base32 against the slow and strict one."""

from __future__ import annotations

import base64
from urllib.parse import unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tidebreak.errors import BadSignal
from tidebreak.links.values import base32, parse, unescape, writable
from tidebreak.signals import SIGNAL_TYPES

TYPES = st.sampled_from(
    [SIGNAL_TYPES[name] for name in ("md5", "sha1", "btih", "aich", "tth", "sha256")]
)


def slow(kind, text: str) -> bytes | None:
    try:
        return kind.parse(text)
    except BadSignal:
        return None


@given(TYPES, st.data())
def test_both_forms_of_any_value_are_read_in_either_case(kind, data):
    value = data.draw(st.binary(min_size=kind.length, max_size=kind.length))
    texts = [value.hex(), value.hex().upper()]
    if kind.name in ("sha1", "btih", "aich", "tth"):
        base32 = base64.b32encode(value).decode().rstrip("=")
        texts += [base32, base32.lower()]
    assert [parse(kind, text) for text in texts] == [value] * len(texts)


@given(TYPES, st.text("abcdefABCDEF0123456789xyzXYZ_+- \u0661\u212a", min_size=30, max_size=66))
@example(SIGNAL_TYPES["tth"], "A" * 38 + "B")  # unused bits that are not zero
@example(SIGNAL_TYPES["sha1"], "A" * 31 + "1")
@example(SIGNAL_TYPES["sha1"], "A" * 31 + "_")
@example(SIGNAL_TYPES["sha1"], "\u212a" * 32)
def test_any_text_is_what_the_strict_reading_says(kind, text: str):
    expected = slow(kind, text)
    if expected is None:
        with pytest.raises(BadSignal):
            parse(kind, text)
    else:
        assert parse(kind, text) == expected


def test_what_is_no_text_is_made_one():
    assert writable("a\udcffä") == "a?ä"


@given(st.binary(max_size=60))
def test_base32_of_any_length_is_the_standard_library_s(value: bytes):
    text = base64.b32encode(value).decode().rstrip("=")
    if text:
        assert base32(text) == base32(text.lower()) == value


@pytest.mark.parametrize("text", ["", "a", "aaa", "a1", "a=", "a_b", "-a", "\u0661", "a b"])
def test_what_is_no_base32_is_refused(text: str):
    with pytest.raises(ValueError):  # noqa: PT011
        base32(text)


@given(st.text("%0aAfFé+ ", max_size=12))
def test_percent_encoding_is_undone_as_the_standard_library_does(text: str):
    assert unescape(text) == unquote(text)
