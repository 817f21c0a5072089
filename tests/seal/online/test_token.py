from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidebreak.errors import UsageError
from tidebreak.seal.online import token
from tidebreak.seal.online.token import Token, parse_bearer

TOKEN = Token("abcd2345", b"\1" * 32, b"\2" * 32)


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32))
def test_a_token_reads_back(public: bytes, secret: bytes):
    made = Token("abcd2345", public, secret)
    assert Token.parse(f" {made.text}\n") == made
    assert parse_bearer(made.bearer) == ("abcd2345", secret)


def test_the_secret_is_not_shown_and_the_key_is_not_sent():
    assert token.encoded(TOKEN.secret) not in repr(TOKEN)
    assert token.encoded(TOKEN.public) not in TOKEN.bearer


@given(st.one_of(st.text(max_size=120), st.integers(0, len(TOKEN.text) - 1).map(
    lambda cut: TOKEN.text[:cut]), st.just(TOKEN.text + "A")))  # fmt: skip
def test_what_is_no_token_is_refused_and_not_repeated(text: str):
    with pytest.raises(UsageError) as caught:
        Token.parse(text)
    assert len(text) < 12 or text not in str(caught.value)


@given(st.text(max_size=80))
def test_any_header_is_a_bearer_or_none(text: str):
    parsed = parse_bearer(text)
    assert parsed is None or f"{parsed[0]}.{token.encoded(parsed[1])}" == text


def test_one_secret_has_one_text():
    assert parse_bearer(TOKEN.bearer[:-1] + "B") is None  # unused bits of the last character
    assert parse_bearer(TOKEN.bearer + "=") is None


def test_a_token_is_written_for_one_alone_and_loaded(tmp_path: Path):
    path = tmp_path / "token"
    token.write(path, lambda: TOKEN)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert token.load(path) == TOKEN
    path.chmod(0o644)
    with pytest.raises(UsageError, match="chmod 600"):
        token.load(path)
    with pytest.raises(UsageError, match="is missing; name another"):
        token.load(tmp_path / "none")


def test_no_token_is_made_that_nobody_gets(tmp_path: Path):
    made: list[Token] = []

    def make() -> Token:
        made.append(TOKEN)
        raise UsageError("no such operator")

    (tmp_path / "there").write_text("")
    with pytest.raises(UsageError, match="new file"):
        token.write(tmp_path / "there", make)
    assert not made
    with pytest.raises(UsageError, match="no such operator"):
        token.write(tmp_path / "token", make)
    assert not (tmp_path / "token").exists()
