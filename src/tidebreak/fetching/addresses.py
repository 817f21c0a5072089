"""Which addresses are public: everything that IANA has set aside is not.

The tables follow the IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890 and what
followed) and refuse more than those: every address that embeds another one, and of IPv6 all that
is not global unicast. Python's own ``is_global`` must agree as well.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_REFUSED_4 = tuple(
    ipaddress.IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carriers' own; a cloud's metadata
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # a cloud's own services, though the address is public
        "169.254.0.0/16",  # link-local; most clouds' metadata
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments; a cloud's metadata
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # automatic multicast tunnels
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)

_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
"""Outside of it: loopback, mapped and embedded IPv4, NAT64, private, link- and site-local, …"""

_REFUSED_6 = tuple(
    ipaddress.IPv6Network(text)
    for text in (
        "2001::/23",  # protocol assignments: Teredo, benchmarks, ORCHID, …
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: embeds an IPv4 address
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
)


def is_public(text: str, refused: Sequence[Network] = ()) -> bool:
    """Whether ``text`` is an address in the public internet, and in none of ``refused``.

    Anything that is no plain address is not, nor is one with a zone (``fe80::1%eth0``).
    """
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    if "%" in text or not address.is_global or address.is_multicast:
        return False
    if any(address in network for network in refused if network.version == address.version):
        return False
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in _REFUSED_4)
    return address in _GLOBAL_UNICAST and not any(address in network for network in _REFUSED_6)
