"""``/healthz``, ``/readyz``, ``/metrics`` and ``/v1/status``: the truth about the service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import anyio.to_thread
from fastapi import Request
from starlette.responses import Response

from tidebreak.access.roles import Permission, Principal
from tidebreak.service import metrics, shown
from tidebreak.service.forms.service import HealthForm, HistoryForm, ReadyForm, StatusForm
from tidebreak.service.readiness import checks, is_ready, status_of
from tidebreak.service.routing import PUBLIC, Asked, Guarded, call_of, route


async def healthz(request: Request) -> Response:
    """Say that the process answers; `readyz` says whether it can do its work."""
    return shown.answer({"status": "alive"})


async def readyz(request: Request) -> Response:
    """Say whether requests can be answered now, and which check fails; 503 when not.

    Public: it names checks, and neither lists nor places.
    """
    found = await anyio.to_thread.run_sync(checks, call_of(request).parts)
    ready = is_ready(found)
    content: dict[str, Any] = {
        "status": "ready" if ready else "not ready",
        "checks": {check.name: check.good for check in found},
    }
    return shown.answer(content, 200 if ready else 503)


async def status(call: Asked) -> Response:
    """Return what is in force and how it goes: versions, ages, queues, checks with reasons."""
    content = await anyio.to_thread.run_sync(status_of, call.parts)
    return shown.answer(content if _is_staff(call.caller) else briefly(content, call.caller))


async def history(call: Asked) -> Response:
    """Return how the last hour went in this process, in slots of ten seconds.

    None for whoever only screens: what others ask is not for them.
    """
    slots = call.parts.metrics.history.slots() if _is_staff(call.caller) else []
    return shown.answer({"slots": [asdict(slot) for slot in slots]})


def briefly(status: Mapping[str, Any], caller: Principal) -> dict[str, Any]:
    """Return what of a status whoever only screens may know: nothing of others, gates, people.

    Who could see that an entry is held as a flood could try out how to bring that about.
    """
    names = ("ready", "uptime_seconds", "software", "lists", "workers")
    told = {name: status[name] for name in names}
    if caller.lists:
        told["lists"] = {name: told["lists"][name] for name in ("version", "age_seconds")}
    checks = [{**check, "why": ""} for check in status["checks"]]
    return {**told, "checks": checks}


def _is_staff(caller: Principal) -> bool:
    narrowed = caller.lists or caller.surfaces
    return not narrowed and any(map(caller.may, _STAFF))


_STAFF = (Permission.LISTS_READ, Permission.VERDICTS_READ, Permission.METRICS)


async def metrics_text(request: Request) -> Response:
    """Return the metrics for Prometheus."""
    text = await anyio.to_thread.run_sync(call_of(request).parts.metrics.text)
    return Response(text, media_type=metrics.MEDIA_TYPE)


def routes() -> list[Guarded]:
    """Return these routes."""
    return [
        route("GET", "/healthz", PUBLIC, healthz, answers=HealthForm, reads=True),
        route("GET", "/readyz", PUBLIC, readyz, answers=ReadyForm, reads=True),
        route("GET", "/metrics", Permission.METRICS, metrics_text, reads=True),
        route("GET", "/v1/status", Permission.STATUS, status, answers=StatusForm),
        route("GET", "/v1/status/history", Permission.STATUS, history, answers=HistoryForm),
    ]
