from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidebreak.access.bearer import Bearer, Digests, draw_id, draw_secret, parse


def test_a_key_is_read_as_it_was_written():
    drawn = Bearer.draw()
    assert parse(drawn.text) == (drawn.id, drawn.secret)
    assert drawn.text.startswith(f"tb_{drawn.id}_")
    assert drawn.secret not in repr(drawn)
    assert len(drawn.secret) * 5 >= 256
    assert Bearer.draw().text != drawn.text


@pytest.mark.parametrize("text", ["", "tb_", "tb_abcdefgh_x", "sk_" + "a" * 61, "tb_" + "a" * 61])
def test_anything_else_is_none(text):
    assert parse(text) == ("", "")


@settings(deadline=None)
@given(st.text(max_size=80))
def test_no_text_is_too_odd(text):
    id, secret = parse(text)
    assert (id == "") == (secret == "")
    assert len(Digests(b"k").of("secret", text)) == 32


def test_digests_are_keyed_blake2b_and_differ_by_purpose_and_key():
    found = Digests(b"k" * 32).of("secret", "abc")
    assert (
        found
        == hashlib.blake2b(b"abc", digest_size=32, key=b"k" * 32, person=b"tb:secret").digest()
    )
    assert found != Digests(b"k" * 32).of("session", "abc")
    assert found != Digests(b"l" * 32).of("secret", "abc")


def test_what_is_drawn_is_random():
    assert len({draw_id() for _ in range(100)}) == 100
    assert len({draw_secret() for _ in range(100)}) == 100
