"""Whether the service can do its work: looked at whenever somebody asks, never remembered."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tidebreak.errors import TidebreakError
from tidebreak.service.metrics import Gauge
from tidebreak.service.parts import Parts
from tidebreak.version import VERSION

STALE_SECONDS = 30.0
"""Age from which nobody can say any more that the lists are the newest."""

ADVISORY = ("policy", "audit heads", "flood counts")
"""Checks that fail loudly and keep nobody waiting: what was in force before still is."""

_LEAST_FREE = 256 << 20


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that must be so, and why it is not."""

    name: str
    good: bool
    why: str = ""


def checks(parts: Parts) -> list[Check]:
    """Return every check; looks at disks and stores, so call it from a thread."""
    state = parts.screener.state
    fresh = state.lists_age < STALE_SECONDS
    return [
        _check("screening", " ".join(state.reasons)),
        _check("lists", "" if state.version else "No lists are loaded."),
        _check("freshness", "" if fresh else "The lists could not be looked at for a while."),
        _check("workers", "" if state.workers else "No worker is running."),
        _check("policy", parts.book.problem),
        _check("audit heads", parts.heads.trouble if parts.heads else ""),
        _check("flood counts", parts.floods.problem),
        _check("access", parts.gatekeeper.trouble),
        _check("store", _unwritable(parts)),
        _check("disk", _full(parts)),
    ]


def is_ready(found: Sequence[Check]) -> bool:
    """Whether requests can be answered."""
    return all(check.good for check in found if check.name not in ADVISORY)


def status_of(parts: Parts) -> dict[str, Any]:
    """Return what is in force and how it goes; call it from a thread."""
    state, found = parts.screener.state, checks(parts)
    return {
        "ready": is_ready(found),
        "uptime_seconds": round(time.monotonic() - parts.begun, 1),
        "software": VERSION,
        "lists": {
            "version": state.version,
            "age_seconds": round(state.lists_age, 1),
            "enabled": state.lists,
            "entries": state.entries,
        },
        "workers": {"most": state.workers, "queued": state.queued, "sandbox": state.sandbox},
        "policy": {"version": parts.book.current.version, "trouble": parts.book.problem},
        "review": {
            "waiting": parts.screener.records.backlog(),
            "floods": len(parts.floods.open()),
        },
        "gates": [asdict(gate.told()) for gate in parts.gates],
        "checks": [asdict(check) for check in found],
        "in_flight_bytes": parts.budget.used,
        "webhooks_waiting": parts.webhooks.waiting,
        "fetching": parts.fetcher is not None,
    }


def gauges(parts: Parts) -> Iterator[Gauge]:
    """Yield what is so now, for Prometheus."""
    state, backlog = parts.screener.state, parts.screener.records.backlog()
    yield "ready", "Whether every check passes.", float(is_ready(checks(parts)))
    yield "queue_depth", "Uploads that wait or are examined.", float(state.queued)
    yield "queue_bytes", "Bytes of those.", float(state.queued_bytes)
    yield "in_flight_bytes", "Bytes of requests on their way in.", float(parts.budget.used)
    yield "workers", "Isolated processes.", float(state.workers)
    yield "sandbox_level", "How they are locked down, 1 to 4.", float(state.sandbox)
    yield "lists", "Lists that count.", float(state.lists)
    yield "entries", "Entries that count.", float(state.entries)
    yield "lists_age_seconds", "Since the lists were last looked at.", state.lists_age
    yield "policy_trouble", "Whether a newer policy is kept out.", float(bool(parts.book.problem))
    unsigned = bool(parts.heads and parts.heads.trouble)
    yield "audit_heads_trouble", "Whether heads cannot be signed or stamped.", float(unsigned)
    yield "floods_open", "Entries that are held for a flood.", float(len(parts.floods.open()))
    yield (
        "review_waiting",
        "Verdicts that wait for people.",
        float(backlog),
    )
    lost = float(parts.webhooks.lost)
    yield "webhooks_unwritten", "Events that could not be written down, since the start.", lost
    yield "webhooks_waiting", "Events not delivered yet.", float(parts.webhooks.waiting)


def _check(name: str, why: str) -> Check:
    return Check(name, not why, why)


def _unwritable(parts: Parts) -> str:
    try:
        parts.once.touch()
    except TidebreakError:
        return "The store cannot be written."
    return ""


def _full(parts: Parts) -> str:
    home = parts.opened.home
    if not os.access(home, os.W_OK):
        return "The home cannot be written."
    return "" if shutil.disk_usage(home).free >= _LEAST_FREE else "The disk is almost full."
