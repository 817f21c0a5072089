"""``.torrent`` and Metalink files as stores: each names content that somebody had or wanted."""

from __future__ import annotations

import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE

from tidebreak import links
from tidebreak.links.stores.store import ClientStore, Held

_DICTIONARY = re.compile(rb"d\d{1,3}:")
_FIRST_KEYS = (
    b"d8:announce", b"d13:announce-list", b"d18:azureus_properties", b"d7:comment",
    b"d10:created by", b"d13:creation date", b"d8:encoding", b"d9:httpseeds", b"d4:infod",
)  # fmt: skip
"""With what the metainfo of a torrent begins: its keys are in order (BEP 3)."""

_MOST_BEFORE = 4096
"""Bytes of comment and declaration before the first element of a Metalink."""


def looks_like_torrent(head: bytes) -> bool:
    """Whether a file that begins with ``head`` (64 KiB, or all of it) is a torrent."""
    if not _DICTIONARY.match(head):
        return False
    if head.startswith(_FIRST_KEYS):
        return True
    # Programs that write resume data put the info of a torrent among other keys.
    return b"4:infod" in head or b"12:piece lengthi" in head


def looks_like_metalink(head: bytes) -> bool:
    """Whether a file that begins with ``head`` is a Metalink, version 3 or 4."""
    start = head[:_MOST_BEFORE]
    if start.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        start = start.replace(b"\0", b"")[2:]
    start = start.removeprefix(BOM_UTF8).lstrip()
    return start.startswith(b"<") and b"<metalink" in start


def read(data: bytes) -> ClientStore:
    """Return what a ``.torrent`` or Metalink file names; raises `BadLink` when it is neither."""
    return ClientStore("", items=(Held(links.read_file(data)),))
