"""The table ``[oidc]`` of ``service.toml``: at which provider people log in, and who may what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

from tidebreak import secret_files
from tidebreak.access.roles import Role
from tidebreak.errors import UsageError
from tidebreak.web.loopback import is_loopback

_TEXTS = ("issuer", "client_id", "client_secret_file", "redirect_url", "scope", "groups_claim",
          "name_claim", "ca_file")  # fmt: skip
_REQUIRED = ("issuer", "client_id", "redirect_url")


@dataclass(frozen=True, slots=True)
class OidcSettings:
    """One provider (OpenID Connect Core 1.0) and what its groups mean here.

    ``redirect_url`` is where the service takes people back; the provider must know it.
    ``roles`` are those of each group; whoever is in none of the groups is not let in.
    """

    issuer: str
    client_id: str
    redirect_url: str
    roles: Mapping[str, frozenset[Role]]
    client_secret: str = field(default="", repr=False)
    scope: str = "openid profile"
    groups_claim: str = "groups"
    name_claim: str = "preferred_username"
    ca_file: str = ""

    def roles_for(self, groups: object) -> frozenset[Role]:
        """Return the roles of somebody in these groups, as the provider states them."""
        named = cast("list[object]", groups) if isinstance(groups, list) else [groups]
        found = [self.roles[group] for group in named
                 if isinstance(group, str) and group in self.roles]  # fmt: skip
        return frozenset[Role]().union(*found)


def settings_from(table: Mapping[str, Any]) -> OidcSettings:
    """Return what the table says; raise `UsageError` for a name or a value that is wrong."""
    unknown = sorted(set(table) - {*_TEXTS, "roles"})
    if unknown:
        raise UsageError(f"[oidc]: unknown setting '{unknown[0]}'; correct its name.")
    for name in _TEXTS:
        if not isinstance(table.get(name, ""), str) or (name in _REQUIRED and not table.get(name)):
            raise UsageError(f"[oidc]: '{name}' must be a text; write it as {name} = \"…\".")
    for name in ("issuer", "redirect_url"):
        secure_url(table[name], f"[oidc]: '{name}'")
    texts = {name: table[name] for name in _TEXTS if name in table}
    secret_file = texts.pop("client_secret_file", "")
    secret = _secret(Path(secret_file)) if secret_file else ""
    return OidcSettings(**texts, roles=_roles(table.get("roles")), client_secret=secret)


def secure_url(url: str, what: str) -> str:
    """Return ``url``; raise `UsageError` unless nobody on the way can change what it brings."""
    parts = urlsplit(url)
    if parts.scheme == "https" and parts.hostname:
        return url
    if parts.scheme == "http" and is_loopback(parts.hostname or ""):
        return url
    raise UsageError(f"{what} must begin with https://; correct it.")


def _roles(table: object) -> dict[str, frozenset[Role]]:
    if not isinstance(table, dict) or not table:
        raise UsageError('[oidc.roles] must say which roles a group has: analysts = ["analyst"]')
    try:
        return {
            group: frozenset(map(Role, names))
            for group, names in cast("dict[str, list[str]]", table).items()
        }
    except (ValueError, TypeError):
        known = ", ".join(Role)
        raise UsageError(f"[oidc.roles]: a group has a list of roles; known are {known}.") from None


def _secret(path: Path) -> str:
    remedy = "write the secret that the provider gave you there"
    return secret_files.read(path, "client secret", remedy, UsageError).strip()
