"""What the workers have to do for these lists, and how far they must be locked down for it."""

from __future__ import annotations

from dataclasses import replace

from tidebreak.errors import UsageError
from tidebreak.index import Snapshot
from tidebreak.matching.matcher import Matcher
from tidebreak.media.sandbox_ladder import Posture
from tidebreak.settings import Settings


def adapted(settings: Settings, matcher: Matcher, snapshot: Snapshot) -> Settings:
    """Return ``settings`` without what no list could be matched by, at the depth that lists ask."""
    return replace(
        settings,
        depth=matcher.depth,
        verify=matcher.verifies,
        regions=settings.regions and snapshot.has_regions,
    )


def check_sandbox(posture: Posture, settings: Settings) -> None:
    """Raise `UsageError` when the workers are locked down less than the settings ask for."""
    if posture.level < settings.sandbox_minimum:
        raise UsageError(
            f"The workers reach sandbox level {posture.level}, the settings ask for "
            f"{settings.sandbox_minimum} ({posture.summary}); see tidebreak doctor."
        )
