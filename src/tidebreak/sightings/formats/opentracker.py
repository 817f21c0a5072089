"""What opentracker tells syslog of finished downloads, where it was built with ``WANT_SYSLOGS``.

The line is ``time=… event=completed info_hash=… peer_id=… ip=…`` (opentracker, ``ot_stats.c``)
behind whatever syslog puts before it. It does not say whether the announce came over TCP or UDP,
nor whether the address is the sender's or one that the announce named: so nothing better than
grade C is proved.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from tidebreak.sightings.formats import Format, Table, register
from tidebreak.sightings.intake import announces
from tidebreak.sightings.intake.mapping import Mapping
from tidebreak.sightings.intake.tabulate import Record, Refused, tabulate
from tidebreak.sightings.records import Grade, Network

_LINE = re.compile(
    rb"time=(?P<time>[^ ]+) event=(?P<event>[a-z]+) info_hash=(?P<content>[0-9A-Fa-f]*)"
    rb" peer_id=(?P<client>[0-9A-Fa-f]*) ip=(?P<address>[0-9A-Fa-f.:]*)\s*$"
)
_LONGEST = 4096


def read(file: BinaryIO, mapping: Mapping) -> Iterator[Table]:
    """Yield the finished downloads that a syslog file tells of."""
    return tabulate(_records(file), announces.COLUMNS)


def _records(file: BinaryIO) -> Iterator[Record | Refused]:
    while line := file.readline(_LONGEST):
        rest = line
        while rest and not rest.endswith(b"\n"):  # one line is one row, however long it is
            rest = file.readline(_LONGEST)
        match = _LINE.search(line)
        if match is None:
            yield Refused("a line that tells of no finished download")
        elif match["event"] != b"completed":
            yield Refused("an event that is not known")
        else:
            yield Record({**match.groupdict(), "event": b"offered"})


FORMAT = register(
    Format(
        name="opentracker",
        title="syslog lines of opentracker",
        network=Network.BITTORRENT,
        ceiling=Grade.C,
        grade=Grade.C,
        why="a line does not say how the address came to be known",
        read=read,
        mapping=announces.MAPPING,
    )
)
