"""Whoever asks through a proxy of ours: the address that the proxy says, not the proxy's own."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence

from starlette.types import Scope

_HEADER = b"x-forwarded-for"

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Proxies:
    """Proxies that are believed, by address or network (CIDR); raises `ValueError` for neither."""

    def __init__(self, known: Iterable[str] = ()) -> None:
        self._networks: Sequence[_Network] = [ipaddress.ip_network(one) for one in known]

    def tell(self, scope: Scope) -> None:
        """Set who asks in ``scope``: the last hop that is no proxy of ours.

        Whatever stands before that hop anybody may have written. What a proxy of ours says that
        is no address makes whoever asks unknown: a key bound to a network is not for them.
        """
        client = scope.get("client")
        if not self._networks or client is None or not self._ours(client[0]):
            return
        said = b",".join(value for name, value in scope["headers"] if name == _HEADER)
        for hop in reversed(said.decode("latin-1").split(",") if said else []):
            address = _address(hop)
            scope["client"] = (address, 0) if address else None
            if not address or not self._ours(address):
                return

    def _ours(self, address: str) -> bool:
        try:
            found = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(found in network for network in self._networks)


def _address(hop: str) -> str:
    """Return the address of a hop, which may have a port and brackets; "" for none."""
    text = hop.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return ""
    mapped = getattr(found, "ipv4_mapped", None)
    return str(mapped or found)
