"""Mail with links and torrents in it: one message, or a mailbox of them (RFC 5322, RFC 4155)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage

MOST_PARTS = 1000
"""Parts that are read of one message."""

_MAILBOX = re.compile(rb"(?:\A|\n)From [^\n]*\n(?=[A-Za-z-]+:)")
_HEADER = re.compile(
    rb"\A(?:From [^\n]*\n)?(?:(?:Return-Path|Received|Delivered-To|From|To|Subject|Date|Message-ID"
    rb"|MIME-Version|X-[A-Za-z-]+):[^\n]*\r?\n)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a message: ``text`` to look for links in, or an attachment's ``data``.

    ``reason`` says why nothing can be read of it, empty when something can.
    """

    place: str
    text: str = ""
    data: bytes = b""
    reason: str = ""


def is_mail(data: bytes) -> bool:
    """Whether ``data`` begins as a message or a mailbox does."""
    return _HEADER.match(data[:4096]) is not None


def pieces(data: bytes) -> Iterator[Piece]:
    """Yield the parts of every message in ``data``, in order."""
    found = list(_MAILBOX.finditer(data))
    starts = [each.end() for each in found] or [0]
    ends = [*(each.start() for each in found[1:]), len(data)]
    for number, (start, end) in enumerate(zip(starts, ends, strict=True), 1):
        yield from _of_message(data[start:end], f"message {number}")


def _of_message(data: bytes, place: str) -> Iterator[Piece]:
    message = message_from_bytes(data, policy=policy.default)
    for number, part in enumerate(message.walk(), 1):
        if number > MOST_PARTS:
            yield Piece(place, reason=f"more than {MOST_PARTS} parts; the rest was not read")
            return
        if not part.is_multipart():
            yield _piece(part, f"{place}, part {number}")


def _piece(part: EmailMessage, place: str) -> Piece:
    try:
        content = part.get_payload(decode=True)
    except (ValueError, LookupError, AssertionError) as error:
        return Piece(place, reason=f"the part cannot be decoded ({type(error).__name__})")
    if not isinstance(content, bytes):
        return Piece(place, reason="the part holds no bytes")
    if part.get_content_maintype() != "text":
        return Piece(place, data=content)
    return Piece(place, text=content.decode(_charset(part), "replace"))


def _charset(part: EmailMessage) -> str:
    name = part.get_content_charset("utf-8")
    try:
        return "".encode(name).decode() or name
    except LookupError:
        return "utf-8"
