from __future__ import annotations

from tidebreak.errors import TidebreakError, UsageError
from tidebreak.fetching.errors import FetchFailed, FetchRefused


def test_who_is_at_fault_is_told_apart():
    assert issubclass(FetchRefused, UsageError)
    assert issubclass(FetchFailed, TidebreakError)
    assert not issubclass(FetchFailed, UsageError)
