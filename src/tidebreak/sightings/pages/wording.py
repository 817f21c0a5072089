"""Measures, networks, ranges and times in words: the same on every page, table and terminal."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tidebreak.showing import visible
from tidebreak.sightings.records import Actor, Network, Range

MEASURES = (
    ("Known contents that only this one was seen with", "sole", 0),
    ("Worth: sum of 1/holders over its known contents", "rarity", 1),
    ("Distinct known contents", "contents", 0),
    ("Days with known content", "days", 0),
    ("Addresses seen with it", "addresses", 0),
    ("Client ids seen with it", "clients", 0),
)
"""In words, by the name of the field, with the digits after the point."""

NETWORK_NAMES = {
    Network.OTHER: "other",
    Network.BITTORRENT: "BitTorrent",
    Network.EDONKEY: "eDonkey",
    Network.GNUTELLA: "Gnutella",
    Network.DIRECT_CONNECT: "Direct Connect",
    Network.IPFS: "IPFS",
    Network.WEB: "web",
}


def figure(found: Range, digits: int = 0) -> str:
    """Return a range in words: ``12 to 31``, or ``12`` where both ends are written the same."""
    low, high = f"{found.low:,.{digits}f}", f"{found.high:,.{digits}f}"
    return low if low == high else f"{low} to {high}"


def percent(share: Range) -> str:
    """Return a range of shares (0-1) in percent."""
    found = Range(100 * share.low, 100 * share.high)
    return f"{figure(found, 2 if found.high < 1 else 1)} %"


def network_names(actor: Actor) -> str:
    """Return the networks of an actor in words."""
    return ", ".join(NETWORK_NAMES[network] for network in actor.networks)


def moment(seconds: int) -> str:
    """Return a time in seconds since 1970 UTC as text, to the minute."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M}"


def day(seconds: int) -> str:
    """Return the day of a time in seconds since 1970 UTC as text, "–" for 0."""
    return moment(seconds)[:10] if seconds else "–"


def cell(value: Any) -> Any:
    """Return what stands for ``value`` in a table of CSV."""
    # A spreadsheet would run a cell that begins like a formula; client ids are not ours.
    if isinstance(value, str):
        text = visible(value)
        return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text
    return value
