from __future__ import annotations

from datetime import UTC, datetime

from tidebreak.installation import Tidebreak
from tidebreak.screening.deciding import changes_of, now


def test_the_present_is_told_in_utc_to_the_millisecond():
    told = datetime.fromisoformat(now())
    assert told.tzinfo == UTC
    assert abs((datetime.now(UTC) - told).total_seconds()) < 5
    assert len(now()) == len("2026-01-01T00:00:00.000+00:00")


def test_the_changes_are_those_that_the_version_of_the_lists_says(installation: Tidebreak):
    assert changes_of(installation.catalogue.label) == 0
    assert changes_of("41.7") == 41
