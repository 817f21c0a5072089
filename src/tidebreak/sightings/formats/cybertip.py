"""CyberTips as police receive them in JSON, and file details of the reporting API in XML.

One row is one reported file. The provider received it and hashed it; where the file carries its
own capture of an *upload*, that is data received from that one source (grade A). A capture of a
login, or one that belongs to the account and not to the file, only says who else may be meant
(grade C). No official schema of the JSON is published: missing levels are taken as they come.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, BinaryIO

from tidebreak.errors import UsageError
from tidebreak.sightings.formats import Format, Table, register
from tidebreak.sightings.formats.jsonl import text_of
from tidebreak.sightings.intake.mapping import ContentColumn, Mapping
from tidebreak.sightings.intake.tabulate import Record, Refused, tabulate
from tidebreak.sightings.intake.xml_elements import elements, texts
from tidebreak.sightings.records import Event, Grade, Network
from tidebreak.signals import find_signal_type

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_HASHES = {32: "md5", 40: "sha1", 64: "sha256"}
"""Types of hashes by the length of their hexadecimal, where nothing else tells."""
_NAMES = ("time", "address", "port", "client", "event", "grade", *_HASHES.values())
_LONGEST = 1 << 26


def read(file: BinaryIO, mapping: Mapping) -> Iterator[Table]:
    """Yield the reported files with the captures that go with them; raises `UsageError`."""
    head = file.peek(64) if hasattr(file, "peek") else b""  # pyright: ignore[reportAttributeAccessIssue]
    if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<":
        return tabulate(_xml(file), _NAMES)
    return tabulate(_json(file), _NAMES)


def _xml(file: BinaryIO) -> Iterator[Record | Refused]:
    for details in elements(file, "fileDetails"):
        captures = [_xml_capture(item) for item in details.iter() if _is(item, "ipCaptureEvent")]
        uploaded = next(texts(details, "uploadedToEspTimestamp"), "")
        yield from _file(_xml_hashes(details), captures, uploaded, "", own=True)


def _is(element: Element, name: str) -> bool:
    return str(element.tag).rpartition("}")[2] == name


def _xml_capture(event: Element) -> dict[str, str]:
    names = {"ipAddress": "value", "eventName": "eventName", "dateTime": "dateTime", "port": "port"}
    return {key: next(texts(event, name), "") for name, key in names.items()}


def _xml_hashes(details: Element) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for item in details.iter():
        kind = find_signal_type(item.get("hashType", ""))
        if _is(item, "originalFileHash") and kind and kind.name in _HASHES.values():
            found[kind.name] = (item.text or "").strip().encode()
    return found


def _json(file: BinaryIO) -> Iterator[Record | Refused]:
    content = file.read(_LONGEST + 1)
    try:
        found: Any = json.loads(content) if len(content) <= _LONGEST else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict | list):
        raise UsageError("The CyberTip is not whole JSON; obtain the file again.")
    for report in found if isinstance(found, list) else [found]:
        yield from _report(_at(report, "reportedInformation"))


def _report(report: Any) -> Iterator[Record | Refused]:
    people = _list(report, "reportedPeople", "reportedPersons")
    account = ""
    if len(people) == 1:
        provider = text_of(_at(report, "reportingEsp", "espName")).decode()
        name = text_of(_at(people[0], "screenName", "value")).decode()
        account = f"{provider} {name}".strip() if name else ""
    theirs = [capture for person in people for capture in _captures(person)]
    when = text_of(_at(report, "incidentSummary", "incidentDateTime")).decode()
    for file in _list(report, "uploadedFiles", "uploadedFiles"):
        hash = text_of(_at(file, "verificationHash")).strip()
        named = {_HASHES[len(hash)]: hash} if len(hash) in _HASHES else {}
        own = _captures(file)
        yield from _file(named, own or theirs, when, account, own=bool(own))


def _file(
    hashes: dict[str, bytes], captures: Iterable[dict[str, str]], when: str, account: str,
    *, own: bool,
) -> Iterator[Record | Refused]:  # fmt: skip
    """Yield one sighting for each capture; without any, the file was seen, by nobody known."""
    if not hashes:
        yield Refused("a file without a hash")
        return
    for number, capture in enumerate(captures or [{"dateTime": when}]):
        uploaded = own and capture.get("eventName", "").lower() == "upload"
        values = {
            "time": (capture.get("dateTime") or when).encode(),
            "address": capture.get("value", "").encode(),
            "port": capture.get("port", "").encode(),
            "client": account.encode(),
            "event": b"received" if uploaded else b"reported",
            "grade": b"A" if uploaded else b"C",
        }
        yield Record(values | hashes, further=number > 0)


def _captures(item: Any) -> list[dict[str, str]]:
    """Return the captures of IP addresses of a file or a person."""
    found = _list(item, "sourceInformation", "sourceCaptures")
    return [
        {key: text_of(value).decode() for key, value in capture.items()}
        for capture in found
        if isinstance(capture, dict) and capture.get("captureType") == "IP Address"
    ]


def _at(item: Any, *names: str) -> Any:
    for name in names:
        item = item.get(name) if isinstance(item, dict) else None
    return item


def _list(item: Any, *names: str) -> list[Any]:
    found = _at(item, *names)
    return found if isinstance(found, list) else []


FORMAT = register(
    Format(
        name="cybertip",
        title="CyberTip files",
        network=Network.WEB,
        ceiling=Grade.A,
        grade=Grade.C,
        why="the provider received the file from the address of its upload, and hashed it",
        read=read,
        mapping=Mapping(
            time="time",
            contents=tuple(ContentColumn(name, name) for name in _HASHES.values()),
            address="address",
            port="port",
            client="client",
            event="event",
            grade="grade",
            constant_event=Event.REPORTED,
            constant_network=Network.WEB,
        ),
    )
)
