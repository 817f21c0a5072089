"""Who may come in, as one image in memory: what `Gatekeeper.admit` looks at."""

from __future__ import annotations

import ipaddress
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from tidebreak.access.ledger import Ledger
from tidebreak.access.records import Network, Scope, parse_network
from tidebreak.access.roles import Principal


@dataclass(frozen=True, slots=True)
class Admitted:
    """One secret that is known: whose it is, until when (seconds since 1970), from where."""

    digest: bytes
    until: float
    networks: tuple[Network, ...]
    principal: Principal

    def from_here(self, address: str) -> bool:
        """Whether it may be shown from ``address``; one that is unknown is in no network."""
        if not self.networks:
            return True
        try:
            found = ipaddress.ip_address(address)
        except ValueError:
            return False
        mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
        return any((mapped or found) in network for network in self.networks)


@dataclass(frozen=True, slots=True)
class Tables:
    """Everything as it was at one ``revision`` of the store; ``secrets`` by their public ids."""

    revision: int
    secrets: Mapping[str, Admitted]


def load(ledger: Ledger) -> Tables:
    """Return the tables as they are now."""
    with ledger.sql.reading():
        revision = ledger.revision()
        keys = ledger.sql.rows("SELECT id, name, scope FROM api_key WHERE revoked_at = ''")
        secrets = ledger.sql.rows("SELECT id, api_key, digest, expires_at FROM secret")
    known = {id: _holder(id, name, Scope.from_text(scope)) for id, name, scope in keys}
    return Tables(
        revision,
        {
            id: Admitted(bytes(digest), _seconds(expires), known[owner][1], known[owner][0])
            for id, owner, digest, expires in secrets
            if owner in known
        },
    )


def _holder(id: str, name: str, scope: Scope) -> tuple[Principal, tuple[Network, ...]]:
    principal = Principal(
        f"key:{id}", name, scope.permissions, scope.lists, scope.surfaces, scope.limits
    )
    return principal, tuple(map(parse_network, scope.networks))


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp() if text else math.inf
