"""What the service is made of: made once, before anything is served."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tidebreak.service.budget import Budget
from tidebreak.service.config import ServiceConfig

if TYPE_CHECKING:
    from tidebreak.access.entrance import Entrance
    from tidebreak.access.gatekeeper import Gatekeeper
    from tidebreak.access.oidc import Oidc
    from tidebreak.audit.keeper import HeadKeeper
    from tidebreak.fetching.fetcher import Fetcher
    from tidebreak.gates.hma.hma import Hma
    from tidebreak.installation import Tidebreak
    from tidebreak.policy.book import PolicyBook
    from tidebreak.policy.floods import FloodWatch
    from tidebreak.screening.screener import Screener
    from tidebreak.service.gates import RunningGate
    from tidebreak.service.jobs import Jobs
    from tidebreak.service.metrics import Metrics
    from tidebreak.service.once import Once
    from tidebreak.service.webhooks.desk import Webhooks


@dataclass(frozen=True, slots=True)
class Parts:
    """Whoever does the work behind the routes. Without a ``fetcher`` no URL is ever fetched."""

    config: ServiceConfig
    opened: Tidebreak
    screener: Screener
    gatekeeper: Gatekeeper
    entrance: Entrance
    book: PolicyBook
    floods: FloodWatch
    once: Once
    jobs: Jobs
    webhooks: Webhooks
    metrics: Metrics
    budget: Budget
    fetcher: Fetcher | None = None
    gates: Sequence[RunningGate] = ()
    hma: Hma | None = None
    oidc: Oidc | None = None
    heads: HeadKeeper | None = None
    begun: float = field(default_factory=time.monotonic)
