"""Heads of the audit log, signed and stamped while the service runs (``docs/audit.md``)."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from tidebreak.errors import UsageError

if TYPE_CHECKING:
    from tidebreak.audit.authority import Authority
    from tidebreak.audit.keeper import HeadKeeper
    from tidebreak.installation import Tidebreak


@dataclass(frozen=True, slots=True)
class AuditRules:
    """The section ``[audit]`` of ``service.toml``."""

    heads: Annotated[str, "The folder for signed heads of the audit log; empty signs none."] = ""
    every_events: Annotated[int, "Events after which a head is signed."] = 1000
    every_minutes: Annotated[float, "Minutes after which one is, where anything happened."] = 60.0
    authority_url: Annotated[str, "A stamping authority (RFC 3161) to stamp heads."] = ""
    authority_certificates: Annotated[str, "The certificates (PEM) its chain may end at."] = ""


def keeping_heads(
    opened: Tidebreak, rules: AuditRules
) -> AbstractContextManager[HeadKeeper | None]:
    """Return what signs heads as ``rules`` say, by itself; raises `UsageError` for bad ones."""
    if not rules.heads:
        return nullcontext()
    from tidebreak.audit.keeper import HeadKeeper, Plan
    from tidebreak.audit.signing import signer

    if rules.every_events < 1 or not rules.every_minutes > 0:
        raise UsageError("[audit]: let a head be signed after one event or more, and some minutes.")
    plan = Plan(
        Path(rules.heads), rules.every_events, 60.0 * rules.every_minutes, _authority(rules)
    )
    return HeadKeeper(opened.audit, signer(opened.audit_key_file), plan)


def _authority(rules: AuditRules) -> Authority | None:
    if not rules.authority_url:
        return None
    from tidebreak.audit.authority import Authority
    from tidebreak.audit.stamp_signatures import load_trusted

    try:
        pem = Path(rules.authority_certificates).read_bytes()
    except OSError as error:
        raise UsageError(
            f"[audit]: 'authority_certificates' cannot be read ({error.strerror}); name the"
            " authority's certificates."
        ) from None
    return Authority(rules.authority_url, load_trusted(pem))
