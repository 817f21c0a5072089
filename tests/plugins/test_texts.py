from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidebreak.errors import UsageError
from tidebreak.model import Signal
from tidebreak.plugins.texts import NAME, SIGNAL, decode, encode
from tidebreak.signals import SIGNAL_TYPES, SignalKind

names = st.from_regex(NAME, fullmatch=True)
hashes = st.text(min_size=1).filter(str.isprintable)


@given(names, hashes)
def test_what_was_written_is_read_through_a_lists_text(name: str, text: str):
    value = encode(name, text)
    kind = SIGNAL_TYPES[SIGNAL]
    assert decode(Signal.parse(SIGNAL, kind.format(value)).value) == (name, text)
    assert kind.kind is SignalKind.OPAQUE


@given(st.binary())
def test_whatever_a_list_holds_is_a_hash_or_none(value: bytes):
    found = decode(value)
    assert found is None or encode(*found) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [("", "x"), ("Name", "x"), ("n" * 41, "x"), ("n", ""), ("n", "a\nb"), ("n", "x" * (1 << 21))],
)
def test_what_is_no_hash_is_refused(name: str, text: str):
    with pytest.raises(UsageError):
        encode(name, text)
