"""Which URLs are taken, and what of them is asked for. One reading counts, and it is this one.

Where parsers differ (backslashes, control characters, user names, numbers that are written as
something else than an address), nothing is fetched (RFC 3986; WHATWG URL says what browsers do).
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import quote, urljoin

import idna

from tidebreak.fetching.config import FetchConfig
from tidebreak.fetching.errors import FetchRefused

LONGEST = 4096
"""Characters of a URL."""

_PORTS = {"http": 80, "https": 443}
_URL = re.compile(r"(https?)://([^/?#]*)([^#]*)(?:#.*)?", re.IGNORECASE | re.DOTALL)
_AUTHORITY = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]]+)(?::(\d{1,5}))?")
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f\\]")
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_NEVER_PUBLIC = ("alt", "arpa", "internal", "invalid", "local", "localhost", "onion", "test")
_SAFE = "%/?:@!$&'()*+,;=-._~[]|^`{}\""


@dataclass(frozen=True, slots=True)
class Target:
    """What is asked for, and whom: ``host`` is a name in ASCII or an address without brackets."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def secure(self) -> bool:
        """Whether nobody on the way can read or change it."""
        return self.scheme == "https"

    @property
    def authority(self) -> str:
        """The host as the header ``Host`` has it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def is_address(self) -> bool:
        """Whether the host is an address, so that there is no name to look up."""
        return _address(self.host) is not None


def target_of(url: str, config: FetchConfig) -> Target:
    """Return what ``url`` names; raise `FetchRefused` for what is not fetched."""
    url = url.strip(" ")
    if len(url) > LONGEST:
        raise FetchRefused(f"A URL has at most {LONGEST:,} characters.")
    found = _URL.fullmatch(url)
    if found is None or _FORBIDDEN.search(url):
        raise FetchRefused("Give a URL that begins with https:// or http://, without spaces.")
    scheme, authority, rest = found[1].lower(), found[2], found[3]
    if "@" in authority:
        raise FetchRefused("Give a URL without a user name or password.")
    parts = _AUTHORITY.fullmatch(authority)
    if parts is None:
        raise FetchRefused("Give a URL with one host, and a port in digits if any.")
    port = int(parts[2]) if parts[2] else _PORTS[scheme]
    if port not in config.ports:
        raise FetchRefused("Nothing is fetched from that port; the configuration names the others.")
    host = _host(parts[1])
    if config.hosts and not any(_is_below(host, allowed) for allowed in config.hosts):
        raise FetchRefused("That host is none of those that the configuration allows.")
    path = rest if rest.startswith("/") else f"/{rest}"
    return Target(scheme, host, port, quote(path, safe=_SAFE))


def redirected(target: Target, location: str, config: FetchConfig) -> Target:
    """Return where a redirect of ``target`` leads; raise `FetchRefused` where it may not."""
    url = f"{target.scheme}://{target.authority}{target.path}"
    try:
        joined = urljoin(url, quote(location.strip(" "), safe=f"{_SAFE}#\\"))
    except ValueError:
        raise FetchRefused("It leads to what is no URL.") from None
    found = target_of(joined, config)
    if target.secure and not found.secure:
        raise FetchRefused("It leads from https to http, where anybody could change what comes.")
    return found


def _host(text: str) -> str:
    if text.startswith("["):
        address = _address(text[1:-1])
        if address is None:
            raise FetchRefused("Give a URL with a host that is a name or an address.")
        return str(address)
    host = _ascii(text).removesuffix(".")
    labels = host.split(".")
    if _NUMBER.fullmatch(labels[-1]):  # every parser takes such a host for an address, each its way
        address = _address(host)
        if not isinstance(address, ipaddress.IPv4Address) or str(address) != host:
            raise FetchRefused("Write an address as four decimal numbers, or give a host's name.")
        return host
    plain = len(host) <= 253 and len(labels) > 1 and all(map(_LABEL.fullmatch, labels))
    if not plain or labels[-1] in _NEVER_PUBLIC:
        raise FetchRefused("Give a URL with the full name of a public host.")
    return host


def _ascii(text: str) -> str:
    """Return a host's name in ASCII (IDNA 2008, UTS 46), so that no other reading is left."""
    if text.isascii():
        return text.lower()
    try:
        return idna.encode(text, uts46=True).decode().lower()
    except idna.IDNAError:
        raise FetchRefused("Give a URL with a host that is a valid name.") from None


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _is_below(host: str, allowed: str) -> bool:
    allowed = allowed.lower().removesuffix(".")
    return host.endswith(allowed) if allowed.startswith(".") else host == allowed
