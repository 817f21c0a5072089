"""Announces of UDP trackers (BEP 15), captured and turned into delimited text with a header.

Columns, as any dissector names the fields of the 98 bytes: ``time`` (seconds since 1970 UTC),
``src``, ``info_hash`` and ``peer_id`` (hexadecimal), ``left``, ``event`` (0 none, 1 completed,
2 started, 3 stopped), ``ip`` (0 or 0.0.0.0 for none), ``port``. The sender of a datagram can be
forged, and a row does not show that its connection id was answered: grade C.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

from tidebreak.errors import UsageError
from tidebreak.sightings import announces
from tidebreak.sightings.formats import Format, Table, register
from tidebreak.sightings.mapping import Mapping
from tidebreak.sightings.records import Grade, Network
from tidebreak.sightings.tabulate import Record, Refused, tabulate

_NEEDED = ("time", "src", "info_hash", "peer_id", "left", "event", "ip", "port")
_EVENTS = {"0": b"", "1": b"completed", "2": b"started", "3": b"stopped"}
_NO_ADDRESS = ("", "0", "0.0.0.0")


def read(file: BinaryIO, mapping: Mapping) -> Iterator[Table]:
    """Yield the announces of a capture; raises `UsageError` where columns are missing."""
    # Latin-1 takes any byte; whatever is not ASCII is refused by what reads the texts.
    rows = csv.DictReader(io.TextIOWrapper(file, "latin-1", newline=""), restkey="", restval="")
    if missing := sorted(set(_NEEDED) - set(rows.fieldnames or ())):
        raise UsageError(
            f"The capture has no column '{missing[0]}'; it needs {', '.join(_NEEDED)}."
        )
    return tabulate(_records(rows), announces.COLUMNS)


def _records(rows: csv.DictReader[str]) -> Iterator[Record | Refused]:
    for row in rows:
        if "" in row:
            yield Refused("more fields than columns")
        elif row["event"] not in _EVENTS:
            yield Refused("an event that is none of BEP 15")
        else:
            texts = [row[name].encode("latin-1") for name in _NEEDED[:5]]
            time, source, infohash, peer, left = texts
            stated = "" if row["ip"] in _NO_ADDRESS else row["ip"]
            yield from announces.records(
                time, infohash, peer, source, row["port"].encode("latin-1"),
                _EVENTS[row["event"]], left, stated.encode("latin-1"), b"C",
            )  # fmt: skip


FORMAT = register(
    Format(
        name="udp",
        title="captured BEP 15 announces as delimited text",
        network=Network.BITTORRENT,
        ceiling=Grade.C,
        grade=Grade.C,
        why="the sender of a datagram can be forged",
        read=read,
        mapping=replace(announces.MAPPING, time_format="epoch"),
    )
)
