"""Whose copy this is: the canaries of every store that was ever issued here, looked for in one."""

from __future__ import annotations

from pathlib import Path

from tidebreak.audit.log import AuditLog
from tidebreak.seal.canaries import Traced, trace
from tidebreak.seal.local_file import digests_of, read
from tidebreak.seal.local_issue import Desk, canary_secret

_ISSUED = "seal.issue.begin"


def trace_copy(path: Path, desk: Desk) -> list[Traced]:
    """Return to whom the store or set at ``path`` was issued, the most canaries first.

    Neither its key nor its name is needed. A finding says whose copy it was; who took it there is
    for people to find out. Audited. Raises `UsageError` and `Damaged`.
    """
    digests = digests_of(read(path))
    found = trace(digests, canary_secret(desk.sealer), issues(desk.audit))
    detail = {"digests": len(digests), "found": ", ".join(one.operator for one in found)}
    desk.audit.append("seal.trace", desk.actor, "copy", detail)
    return found


def issues(audit: AuditLog) -> list[tuple[str, str]]:
    """Return operator and number of every issue, those that were interrupted included."""
    return sorted({
        (event.object, str(event.detail.get("issue")))
        for event in audit.events()
        if event.action == _ISSUED
    })  # fmt: skip
