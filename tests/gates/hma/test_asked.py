from __future__ import annotations

import inspect

import pytest

from tidebreak.access.gatekeeper import Gatekeeper as OurGatekeeper
from tidebreak.fetching.fetcher import Fetcher as OurFetcher
from tidebreak.gates.hma.asked import Fetcher, Gatekeeper, Screener
from tidebreak.screening.screener import Screener as OurScreener


@pytest.mark.parametrize(
    ("wanted", "ours"),
    [(Gatekeeper, OurGatekeeper), (Fetcher, OurFetcher), (Screener, OurScreener)],
)
def test_what_is_asked_for_is_what_the_service_has(wanted: type, ours: type):
    for name, method in inspect.getmembers(wanted, inspect.isfunction):
        if name.startswith("_"):
            continue
        there = inspect.signature(getattr(ours, name)).parameters
        assert (
            list(inspect.signature(method).parameters)
            == list(there)[: len(inspect.signature(method).parameters)]
        ), name
