"""What an announce or scrape names: infohashes in the address of an HTTP tracker (BEP 3, BEP 48).

Trackers read addresses in ways of their own. Whatever might be read as an infohash is therefore
asked about, and what might be one but cannot be read makes the address malformed; never is it
passed because it was read differently here.
"""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

from tidebreak.errors import BadLink

INFOHASH_SIZE = 20
"""Bytes of a version 1 infohash, and of a version 2 one as trackers see it, which is cut."""

MOST = 100
"""Infohashes of one address."""

_SEPARATORS = re.compile(rb"[?&;#]")
_NAME = b"info_hash"
_MENTION = re.compile(rb"info[_ +.\[]hash")


def infohashes(address: str) -> list[tuple[bytes, ...]]:
    """Return the infohashes that the address of a request names, each in all of its readings.

    ``address`` is path and query as they were sent; characters are bytes (ISO 8859-1). Raises
    `BadLink` when it has an infohash that cannot be read. An address without any names nothing.
    """
    raw = address.encode("latin-1", "replace")
    found: list[tuple[bytes, ...]] = []
    for field in _SEPARATORS.split(raw):
        name, equals, value = field.partition(b"=")
        if equals and unquote_to_bytes(name).lower() == _NAME:
            found.append(_readings(value))
    if len(found) > MOST:
        raise BadLink(f"The request names more than {MOST} infohashes; ask for fewer.")
    if len(found) < _mentions(raw):
        raise BadLink("The request has an infohash where none should be; send it as a parameter.")
    return found


def _readings(value: bytes) -> tuple[bytes, ...]:
    """Return ``value`` decoded; where it has a plus sign, also with a space for it."""
    found = {unquote_to_bytes(value): None, unquote_to_bytes(value.replace(b"+", b" ")): None}
    if any(len(each) != INFOHASH_SIZE for each in found):
        raise BadLink("The request's infohash does not have 20 bytes; send it percent-encoded.")
    return tuple(found)


def _mentions(raw: bytes) -> int:
    """Return how often an infohash is mentioned, also behind one more layer of encoding.

    PHP takes a space, a plus sign, a dot and a bracket in a name for an underscore.
    """
    text = unquote_to_bytes(unquote_to_bytes(raw)).lower()
    return len(_MENTION.findall(text))
