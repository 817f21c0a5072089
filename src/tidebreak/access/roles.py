"""Roles and what each of them may do. Every route of the service needs one permission."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from tidebreak.access.limits import Limits
from tidebreak.screens import Surface


class Permission(StrEnum):
    """One thing that somebody may be allowed to do."""

    HASH = "hash"
    MATCH = "match"
    SCREEN = "screen"
    FETCH = "fetch"
    """Have the service fetch what a URL names, where that is switched on."""
    DISTANCES = "distances"
    """See how far a match is off: whoever sees that learns more than yes or no."""
    LISTS_READ = "lists:read"
    LISTS_WRITE = "lists:write"
    OBSERVATIONS_READ = "observations:read"
    OBSERVATIONS_REMATCH = "observations:rematch"
    VERDICTS_READ = "verdicts:read"
    VERDICTS_REVIEW = "verdicts:review"
    WEBHOOKS = "webhooks"
    POLICY_READ = "policy:read"
    STATUS = "status"
    METRICS = "metrics"
    AUDIT = "audit"
    ACCESS = "access"
    """Issue and revoke keys, make and change accounts."""


class Role(StrEnum):
    """What somebody is to the installation."""

    PLATFORM = "platform"
    ANALYST = "analyst"
    REVIEWER = "reviewer"
    LIST_MANAGER = "list-manager"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


_P = Permission

GRANTS: Mapping[Role, frozenset[Permission]] = {
    Role.PLATFORM: frozenset({_P.HASH, _P.MATCH, _P.SCREEN, _P.FETCH, _P.STATUS}),
    Role.ANALYST: frozenset(
        {_P.HASH, _P.MATCH, _P.SCREEN, _P.DISTANCES, _P.LISTS_READ, _P.OBSERVATIONS_READ,
         _P.VERDICTS_READ, _P.STATUS}
    ),
    Role.REVIEWER: frozenset(
        {_P.DISTANCES, _P.OBSERVATIONS_READ, _P.VERDICTS_READ, _P.VERDICTS_REVIEW, _P.STATUS}
    ),
    Role.LIST_MANAGER: frozenset(
        {_P.LISTS_READ, _P.LISTS_WRITE, _P.OBSERVATIONS_REMATCH, _P.POLICY_READ, _P.STATUS}
    ),
    Role.AUDITOR: frozenset(
        {_P.AUDIT, _P.LISTS_READ, _P.VERDICTS_READ, _P.POLICY_READ, _P.STATUS, _P.METRICS}
    ),
    Role.ADMINISTRATOR: frozenset(
        {_P.ACCESS, _P.WEBHOOKS, _P.POLICY_READ, _P.LISTS_READ, _P.STATUS, _P.METRICS, _P.AUDIT}
    ),
}  # fmt: skip
"""No role has everything: who gives out keys does not read verdicts."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Whoever a request is from: a key or a person, and what it may do.

    ``lists`` and ``surfaces`` narrow what it may ask about and learn of; empty means all.
    """

    id: str
    name: str
    permissions: frozenset[Permission]
    lists: frozenset[str] = frozenset()
    surfaces: frozenset[Surface] = frozenset()
    limits: Limits = field(default_factory=Limits)
    person: bool = False

    def may(self, permission: Permission) -> bool:
        """Whether this is allowed."""
        return permission in self.permissions

    def sees(self, list_name: str) -> bool:
        """Whether anything of the list called so may be told."""
        return not self.lists or list_name in self.lists

    def at(self, surface: Surface) -> bool:
        """Whether it may ask about what is on this surface."""
        return not self.surfaces or surface in self.surfaces

    @property
    def actor(self) -> str:
        """What the audit log calls it."""
        return f"{'person' if self.person else 'key'} {self.name}"


def permissions_of(roles: frozenset[Role]) -> frozenset[Permission]:
    """Return what somebody with ``roles`` may do."""
    return frozenset[Permission]().union(*(GRANTS[role] for role in roles))
