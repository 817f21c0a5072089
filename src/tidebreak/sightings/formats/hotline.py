"""Reports of a hotline: what somebody saw and where, as JSON (an array, or lines) or CSV.

Each has ``received`` (a time), ``locator`` (a link, an infohash, a hash: any that
`tidebreak.links` reads; in JSON also several) and, where they are known, ``address``, ``port``
and ``network``. A report is what a third party says: grade C, whatever it says.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

from tidebreak.errors import UsageError
from tidebreak.sightings.formats import Format, Table, register
from tidebreak.sightings.formats.jsonl import text_of
from tidebreak.sightings.intake.mapping import LINK, ContentColumn, Mapping
from tidebreak.sightings.intake.tabulate import Record, Refused, tabulate
from tidebreak.sightings.records import Event, Grade, Network

_NAMES = ("received", "locator", "address", "port", "network")
_LONGEST = 1 << 26
"""Bytes of a JSON file, which is read at once."""


def read(file: BinaryIO, mapping: Mapping) -> Iterator[Table]:
    """Yield the reports, one row for each locator; raises `UsageError`."""
    content = file.read(_LONGEST + 1)
    if len(content) > _LONGEST:
        raise UsageError("This file of reports is too large; split it.")
    rows = _json(content) if content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in b"[{" else _csv(content)
    return tabulate(_records(rows), _NAMES)


def _json(content: bytes) -> list[Any]:
    text = content.decode("utf-8-sig", "replace").strip()
    try:
        if text.startswith("["):
            return json.loads(text)
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    except (ValueError, RecursionError):
        raise UsageError("The reports are not whole JSON; obtain the file again.") from None


def _csv(content: bytes) -> Iterable[Any]:
    rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig", "replace"), newline=""))
    if not {"received", "locator"} <= set(rows.fieldnames or ()):
        raise UsageError("The reports need the columns 'received' and 'locator'.")
    return rows


def _records(rows: Iterable[Any]) -> Iterator[Record | Refused]:
    for row in rows:
        if not isinstance(row, dict):
            yield Refused("a report that is not a JSON object")
            continue
        given: Any = row.get("locator")
        locators: list[Any] = given if isinstance(given, list) and given else [given]
        values = {name: text_of(row.get(name)) for name in _NAMES}
        for number, locator in enumerate(locators):
            yield Record({**values, "locator": text_of(locator)}, further=number > 0)


FORMAT = register(
    Format(
        name="hotline",
        title="reports of a hotline",
        network=Network.OTHER,
        ceiling=Grade.C,
        grade=Grade.C,
        why="a report is what a third party says",
        read=read,
        mapping=Mapping(
            time="received",
            contents=(ContentColumn("locator", LINK),),
            address="address",
            port="port",
            network="network",
            constant_event=Event.REPORTED,
        ),
    )
)
