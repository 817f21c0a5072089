from __future__ import annotations

import base64

import pyotp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidebreak.access import codes

RFC_SECRET = b"12345678901234567890"


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "94287082"), (1111111109, "07081804"), (1111111111, "14050471"),
     (1234567890, "89005924"), (2000000000, "69279037"), (20000000000, "65353130")],
)  # fmt: skip
def test_codes_are_those_of_rfc_6238(seconds, code):
    assert codes.code_at(RFC_SECRET, seconds // 30) == code[-6:]


@settings(deadline=None)
@given(st.binary(min_size=20, max_size=20), st.integers(60, 2**33))
def test_codes_are_those_of_pyotp(secret, seconds):
    other = pyotp.TOTP(base64.b32encode(secret).decode())
    assert codes.code_at(secret, seconds // 30) == other.at(seconds)


def test_a_clock_may_be_half_a_minute_off():
    now = 2_000_000_010
    step = now // 30
    for away, taken in ((-2, False), (-1, True), (0, True), (1, True), (2, False)):
        code = codes.code_at(RFC_SECRET, step + away)
        assert codes.step_of(RFC_SECRET, code, now) == (step + away if taken else None)


@pytest.mark.parametrize("code", ["", "12345", "x" * 6, "１２３４５６", "\udcff"])
def test_anything_else_is_no_code(code):
    assert codes.step_of(RFC_SECRET, code, 59) is None


def test_people_may_put_spaces():
    assert codes.step_of(RFC_SECRET, " 287 082 ", 59) == 1


def test_an_app_reads_what_it_is_given():
    secret = codes.draw_totp()
    read = pyotp.parse_uri(codes.uri(secret, "ann o'neil / x&y=z"))
    assert isinstance(read, pyotp.TOTP)
    assert (read.name, read.issuer) == ("ann o'neil / x&y=z", "Tidebreak")
    assert read.at(59) == codes.code_at(secret, 1)
    assert base64.b32decode(codes.shown_secret(secret)) == secret


def test_recovery_codes_are_many_and_long():
    drawn = codes.draw_recovery()
    assert len(set(drawn)) == codes.RECOVERY_CODES
    assert all(len(codes.plain(code)) * 5 == 80 for code in drawn)
    assert codes.plain(" AB-c d\n") == "abcd"
