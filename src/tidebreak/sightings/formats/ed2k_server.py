"""Traces of an eDonkey server as XML, in the shape of edklog2xml 1.0.1.

That is ``<edk-traffic>`` of ``<opcode dir TS IP type port>``, each with one message
(Aidouni, Latapy, Magnien 2009, files *SourceSearch*). Read are files offered to the server,
searches for sources, and the sources that the server named; keyword searches name no file and
are counted apart. ``TS`` is in seconds since 1970 UTC.

Over TCP, an offer is the client's own claim (grade B). A search over UDP comes from an address
that can be forged, and a source that the server names is the word of a third party (grade C).
Clients with a low id have no address, and the number that stands for one means another client an
hour later: it is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO

from tidebreak.sightings.formats import Format, Table, register
from tidebreak.sightings.intake.mapping import ContentColumn, Mapping
from tidebreak.sightings.intake.tabulate import Record, Refused, tabulate
from tidebreak.sightings.intake.xml_elements import elements, local_name
from tidebreak.sightings.records import Grade, Network

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_OFFER, _FOUND = "OP_OFFERFILES", "OP_GLOBFOUNDSOURCES"
_SEARCHES = ("OP_GLOBGETSOURCES", "OP_GLOBGETSOURCES2", "OP_GETSOURCES")
_HASH = re.compile(r"[0-9A-Fa-f]{32}")
_NAMES = ("time", "content", "size", "address", "port", "event", "grade")


def read(file: BinaryIO, mapping: Mapping) -> Iterator[Table]:
    """Yield who offered or searched for which file."""
    return tabulate(_records(file), _NAMES)


def _records(file: BinaryIO) -> Iterator[Record | Refused]:
    for opcode in elements(file, "opcode"):
        message = next(iter(opcode), None)
        name = local_name(message) if message is not None else ""
        if message is None or name not in (_OFFER, _FOUND, *_SEARCHES):
            yield Refused("a message that names no file with a source")
            continue
        found = list(_message(opcode, message, name))
        for number, values in enumerate(found):
            yield Record(values, further=number > 0)
        if not found:
            yield Refused("a message without a file's hash")


def _message(opcode: Element, message: Element, name: str) -> Iterator[dict[str, bytes]]:
    time = {"time": _text(opcode, "TS")}
    if name == _FOUND:
        for content, inside in _files(message):
            for source in inside.iter():
                if source.get("IP"):
                    said = {"event": b"offered", "grade": b"C"}
                    yield time | content | _peer(source) | said
        return
    offers = name == _OFFER
    said = {"event": b"offered" if offers else b"requested", "grade": b"B" if offers else b"C"}
    for content, _ in _files(message):
        yield time | content | _peer(opcode) | said


def _files(message: Element) -> Iterator[tuple[dict[str, bytes], Element]]:
    """Yield each file that is named, and the element that holds what is said of it."""
    for element in message.iter():
        said = [*element.attrib.values(), element.text or ""]
        for hash in filter(_HASH.fullmatch, (text.strip() for text in said)):
            whole = element if element.get("size") or len(element) else message
            yield {"content": hash.encode(), "size": _text(whole, "size")}, whole


def _peer(element: Element) -> dict[str, bytes]:
    if element.get("type") == "low":
        return {}
    return {"address": _text(element, "IP"), "port": _text(element, "port")}


def _text(element: Element, name: str) -> bytes:
    return element.get(name, "").encode()


FORMAT = register(
    Format(
        name="ed2k-server",
        title="XML trace of an eDonkey server",
        network=Network.EDONKEY,
        ceiling=Grade.B,
        grade=Grade.C,
        why="an offer is the client's own claim to the server; it shows no data",
        read=read,
        mapping=Mapping(
            time="time",
            time_format="epoch",
            contents=(ContentColumn("content", "ed2k"),),
            size="size",
            address="address",
            port="port",
            event="event",
            grade="grade",
            constant_network=Network.EDONKEY,
        ),
    )
)
