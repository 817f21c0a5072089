"""Mail with links and torrents in it: one message, or a mailbox of them (RFC 5322, RFC 4155)."""

from __future__ import annotations

import contextlib
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage

MOST_PARTS = 1000
"""Parts that are read of one message."""

_MAILBOX = re.compile(rb"(?:\A|\n\r?\n)From [^\n]*\n(?=[!-9;-~]+:[ \t])")
_HEADER = re.compile(
    rb"\A(?:From [^\n]*\n)?(?:ARC-[A-Za-z-]+|Authentication-Results|Content-[A-Za-z-]+|Date"
    rb"|Delivered-To|DKIM-Signature|From|In-Reply-To|List-[A-Za-z-]+|Message-ID|MIME-Version"
    rb"|Received(?:-SPF)?|References|Reply-To|Return-Path|Sender|Subject|Thread-[A-Za-z]+|To"
    rb"|User-Agent|X-[A-Za-z-]+):[^\n]*\r?\n",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a message: its ``data``, and the same as ``text`` to look for links in.

    Headers have no data. ``attached``: it is a file and no text of the message, called ``name``.
    ``reason`` says why not all can be read of it, empty when all can.
    """

    place: str
    text: str = ""
    data: bytes = b""
    reason: str = ""
    name: str = ""
    attached: bool = False


def is_mail(data: bytes) -> bool:
    """Whether ``data`` begins as a message or a mailbox does."""
    return _HEADER.match(data[:4096]) is not None


def pieces(data: bytes) -> Iterator[Piece]:
    """Yield the parts of every message in ``data``, in order."""
    found = list(_MAILBOX.finditer(data)) if data.startswith(b"From ") else []
    starts = [each.end() for each in found] or [0]
    ends = [*(each.start() for each in found[1:]), len(data)]
    for number, (start, end) in enumerate(zip(starts, ends, strict=True), 1):
        place = f"message {number}"
        try:
            yield from _of_message(data[start:end], place)
        except RecursionError:
            yield Piece(place, reason="its parts are nested too deep; the rest was not read")


def _of_message(data: bytes, place: str) -> Iterator[Piece]:
    message = message_from_bytes(data, policy=policy.default)
    for number, part in enumerate(message.walk(), 1):
        if number > MOST_PARTS:
            yield Piece(place, reason=f"more than {MOST_PARTS} parts; the rest was not read")
            return
        yield Piece(f"{place}, part {number}", "\n".join(map(_header, part.raw_items())))
        if not part.is_multipart():
            yield _piece(part, f"{place}, part {number}")


def _header(item: tuple[str, str]) -> str:
    """Return a header in one line; a body that lost its blank line stands among them, too."""
    name, value = item[0], re.sub(r"\r?\n", "", str(item[1]))
    with contextlib.suppress(ValueError, LookupError):
        value = str(make_header(decode_header(value)))
    return f"{name}:{value.lstrip()}"


def _piece(part: EmailMessage, place: str) -> Piece:
    try:
        content = part.get_payload(decode=True)
        name = part.get_filename("")
    except (ValueError, LookupError, AssertionError) as error:
        return Piece(place, reason=f"the part cannot be decoded ({type(error).__name__})")
    if not isinstance(content, bytes):
        return Piece(place, reason="the part holds no bytes")
    damaged = any("Base64" in type(defect).__name__ for defect in part.defects)
    reason = "its base64 is damaged: it was read as far as it could be" if damaged else ""
    attached = part.get_content_maintype() != "text"
    return Piece(place, _text(part, content), content, reason, name, attached)


def _text(part: EmailMessage, content: bytes) -> str:
    text = content.decode(_charset(part), "replace")
    return html.unescape(text) if part.get_content_subtype() == "html" else text


def _charset(part: EmailMessage) -> str:
    name = part.get_content_charset("utf-8")
    try:
        return "".encode(name).decode() or name
    except LookupError:
        return "utf-8"
