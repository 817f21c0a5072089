"""``/v1/webhooks``: whom to tell of what is decided."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

import anyio.to_thread
from fastapi import Path
from starlette.responses import Response

from tidebreak.access.roles import Permission
from tidebreak.service import shown
from tidebreak.service.forms.records import (
    DeliveredForm,
    WebhookForm,
    WebhookIn,
    WebhookPage,
    WebhookPatch,
)
from tidebreak.service.forms.service import DoneForm
from tidebreak.service.problems import Problem
from tidebreak.service.routing import Asked, Call, Guarded, route
from tidebreak.service.webhooks.hooks import MOST, Hook
from tidebreak.service.webhooks.targets import address_of, target_of

Id = Annotated[str, Path(max_length=64)]


async def page(call: Asked) -> Response:
    """Return all webhooks, and how they go."""
    hooks = await anyio.to_thread.run_sync(call.parts.webhooks.hooks.all)
    return shown.answer({"items": [_shown(one) for one in hooks]})


async def get(call: Asked, id: Id) -> Response:
    """Return one webhook."""
    return shown.answer(_shown(await _hook(call, id)))


async def create(call: Asked, body: WebhookIn) -> Response:
    """Add a webhook; its address must be public, or its host allowed."""
    webhooks = call.parts.webhooks
    target = target_of(body.address, webhooks.poster.rules)
    await address_of(target, webhooks.poster.rules)
    if len(await anyio.to_thread.run_sync(webhooks.hooks.all)) >= MOST:
        raise Problem(409, f"There are {MOST} webhooks already; remove one.")
    made = await anyio.to_thread.run_sync(
        lambda: webhooks.hooks.add(
            target, body.secret, body.actions, body.surfaces, call.actor, enabled=body.enabled
        )
    )
    await webhooks.refresh(now=True)
    return shown.answer(_shown(made), 201)


async def change(call: Asked, id: Id, body: WebhookPatch) -> Response:
    """Change what is told, or stop and go on."""
    hook = await _hook(call, id)
    changed = replace(
        hook,
        actions=hook.actions if body.actions is None else frozenset(body.actions),
        surfaces=hook.surfaces if body.surfaces is None else frozenset(body.surfaces),
        enabled=hook.enabled if body.enabled is None else body.enabled,
    )
    webhooks = call.parts.webhooks
    await anyio.to_thread.run_sync(webhooks.hooks.change, changed, call.actor)
    await webhooks.refresh(now=True)
    return shown.answer(_shown(changed))


async def remove(call: Asked, id: Id) -> Response:
    """Forget a webhook, and what it was still to be told."""
    await _hook(call, id)
    webhooks = call.parts.webhooks
    await anyio.to_thread.run_sync(webhooks.hooks.remove, id, call.actor)
    await webhooks.refresh(now=True)
    return shown.answer({"done": True})


async def test(call: Asked, id: Id) -> Response:
    """Post an event of the type ``test`` now, once; return what the target answered."""
    hook = await _hook(call, id)
    webhooks = call.parts.webhooks
    known = await anyio.to_thread.run_sync(webhooks.hooks.secrets, hook.id)
    if known is None:
        raise Problem(404, "There is no webhook of that id.")
    body = shown.encoded({"type": "test", "id": call.id})
    return shown.answer({"status": await webhooks.poster.post(*known, body, call.id)})


async def _hook(call: Call, id: str) -> Hook:
    found = await anyio.to_thread.run_sync(call.parts.webhooks.hooks.get, id)
    if found is None:
        raise Problem(404, "There is no webhook of that id.")
    return found


def _shown(hook: Hook) -> dict[str, Any]:
    return {
        "id": hook.id,
        "host": hook.host,
        "actions": sorted(hook.actions, key=lambda one: one.rank),
        "surfaces": sorted(hook.surfaces),
        "enabled": hook.enabled,
        "created_at": hook.created_at,
        "created_by": hook.created_by,
        "waiting": hook.waiting,
        "delivered": hook.delivered,
        "lost": hook.lost,
        "last_status": hook.last_status,
    }


def routes() -> list[Guarded]:
    """Return these routes."""
    needs, base = Permission.WEBHOOKS, "/v1/webhooks"
    return [
        route("GET", base, needs, page, answers=WebhookPage),
        route("POST", base, needs, create, answers=WebhookForm, status=201, once=True),
        route("GET", f"{base}/{{id}}", needs, get, answers=WebhookForm),
        route("PATCH", f"{base}/{{id}}", needs, change, answers=WebhookForm),
        route("DELETE", f"{base}/{{id}}", needs, remove, answers=DoneForm),
        route("POST", f"{base}/{{id}}/test", needs, test, answers=DeliveredForm),
    ]
