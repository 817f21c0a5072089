"""What a client of ICAP is told: pass unchanged, with or without its own bytes again, or a refusal.

``204`` is only for who said that it takes it, or sent everything in its preview (RFC 3507,
section 4.6). Everybody else gets back what it sent. A refusal and a failure look the same to
whoever wanted to send or get the content: one page, with a reference and no reason.
"""

from __future__ import annotations

import html
import os
from collections.abc import Iterator
from dataclasses import dataclass

from tidebreak.gates.content_policy import Outcome
from tidebreak.gates.icap.requests import Request
from tidebreak.spool import Spool

_PIECE = 1 << 16
_PHRASES = {403: "Forbidden", 451: "Unavailable For Legal Reasons"}
_ICAP = {
    200: "OK", 204: "No Content", 400: "Bad Request", 404: "ICAP Service Not Found",
    405: "Method Not Allowed", 408: "Request Timeout", 500: "Server Error",
    503: "Service Overloaded",
}  # fmt: skip

_PAGE = """<!DOCTYPE html>
<html lang="en"><meta charset="utf-8"><title>Not available</title>
<p>This content cannot be sent or shown here.</p>
<p>Reference: {reference}</p>
</html>
"""


@dataclass(frozen=True, slots=True)
class Offered:
    """What the service says of itself; ``tag`` changes whenever answers may."""

    tag: str
    preview: int
    connections: int
    seconds: int
    status: int
    ignore: tuple[str, ...] = ()
    line: str = ""


def options(offered: Offered, methods: tuple[str, ...]) -> bytes:
    """Return the answer to OPTIONS (RFC 3507, section 4.10.2)."""
    fields = {
        "Methods": ", ".join(methods),
        "Service": "Tidebreak content gate",
        "Max-Connections": f"{offered.connections}",
        "Options-TTL": f"{offered.seconds}",
        "Allow": "204",
        "Preview": f"{offered.preview}",
        "Transfer-Preview": "*",
        "X-Tidebreak-Gate": offered.line,
        "Encapsulated": "null-body=0",
    }
    if offered.ignore:
        fields["Transfer-Ignore"] = ", ".join(offered.ignore)
    return _head(200, offered.tag, fields)


def bare(status: int, tag: str, *, close: bool = False) -> bytes:
    """Return an answer without anything in it."""
    fields = {"Connection": "close"} if close else {}
    return _head(status, tag, {**fields, "Encapsulated": "null-body=0"})


def unchanged(request: Request, content: Spool | None, tag: str) -> Iterator[bytes]:
    """Yield the request again: the head that may be changed, and the body."""
    name = "req" if request.method == "REQMOD" else "res"
    head = request.heads.get(f"{name}-hdr", b"")
    body = "null-body" if content is None else f"{name}-body"
    places = (f"{name}-hdr=0, " if head else "") + f"{body}={len(head)}"
    yield _head(200, tag, {"Encapsulated": places}) + head
    if content is not None:
        yield from _chunks(content)


def refusal(outcome: Outcome, reference: str, offered: Offered, *, close: bool) -> bytes:
    """Return the page that takes the content's place.

    Some clients look at nothing but ``X-Infection-Found``: without it, they would take a failure
    for a pass. Its type 2 is what could not be looked into (draft-stecher-icap-subid).
    """
    page = _PAGE.format(reference=html.escape(reference)).encode()
    head = (
        f"HTTP/1.1 {offered.status} {_PHRASES[offered.status]}\r\n"
        f"Content-Type: text/html; charset=utf-8\r\nContent-Length: {len(page)}\r\n"
        "Cache-Control: no-store\r\n\r\n"
    ).encode()
    refused = outcome is Outcome.REFUSE
    threat = "Tidebreak.Known" if refused else "Tidebreak.NotExamined"
    fields = {
        "X-Infection-Found": f"Type={0 if refused else 2}; Resolution=2; Threat={threat};",
        "X-Virus-ID": threat,
        **({"Connection": "close"} if close else {}),
        "Encapsulated": f"res-hdr=0, res-body={len(head)}",
    }
    return _head(200, offered.tag, fields) + head + _chunk(page) + _chunk(b"")


def _head(status: int, tag: str, fields: dict[str, str]) -> bytes:
    lines = [f"ICAP/1.0 {status} {_ICAP[status]}", f'ISTag: "{tag}"']
    lines += [f"{name}: {value}" for name, value in fields.items()]
    return "\r\n".join((*lines, "", "")).encode()


def _chunks(content: Spool) -> Iterator[bytes]:
    with os.fdopen(content.open(), "rb", buffering=0) as file:
        while part := file.read(_PIECE):
            yield _chunk(part)
    yield _chunk(b"")


def _chunk(part: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(part), part)
