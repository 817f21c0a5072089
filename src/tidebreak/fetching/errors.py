"""Why something was not fetched. None of these repeats a URL or a host: either is a locator."""

from __future__ import annotations

from tidebreak.errors import TidebreakError, UsageError


class FetchRefused(UsageError):
    """The URL, or where it leads, is none from which anything is fetched."""


class FetchFailed(TidebreakError):
    """Whoever is asked does not answer, or not with what is taken."""
