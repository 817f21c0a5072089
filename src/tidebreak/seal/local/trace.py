"""Whose copy this is: the canaries of all that was ever handed out here, looked for in one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tidebreak.audit.log import AuditLog
from tidebreak.errors import Damaged
from tidebreak.seal.canaries import Traced, trace, trace_remains
from tidebreak.seal.desk import Desk
from tidebreak.seal.local.file import digests_of, read
from tidebreak.seal.local.issue import canary_secret

if TYPE_CHECKING:
    from tidebreak.seal.online.keys import SealKeys

SERVED = "served"
"""The series of a set that the sealed server hands out."""
_ISSUED = "seal.issue.begin"
_Look = Callable[[bytes, list[tuple[str, str]]], list[Traced]]


def trace_copy(path: Path, desk: Desk, server: SealKeys | None = None) -> list[Traced]:
    """Return to whom the store or set at ``path`` was given, the most canaries first.

    Sets of the sealed server are recognised with its keys, ``server``. Neither the copy's own key
    nor its name is needed. Of a copy that is damaged or mixed, what is left is looked through.
    A finding says whose copy it was; who took it there is for people to find out. Audited.
    Raises `UsageError`, and `Damaged` when a copy is not intact and what is left names nobody.
    """
    data = read(path)
    look, whole = _look_into(data)
    found = look(canary_secret(desk.sealer), issues(desk.audit))
    found += _served(look, desk, server) if server is not None else []
    names = ", ".join(one.operator for one in found)
    detail = {"bytes": len(data), "whole": whole, "found": names}
    desk.audit.append("seal.trace", desk.actor, "copy", detail)
    if not whole and not found:
        raise Damaged(
            "This is no intact sealed store or set, and what is left of it names nobody (too little"
            " is left, it is packed, or it is something else); unpack it, or find more of it."
        )
    return found


def issues(audit: AuditLog) -> list[tuple[str, str]]:
    """Return operator and number of every store's issue, those that were interrupted included."""
    return sorted({
        (event.object, str(event.detail.get("issue")))
        for event in audit.events()
        if event.action == _ISSUED
    })  # fmt: skip


def _look_into(data: bytes) -> tuple[_Look, bool]:
    """Return how canaries are looked for in a copy, and whether it is intact."""
    try:
        return partial(trace, digests_of(data)), True
    except Damaged:
        return partial(trace_remains, data), False


def _served(look: _Look, desk: Desk, server: SealKeys) -> list[Traced]:
    from tidebreak.seal.online.service import open_operators

    operators = open_operators(desk, server)
    try:
        names = {operator.id: operator.name for operator in operators.everyone()}
    finally:
        operators.close()
    found = look(server.canaries, [(number, "") for number in names])
    return [replace(one, operator=names[one.operator], series=SERVED) for one in found]
