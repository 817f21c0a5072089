"""What an announce to a tracker says (BEP 3, BEP 15), and what it proves.

The peer that announces tells the tracker itself, by its infohash, which content it takes part
in: that is a claim by the peer (grade B) where the connection shows who it was, as TCP does. An
announce may name *another* address for the peer (``ip``): for that one it is what a third party
says (grade C), since anybody can be named; so it becomes a second sighting of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from tidebreak.sightings.mapping import ClientForm, ContentColumn, Mapping
from tidebreak.sightings.records import Network
from tidebreak.sightings.tabulate import Record

COLUMNS = ("time", "content", "address", "port", "client", "event", "grade")

MAPPING = Mapping(
    time="time",
    contents=(ContentColumn("content", "btih"),),
    address="address",
    port="port",
    client="client",
    client_form=ClientForm.HEX,
    event="event",
    grade="grade",
    constant_network=Network.BITTORRENT,
)
"""How announces are read. The 20 bytes of an announce may be a version 2 infohash cut short:
both stand in one space (`tidebreak.signals`)."""


def records(
    time: bytes, infohash: bytes, peer: bytes, remote: bytes, port: bytes,
    event: bytes, left: bytes, stated: bytes, grade: bytes,
) -> Iterator[Record]:  # fmt: skip
    """Yield the sightings of one announce: from ``remote`` at ``grade``, and from ``stated`` at C.

    ``infohash`` and ``peer`` are hexadecimal; ``event`` and ``left`` as announced.
    """
    values = {
        "time": time,
        "content": infohash,
        "address": remote,
        "port": port,
        "client": peer,
        "event": _event(event, left),
        "grade": grade,
    }
    yield Record(values)
    if stated and stated != remote:
        yield Record({**values, "address": stated, "grade": b"C"}, further=True)


def _event(event: bytes, left: bytes) -> bytes:
    if event == b"stopped":
        return b"stopped"
    return b"offered" if left == b"0" or event == b"completed" else b"announced"
