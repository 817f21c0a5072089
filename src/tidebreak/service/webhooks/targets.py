"""Where events may be posted to: public addresses over TLS, and what the configuration names.

The name is looked up once, every address it has is checked, and the connection goes to the very
address that was checked, so that a name which changes its mind leads nowhere else.
"""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from tidebreak.errors import UsageError
from tidebreak.fetching.addresses import is_public
from tidebreak.service.config import WebhookRules


@dataclass(frozen=True, slots=True)
class Target:
    """An address that may be posted to, as far as its text tells."""

    url: str
    secure: bool
    host: str
    port: int
    path: str


def target_of(url: str, rules: WebhookRules) -> Target:
    """Return the target that ``url`` names; raise `UsageError`, which does not repeat it."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise UsageError("That is no address; a webhook is https://host…") from None
    if parts.scheme not in ("http", "https") or not host or parts.username or parts.password:
        raise UsageError("A webhook is https://host…, without a user; its secret signs it.")
    if not (url.isascii() and url.isprintable()) or " " in url:
        raise UsageError("Write the address in ASCII, as a browser sends it.")
    secure = parts.scheme == "https"
    if not secure and host not in rules.insecure_hosts:
        raise UsageError(
            "Use https, or name the host in insecure_hosts ([webhooks] in service.toml)."
        )
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(url, secure, host, port or (443 if secure else 80), path)


async def address_of(target: Target, rules: WebhookRules) -> str:
    """Return the address to connect to; raise `UsageError` when the target's are not public."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise UsageError("The webhook's host has no address.") from None
    addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
    allowed = target.host in rules.allowed_hosts
    if not addresses or not (allowed or all(is_public(one) for one in addresses)):
        raise UsageError(
            "The webhook's host is in a private network; an administrator may name it in"
            " allowed_hosts ([webhooks] in service.toml)."
        )
    return addresses[0]
