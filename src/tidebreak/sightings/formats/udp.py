"""Announces of UDP trackers (BEP 15), captured and turned into delimited text with a header.

Columns, as any dissector names the fields of the 98 bytes: ``time`` (seconds since 1970 UTC),
``src``, ``info_hash`` and ``peer_id`` (hexadecimal), ``left``, ``event`` (0 none, 1 completed,
2 started, 3 stopped), ``ip`` (0 or 0.0.0.0 for none), ``port``. The sender of a datagram can be
forged, and a row does not show that its connection id was answered: grade C.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

import numpy as np

from tidebreak.sightings.formats import Format, Table, register
from tidebreak.sightings.intake import announces
from tidebreak.sightings.intake.delimited import header, split, whole_lines
from tidebreak.sightings.intake.mapping import Mapping, check_present
from tidebreak.sightings.records import Grade, Network
from tidebreak.sightings.text_kernels import match_words
from tidebreak.sightings.texts import Texts

_NEEDED = ["time", "src", "info_hash", "peer_id", "left", "event", "ip", "port"]
_NUMBERS = Texts.of([b"0", b"1", b"2", b"3"])
_EVENTS = Texts.of([b"", b"completed", b"started", b"stopped"])
_NO_ADDRESS = Texts.of([b"0", b"0.0.0.0"])


def read(file: BinaryIO, mapping: Mapping) -> Iterator[Table]:
    """Yield the announces of a capture; raises `UsageError` where columns are missing."""
    names = header(file, ",")
    check_present(_NEEDED, names)
    for block in whole_lines(file):
        columns, refused = split(block, ",", names, _NEEDED)
        events = match_words(columns["event"], _NUMBERS)
        rows = np.flatnonzero(events >= 0)
        if unknown := len(events) - len(rows):
            refused["an event that is none of BEP 15"] = unknown
        times, remotes, contents, clients, left, _, stated, ports = (
            columns[name].take(rows) for name in _NEEDED
        )
        said = match_words(stated, _NO_ADDRESS) < 0
        stated = Texts(stated.data, stated.begins, np.where(said, stated.ends, stated.begins))
        found = announces.Announces(
            times, contents, clients, remotes, stated, ports, _EVENTS.take(events[rows]), left
        )
        yield announces.table(found, b"C", refused)


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
