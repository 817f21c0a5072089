"""Peer rows in the shape of the P2P Trace Archive (TU Delft): delimited text with a header.

Columns that are read: ``time`` (seconds since 1970 UTC) and ``infohash``. The archive blinds
the last byte of every address, so 256 neighbours look like one: addresses are left out, since
nobody may be ranked by them. What remains tells which contents were about, and when.
"""

from __future__ import annotations

from tidebreak.sightings.formats import Format, csv_rows, register
from tidebreak.sightings.intake.mapping import ContentColumn, Mapping
from tidebreak.sightings.records import Event, Grade, Network

FORMAT = register(
    Format(
        name="p2p-trace",
        title="peer rows of the P2P Trace Archive",
        network=Network.BITTORRENT,
        ceiling=Grade.C,
        grade=Grade.C,
        why="addresses are blinded, and peers are told by others",
        read=csv_rows.read,
        mapping=Mapping(
            time="time",
            time_format="epoch",
            contents=(ContentColumn("infohash", "btih"),),
            constant_event=Event.ANNOUNCED,
            constant_network=Network.BITTORRENT,
        ),
    )
)
