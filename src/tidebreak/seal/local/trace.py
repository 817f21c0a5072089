"""Whose copy this is: the canaries of all that was ever handed out here, looked for in one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tidebreak.audit.log import AuditLog
from tidebreak.seal.canaries import Traced, trace
from tidebreak.seal.desk import Desk
from tidebreak.seal.filter import Filter
from tidebreak.seal.local.file import digests_of, read
from tidebreak.seal.local.issue import canary_secret

if TYPE_CHECKING:
    from tidebreak.seal.online.keys import SealKeys

SERVED = "served"
"""The series of a set that the sealed server hands out."""
_ISSUED = "seal.issue.begin"


def trace_copy(path: Path, desk: Desk, server: SealKeys | None = None) -> list[Traced]:
    """Return to whom the store or set at ``path`` was given, the most canaries first.

    Sets of the sealed server are recognised with its keys, ``server``. Neither the copy's own key
    nor its name is needed. A finding says whose copy it was; who took it there is for people to
    find out. Audited. Raises `UsageError` and `Damaged`.
    """
    digests = digests_of(read(path))
    found = trace(digests, canary_secret(desk.sealer), issues(desk.audit))
    found += _served(digests, desk, server) if server is not None else []
    detail = {"digests": len(digests), "found": ", ".join(one.operator for one in found)}
    desk.audit.append("seal.trace", desk.actor, "copy", detail)
    return found


def issues(audit: AuditLog) -> list[tuple[str, str]]:
    """Return operator and number of every store's issue, those that were interrupted included."""
    return sorted({
        (event.object, str(event.detail.get("issue")))
        for event in audit.events()
        if event.action == _ISSUED
    })  # fmt: skip


def _served(digests: Filter, desk: Desk, server: SealKeys) -> list[Traced]:
    from tidebreak.seal.online.service import open_operators

    operators = open_operators(desk, server)
    try:
        names = {operator.id: operator.name for operator in operators.everyone()}
    finally:
        operators.close()
    found = trace(digests, server.canaries, [(number, "") for number in names])
    return [replace(one, operator=names[one.operator], series=SERVED) for one in found]
