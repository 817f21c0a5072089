"""How many addresses with known contents are where: totals by country and network.

The databases are MMDB files that the user supplies and answers for; nothing is looked up
elsewhere. A country is where a provider registered an address, not where anybody is.
"""

from __future__ import annotations

import ipaddress
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tidebreak.errors import CannotRead, TidebreakError
from tidebreak.sightings.gather import Held
from tidebreak.sightings.pairs import Evidence
from tidebreak.sightings.records import Range
from tidebreak.sightings.store import Sightings

UNKNOWN = "unknown"

_HOSTING = ("is_hosting_provider", "is_anonymous_vpn", "is_public_proxy", "is_tor_exit_node")

_MAPPED = 0xFFFF << 32
"""What IPv6 addresses begin with that stand for IPv4 addresses (RFC 4291, 2.5.5.2)."""


def by_place(sightings: Sightings, addresses: Held, mmdb: Sequence[Path]) -> dict[str, Range]:
    """Return how many addresses there are in every country and network, by name.

    The low end counts addresses with sure sightings of known contents, the high end all with any
    of grade A or B. Raises `CannotRead` for a file that is no MMDB.
    """
    if not mmdb:
        return {}
    sure = addresses.holdings.count(Evidence.LOW) > 0
    packed = sightings.packed_addresses(addresses.holdings.keys)
    order = np.lexsort(tuple(packed[:, place] for place in range(15, -1, -1)))
    packed, sure = packed[order], sure[order]
    totals: dict[str, Range] = {}
    for path in mmdb:
        low, high = Counter[str](), Counter[str]()
        for names, begin, end in _networks(path, packed):
            for name in names:
                low[name] += int(sure[begin:end].sum())
                high[name] += end - begin
        totals |= {name: Range(low[name], count) for name, count in high.most_common()}
    return totals


def _networks(path: Path, packed: NDArray[np.uint8]) -> Iterator[tuple[tuple[str, ...], int, int]]:
    """Yield what the database says of each of its networks that has some of the addresses.

    With where these begin and end among ``packed`` (n, 16), which are in order.
    """
    numbers = [int.from_bytes(row.tobytes()) for row in packed]
    with _open(path) as reader:
        newest = reader.metadata().ip_version
        begin = 0
        while begin < len(numbers):
            address = _address(numbers[begin])
            record, end = None, begin + 1
            if address.version <= newest:
                record, prefix = reader.get_with_prefix_len(address)
                beyond = numbers[begin] | ((1 << (address.max_prefixlen - prefix)) - 1)
                end = bisect_right(numbers, beyond, begin)
            yield names_of(record), begin, end
            begin = end


def _address(number: int) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    if number >> 32 == _MAPPED >> 32:
        return ipaddress.IPv4Address(number & 0xFFFFFFFF)
    return ipaddress.IPv6Address(number)


def names_of(record: object) -> tuple[str, ...]:
    """Return under which names a record of a database counts: country, network, hosting."""
    found: Mapping[str, Any] = record if isinstance(record, dict) else {}
    names: list[str] = []
    country = found.get("country") or found.get("registered_country")
    code = country.get("iso_code") if isinstance(country, dict) else found.get("country_code")
    number = found.get("autonomous_system_number")
    if code or number is None:
        names.append(f"addresses in {code or UNKNOWN}")
    if number is not None:
        owner = found.get("autonomous_system_organization", "")
        names.append(f"addresses of AS{number} {owner}".rstrip())
    names += [f"addresses marked {key}" for key in _HOSTING if found.get(key)]
    return tuple(names)


def _open(path: Path) -> Any:
    try:
        import maxminddb
    except ImportError:
        raise TidebreakError(
            "Totals by country need maxminddb, which is not installed:"
            " pip install 'tidebreak[sightings]'"
        ) from None
    try:
        return maxminddb.open_database(str(path))
    except (OSError, maxminddb.InvalidDatabaseError):
        raise CannotRead(f"{path} cannot be read as an MMDB file; name another one.") from None
