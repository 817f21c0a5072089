"""``/v1/set-up`` and ``/v1/session/password``: what people do with their own accounts."""

from __future__ import annotations

import anyio.to_thread
from starlette.responses import Response

from tidebreak.access.roles import Permission
from tidebreak.service import shown
from tidebreak.service.forms.accounts import (
    InvitationIn,
    InvitedForm,
    PasswordIn,
    RecoveryForm,
    SetUpIn,
)
from tidebreak.service.forms.service import DoneForm
from tidebreak.service.problems import Problem
from tidebreak.service.routing import PUBLIC, Asked, Guarded, route

_MOST = 8192


async def begin(call: Asked, body: InvitationIn) -> Response:
    """Tell who was invited, and what goes into an authenticator app."""
    desk = call.parts.entrance.set_up
    invited = await anyio.to_thread.run_sync(desk.begin, body.invitation)
    return shown.answer({"name": invited.name, "secret": invited.secret, "uri": invited.uri})


async def finish(call: Asked, body: SetUpIn) -> Response:
    """Choose a password; from then on the person can log in."""
    desk = call.parts.entrance.set_up
    codes = await anyio.to_thread.run_sync(desk.finish, body.invitation, body.password, body.code)
    return shown.answer({"recovery_codes": codes})


async def change_password(call: Asked, body: PasswordIn) -> Response:
    """Change the own password; ends all sessions, this one as well."""
    if not call.caller.person:
        raise Problem(403, "Only people have passwords; rotate a key instead.")
    entrance = call.parts.entrance
    await anyio.to_thread.run_sync(entrance.change_password, call.caller, body.old, body.new)
    return shown.answer({"done": True})


def routes() -> list[Guarded]:
    """Return these routes. An invitation is what lets somebody in who has no account yet."""
    anybody = Permission.STATUS  # every role has it
    return [
        route("POST", "/v1/set-up", PUBLIC, begin, answers=InvitedForm, most=_MOST),
        route("POST", "/v1/set-up/finish", PUBLIC, finish, answers=RecoveryForm, most=_MOST),
        route(
            "POST", "/v1/session/password", anybody, change_password, answers=DoneForm, most=_MOST
        ),
    ]
