"""What is known of keys and people. Times are UTC, ISO 8601, and empty when there is none."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta

from tidebreak.access.limits import Limits
from tidebreak.access.roles import Permission, Principal, Role, permissions_of
from tidebreak.errors import UsageError
from tidebreak.screens import Surface

WARNING_DAYS = 30
"""How long before it expires a key is spoken of."""
LONGEST_NAME = 100

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Scope:
    """What a key may do, about what, from where, and how much.

    ``only`` narrows the permissions of the ``roles``; ``lists``, ``surfaces`` and ``networks``
    (CIDR) narrow the rest. Empty means no narrowing.
    """

    roles: frozenset[Role]
    only: frozenset[Permission] = frozenset()
    lists: frozenset[str] = frozenset()
    surfaces: frozenset[Surface] = frozenset()
    networks: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)

    @property
    def permissions(self) -> frozenset[Permission]:
        """What is allowed in the end."""
        granted = permissions_of(self.roles)
        return granted & self.only if self.only else granted

    def checked(self) -> Scope:
        """Return this scope in its usual form; raise `UsageError` when it cannot be meant."""
        if not self.permissions:
            raise UsageError("Such a key could do nothing; give it a role, or narrow it less.")
        if self.only - permissions_of(self.roles):
            raise UsageError("A key is only narrowed to what its roles may do; add the role.")
        networks = tuple(str(parse_network(text)) for text in self.networks)
        return replace(self, networks=networks, limits=self.limits.checked())

    def to_text(self) -> str:
        """Return what `from_text` reads."""
        sets = ("roles", "only", "lists", "surfaces")
        record: dict[str, object] = {name: sorted(getattr(self, name)) for name in sets}
        return json.dumps({**record, "networks": self.networks, "limits": asdict(self.limits)})

    @classmethod
    def from_text(cls, text: str) -> Scope:
        """Return the scope that `to_text` wrote."""
        record = json.loads(text)
        return cls(
            frozenset(map(Role, record["roles"])),
            frozenset(map(Permission, record["only"])),
            frozenset(record["lists"]),
            frozenset(map(Surface, record["surfaces"])),
            tuple(record["networks"]),
            Limits(**record["limits"]),
        )


@dataclass(frozen=True, slots=True)
class Secret:
    """One secret of a key, by its public id."""

    id: str
    made_at: str
    expires_at: str


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key with its secrets, the newest first. ``last_used`` is a day."""

    id: str
    name: str
    scope: Scope
    made_at: str
    revoked_at: str
    revoked_why: str
    last_used: str
    secrets: tuple[Secret, ...] = ()

    @property
    def expires_at(self) -> str:
        """When its newest secret does; empty for never."""
        return self.secrets[0].expires_at if self.secrets else ""

    def state(self, now: str) -> str:
        """Return ``active``, ``expires soon``, ``expired`` or ``revoked``."""
        if self.revoked_at:
            return "revoked"
        if not self.expires_at:
            return "active"
        if self.expires_at <= now:
            return "expired"
        return "expires soon" if self.expires_at <= later(now, WARNING_DAYS) else "active"

    @property
    def principal(self) -> Principal:
        """Whoever shows one of its secrets."""
        scope = self.scope
        return Principal(f"key:{self.id}", self.name, scope.permissions, scope.lists,
                         scope.surfaces, scope.limits)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account. Those with an ``issuer`` log in at that provider alone."""

    id: str
    name: str
    roles: frozenset[Role]
    made_at: str
    disabled_at: str
    disabled_why: str
    has_password: bool
    invited_to: str
    issuer: str

    def state(self, now: str) -> str:
        """Return ``active``, ``invited``, ``invitation expired`` or ``disabled``."""
        if self.disabled_at:
            return "disabled"
        if self.has_password or self.issuer:
            return "active"
        return "invited" if self.invited_to > now else "invitation expired"


def parse_network(text: str) -> Network:
    """Return the network that ``text`` writes in CIDR; raise `UsageError` when it is none."""
    try:
        return ipaddress.ip_network(text)
    except ValueError:
        raise UsageError(
            "A source network is written as 192.0.2.0/24 or 2001:db8::/32, all bits after the"
            " prefix 0; correct it."
        ) from None


def checked_name(name: str, of: str) -> str:
    """Return ``name``; raise `UsageError` when nothing should be called so."""
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable() or name != name.strip():
        raise UsageError(f"{of} needs a name of 1 to {LONGEST_NAME} plain characters.")
    return name


def roles_text(roles: Iterable[Role]) -> str:
    """Return roles as one text, in a fixed order."""
    return ",".join(sorted(roles))


def roles_of(text: str) -> frozenset[Role]:
    """Return the roles that `roles_text` wrote."""
    return frozenset(map(Role, filter(None, text.split(","))))


def later(now: str, days: float) -> str:
    """Return the time so many days after ``now``."""
    moved = datetime.fromisoformat(now) + timedelta(days=days)
    return moved.isoformat(timespec="seconds")
