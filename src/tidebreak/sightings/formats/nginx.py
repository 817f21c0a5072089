r"""Access logs of nginx in front of an HTTP tracker (BEP 3), in its format ``combined``.

Info hashes are decoded from the request line as it was sent; nginx writes what is not printable
in it as ``\xHH``. Scrapes and all other requests say nothing of a peer and are counted apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO
from urllib.parse import unquote_to_bytes

from tidebreak.sightings import announces
from tidebreak.sightings.formats import Format, Table, register
from tidebreak.sightings.mapping import Mapping
from tidebreak.sightings.records import Grade, Network
from tidebreak.sightings.tabulate import Record, Refused, tabulate

_LINE = re.compile(
    rb'(?P<remote>[^ ]+) - .*?\[(?P<time>[^\]]{19,32})\] "[A-Z]+ (?P<path>[^ ?"]*)'
    rb'(?:\?(?P<query>[^ "]*))? HTTP/[0-9.]+" [0-9]{3} '
)
_ESCAPE = re.compile(rb"\\x([0-9A-Fa-f]{2})")
_MONTHS = {
    name: b"%02d" % number
    for number, name in enumerate(b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)
}
_LONGEST = 1 << 16
"""Bytes of one line; nginx takes requests of 8 KiB unless told otherwise."""


def read(file: BinaryIO, mapping: Mapping) -> Iterator[Table]:
    """Yield the announces of an access log."""
    return tabulate(_records(file), announces.COLUMNS)


def _records(file: BinaryIO) -> Iterator[Record | Refused]:
    for line in _lines(file):
        match = _LINE.match(line)
        if match is None:
            yield Refused("a line that is not in nginx's format combined")
        elif b"announce" not in match["path"]:
            yield Refused("a request that is no announce")
        else:
            yield from _announce(match["remote"], match["time"], match["query"] or b"")


def _lines(file: BinaryIO) -> Iterator[bytes]:
    while line := file.readline(_LONGEST):
        whole = line.endswith(b"\n") or len(line) < _LONGEST
        yield line if whole else b""
        while not whole:
            piece = file.readline(_LONGEST)
            whole = piece.endswith(b"\n") or len(piece) < _LONGEST


def _announce(remote: bytes, time: bytes, query: bytes) -> Iterator[Record]:
    fields: dict[bytes, bytes] = {}
    for part in query.split(b"&"):
        name, _, value = part.partition(b"=")
        fields.setdefault(name, value)
    stated = unquote_to_bytes(fields.get(b"ip", b""))
    return announces.records(
        _iso(time),
        _raw(fields.get(b"info_hash", b"")),
        _raw(fields.get(b"peer_id", b"")),
        remote,
        fields.get(b"port", b""),
        fields.get(b"event", b""),
        fields.get(b"left", b""),
        stated,
        b"B",
    )


def _raw(value: bytes) -> bytes:
    """Return a value in hexadecimal: first nginx's escapes are taken back, then the client's."""
    if b"\\x" in value:
        value = _ESCAPE.sub(lambda match: bytes([int(match[1], 16)]), value)
    return unquote_to_bytes(value).hex().encode()


def _iso(time: bytes) -> bytes:
    """Return ``22/Nov/2026:23:15:00 +0000`` as ISO 8601; ``$time_iso8601`` is that already."""
    if time[2:3] != b"/":
        return time
    month = _MONTHS.get(time[3:6], b"00")
    return b"%s-%s-%sT%s%s" % (time[7:11], month, time[:2], time[12:20], time[21:])


FORMAT = register(
    Format(
        name="nginx",
        title="access log of nginx before an HTTP tracker",
        network=Network.BITTORRENT,
        ceiling=Grade.B,
        grade=Grade.B,
        why="an announce over TCP is the peer's own claim to the tracker; it shows no data",
        read=read,
        mapping=announces.MAPPING,
    )
)
