"""``/v1/policy``: what is in force, and what another policy would have done."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import anyio.to_thread
from starlette.responses import Response

from tidebreak.access.roles import Permission
from tidebreak.policy.dry_run import DryRun, Past, dry_run
from tidebreak.policy.reading import read
from tidebreak.policy.writing import write
from tidebreak.service import shown
from tidebreak.service.forms.records import DryRunForm, DryRunIn, PolicyForm
from tidebreak.service.routing import Asked, Guarded, route


async def get(call: Asked) -> Response:
    """Return the policy in force, and what keeps a newer file out."""
    book = call.parts.book
    policy = book.current
    content = {"version": policy.version, "text": write(policy), "trouble": book.problem}
    return shown.answer(content)


async def try_out(call: Asked, body: DryRunIn) -> Response:
    """Decide what was screened in the last days by another policy; nothing changes."""
    wanted = read(body.text, "the policy that was sent")
    moment = datetime.now(UTC) - timedelta(days=body.days)
    records = call.parts.screener.records

    def run() -> DryRun:
        past = (Past(one.screened, one.retroactive) for one in records.since(moment))
        return dry_run(wanted, past)

    return shown.answer(asdict(await anyio.to_thread.run_sync(run)))


def routes() -> list[Guarded]:
    """Return these routes."""
    read_ = Permission.POLICY_READ
    return [
        route("GET", "/v1/policy", read_, get, answers=PolicyForm),
        route("POST", "/v1/policy/dry-run", read_, try_out, answers=DryRunForm),
    ]
