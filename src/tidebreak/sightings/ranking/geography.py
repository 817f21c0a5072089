"""How many addresses with known contents are where: totals by country and network.

The databases are MMDB files that the user supplies and answers for; nothing is looked up
elsewhere. A country is where a provider registered an address, not where anybody is.
"""

from __future__ import annotations

import ipaddress
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tidebreak.errors import CannotRead, TidebreakError
from tidebreak.sightings.kept_logs.store import Sightings
from tidebreak.sightings.ranking.details import Facts
from tidebreak.sightings.ranking.gather import Held
from tidebreak.sightings.ranking.pair_kernels import Words, number
from tidebreak.sightings.ranking.pairs import Evidence
from tidebreak.sightings.records import Actor, Range

UNKNOWN = "unknown"

_HOSTING = ("is_hosting_provider", "is_anonymous_vpn", "is_public_proxy", "is_tor_exit_node")

_HOSTED = "{} of its addresses are marked as hosted or anonymous by the database supplied"

_MAPPED = 0xFFFF << 32
"""What IPv6 addresses begin with that stand for IPv4 addresses (RFC 4291, 2.5.5.2)."""


def by_place(sightings: Sightings, addresses: Held, mmdb: Sequence[Path]) -> dict[str, Range]:
    """Return how many addresses there are in every country and network, by name.

    The low end counts addresses with sure sightings of known contents, the high end all with any
    of grade A or B. Raises `CannotRead` for a file that is no MMDB.
    """
    sure = addresses.holdings.count(Evidence.LOW) > 0
    totals: dict[str, Range] = {}
    for path in mmdb:
        low, high = Counter[str](), Counter[str]()
        for record, some in _records(path, sightings, addresses.holdings.keys):
            for name in names_of(record):
                low[name] += int(sure[some].sum())
                high[name] += len(some)
        totals |= {name: Range(low[name], count) for name, count in high.most_common()}
    return totals


def with_hosting(
    actors: tuple[Actor, ...], facts: Facts, sightings: Sightings, mmdb: Sequence[Path]
) -> tuple[Actor, ...]:
    """Return ``actors`` with a flag where a database marks addresses as hosted or anonymous."""
    _, codes = number(facts.seen.address[facts.seen.address > 0].astype(np.uint64))
    marked = np.zeros(int(codes.max(initial=0)) + 1, np.bool_)
    for path in mmdb:
        for record, some in _records(path, sightings, codes):
            if any(_found(record).get(key) for key in _HOSTING):
                marked[codes[some]] = True
    hit = marked[facts.seen.address] if marked.any() else np.zeros(len(facts.actor), np.bool_)
    pairs = np.unique(facts.actor[hit] << 32 | facts.seen.address[hit].astype(np.int64))
    counts = np.bincount(pairs >> 32, minlength=len(actors))
    return tuple(
        replace(actor, flags=(*actor.flags, _HOSTED.format(count))) if count else actor
        for actor, count in zip(actors, counts.tolist(), strict=True)
    )


def _records(
    path: Path, sightings: Sightings, codes: Words
) -> Iterator[tuple[object, NDArray[np.int64]]]:
    """Yield what the database says of each of its networks that has some of the addresses.

    With the places of these in ``codes`` (n,).
    """
    packed = sightings.packed_addresses(codes.astype(np.int64))
    order = np.lexsort(tuple(packed[:, place] for place in range(15, -1, -1)))
    numbers = [int.from_bytes(row.tobytes()) for row in packed[order]]
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
            yield record, order[begin:end]
            begin = end


def _address(number: int) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    if number >> 32 == _MAPPED >> 32:
        return ipaddress.IPv4Address(number & 0xFFFFFFFF)
    return ipaddress.IPv6Address(number)


def names_of(record: object) -> tuple[str, ...]:
    """Return under which names a record of a database counts: country, network, hosting."""
    found = _found(record)
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


def _found(record: object) -> Mapping[str, Any]:
    return record if isinstance(record, dict) else {}


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
