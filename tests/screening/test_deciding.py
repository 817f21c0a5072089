from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tidebreak.errors import UsageError
from tidebreak.installation import Tidebreak
from tidebreak.model import State
from tidebreak.policy.case import Case
from tidebreak.policy.policy import Policy
from tidebreak.screening.deciding import PolicyNow, changes_of, now
from tidebreak.screens import Origin, Surface


def test_the_present_is_told_in_utc_to_the_millisecond():
    told = datetime.fromisoformat(now())
    assert told.tzinfo == UTC
    assert abs((datetime.now(UTC) - told).total_seconds()) < 5
    assert len(now()) == len("2026-01-01T00:00:00.000+00:00")


def test_the_changes_are_those_that_the_version_of_the_lists_says(installation: Tidebreak):
    assert changes_of(installation.catalogue.label) == 0
    assert changes_of("41.7") == 41


def test_the_policy_is_that_of_the_moment():
    class Book:
        current = Policy(version="1")

    book = Book()
    policy = PolicyNow(book)
    case = Case((), State.CLEAR, Origin())
    assert policy.decide(case).policy == "1"
    book.current = Policy(version="2")
    assert policy.decide(case).policy == "2"
    private = Origin(Surface.PRIVATE_MESSAGE)
    assert not policy.surface_enabled(private)
    with pytest.raises(UsageError):
        policy.check_surface(private)
