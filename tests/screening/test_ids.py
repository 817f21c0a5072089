from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidebreak.errors import UsageError
from tidebreak.locators import looks_like_one
from tidebreak.screening import ids

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def test_names_grow_and_never_meet_even_when_the_clock_goes_back(monkeypatch: pytest.MonkeyPatch):
    made = [ids.new_id() for _ in range(2000)]
    monkeypatch.setattr(ids.time, "time_ns", lambda: 0)
    made += [ids.new_id() for _ in range(2000)]
    assert made == sorted(set(made))
    assert all(ids.is_id(name) and not looks_like_one(name) for name in made)


def test_what_comes_next_cannot_be_guessed():
    one, other = (int.from_bytes(ids.new_id()[10:].encode()) for _ in range(2))
    assert abs(other - one) > 1 << 64


@given(st.datetimes(datetime(1970, 1, 2), datetime(9999, 1, 1)))  # noqa: DTZ001
def test_the_first_name_of_a_moment_says_that_moment(moment: datetime):
    there = moment.replace(tzinfo=UTC, microsecond=moment.microsecond // 1000 * 1000)
    assert abs(ids.made_at(ids.first_at(there)) - there) < timedelta(milliseconds=2)


def test_the_form_is_that_of_the_specification():
    # An example of github.com/ulid/spec: 1469918176385 ms are written "01ARYZ6S41".
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=1469918176385)
    assert ids.first_at(moment) == "01ARYZ6S41" + "0" * 16
    assert ids.made_at("01ARYZ6S41TSV4RRFFQ69G5FAV") == moment


@pytest.mark.parametrize("text", ["", "x", "8" * 26, "0" * 25, "0" * 27, "I" * 26, "a" * 26])
def test_what_is_no_name_is_refused(text: str):
    assert not ids.is_id(text)
    with pytest.raises(UsageError, match="no id"):
        ids.made_at(text)
