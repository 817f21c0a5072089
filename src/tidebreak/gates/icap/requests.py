"""What a client of ICAP asks: a head, the HTTP heads that it encapsulates, and what body follows.

RFC 3507, sections 4.3 and 4.4. A request that departs from it is `Malformed`: where the parts of a
message begin must be no matter of opinion.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field

from tidebreak.gates.icap.chunks import Malformed, line

_FIRST = re.compile(r"([A-Z]{1,16}) (icap://[^ ]{1,2000}) ICAP/1\.[0-9]")
_FIELD = re.compile(r"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([^\n\r]*?)[ \t]*")
_START = re.compile(
    r"HTTP/[0-9](\.[0-9])? [0-9]{3}( [^\n\r]*)?|[^\s]+ [^\n\r]+ HTTP/[0-9](\.[0-9])?"
)
_PLACE = re.compile(r"(req-hdr|res-hdr|req-body|res-body|opt-body|null-body)=([0-9]{1,6})")
_MOST_FIELDS = 100
_MOST_HEADS = 1 << 17
_ORDERS = {
    "OPTIONS": re.compile(r"(opt-body|null-body)?"),
    "REQMOD": re.compile(r"(req-hdr )?(req-body|null-body)"),
    "RESPMOD": re.compile(r"(req-hdr )?(res-hdr )?(res-body|null-body)"),
}


@dataclass(frozen=True, slots=True)
class Request:
    """One request up to its body; ``heads`` are the HTTP heads as they came, by their names.

    ``body`` is what follows: ``req-body``, ``res-body``, ``opt-body``, or empty for nothing.
    """

    method: str
    path: str
    fields: dict[str, str] = field(default_factory=dict[str, str])
    heads: dict[str, bytes] = field(default_factory=dict[str, bytes])
    body: str = ""

    @property
    def allows_204(self) -> bool:
        """Whether the client takes "unchanged" for an answer at any time."""
        return "204" in [each.strip() for each in self.fields.get("allow", "").split(",")]

    @property
    def preview(self) -> bool:
        """Whether the body begins with a preview."""
        return bool(self.body) and "preview" in self.fields

    @property
    def closes(self) -> bool:
        """Whether the client wants the connection to end after this."""
        return "close" in self.fields.get("connection", "").lower()


async def read_request(reader: asyncio.StreamReader, idle: float) -> Request | None:
    """Return the next request, None at the end; raises as `Chunked.parts` does."""
    try:
        first = await line(reader, idle)
    except (EOFError, TimeoutError):
        return None
    match = _FIRST.fullmatch(first.decode("latin-1"))
    if match is None:
        raise Malformed("the first line is none of ICAP")
    fields = await _fields(reader, idle)
    places = _places(match[1], fields.get("encapsulated", ""))
    size = places[-1][1] if places else 0
    async with asyncio.timeout(idle):
        block = await reader.readexactly(size)
    starts = [start for _, start in places]
    heads = {name: block[start:end] for (name, start), end in zip(places, starts[1:], strict=False)}
    body = places[-1][0] if places else ""
    path = match[2].removeprefix("icap://").partition("/")[2].partition("?")[0]
    return Request(match[1], path, fields, heads, "" if body == "null-body" else body)


async def _fields(reader: asyncio.StreamReader, idle: float) -> dict[str, str]:
    found: dict[str, str] = {}
    for _ in range(_MOST_FIELDS):
        text = (await line(reader, idle)).decode("latin-1")
        if not text:
            return found
        match = _FIELD.fullmatch(text)
        if match is None:
            raise Malformed("a header field cannot be read")
        name = match[1].lower()
        if name in found and name in ("encapsulated", "preview"):
            raise Malformed(f"there are two fields {name}")
        found[name] = f"{found[name]}, {match[2]}" if name in found else match[2]
    raise Malformed("there are too many header fields")


def _places(method: str, text: str) -> list[tuple[str, int]]:
    """Return what is encapsulated, in order, with where each begins."""
    order = _ORDERS.get(method)
    if order is None:
        return []
    places: list[tuple[str, int]] = []
    for part in text.split(",") if text.strip() else []:
        match = _PLACE.fullmatch(part.strip())
        if match is None:
            raise Malformed("what is encapsulated cannot be read")
        places.append((match[1], int(match[2])))
    starts = [start for _, start in places]
    if (
        order.fullmatch(" ".join(name for name, _ in places)) is None
        or starts != sorted(set(starts))
        or any(starts[:1])
        or any(start > _MOST_HEADS for start in starts)
    ):
        raise Malformed("what is encapsulated is not as the method wants it")
    return places


def http_fields(head: bytes) -> list[tuple[str, str]]:
    """Return the header fields of an HTTP head; raises `Malformed` for what cannot be read.

    Lines end as RFC 9112 says and the last one is empty: what others would read as fields, too,
    must not be passed over.
    """
    lines = head.decode("latin-1").split("\r\n")
    if _START.fullmatch(lines[0]) is None or lines[-2:] != ["", ""]:
        raise Malformed("a head is cut off, or is none of HTTP")
    found: list[tuple[str, str]] = []
    for text in lines[1:-2]:
        match = _FIELD.fullmatch(text)
        if match is None:
            raise Malformed("a header field cannot be read")
        found.append((match[1], match[2]))
    return found


def http_query(head: bytes) -> str:
    """Return the query of the address in the head of an HTTP request, "" where there is none."""
    address = head.partition(b"\r\n")[0].decode("latin-1").rpartition(" ")[0]
    return address.partition("?")[2].partition("#")[0]
