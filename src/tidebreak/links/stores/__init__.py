"""Client stores: files in which peer-to-peer programs remember what they share and download.

Each format is one small module with two functions: ``looks(head)`` tells it by its first bytes,
``read(data)`` returns what it says as a `ClientStore`, and raises `BadLink` for anything else.
Nothing is fetched, no address of a peer or tracker is kept (``docs/stores.md``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tidebreak.errors import BadLink
from tidebreak.links.stores import (
    gnutella_cache,
    gnutella_fileinfo,
    known2_met,
    known_met,
    libtorrent_resume,
    metainfo,
    part_met,
    preferences_dat,
    transmission,
)
from tidebreak.links.stores.store import (
    MOST_ITEMS,
    ClientStore,
    Held,
    Holding,
    with_torrent,
)

HEAD = 1 << 16
"""Bytes of the beginning that `recognise` wants; fewer will do when the file has fewer."""


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of file that names content.

    ``begins`` are the bytes of which one comes first. Where ``sure`` is not set, `read` may still
    find that a file is something else, which is then no defect of that file.
    """

    content: str
    title: str
    begins: bytes
    looks: Callable[[bytes], bool]
    read: Callable[[bytes], ClientStore]
    sure: bool = True


FORMATS = (
    Format("application/x-emule-known", "known.met of eMule or aMule", b"\x0e\x0f",
           known_met.looks, known_met.read),
    Format("application/x-emule-part", ".part.met of eMule or aMule", b"\xe0\xe1\xe2",
           part_met.looks, part_met.read),
    Format("application/x-emule-aich", "known2_64.met of eMule or aMule", b"\x02",
           known2_met.looks, known2_met.read, sure=False),
    Format("application/x-emule-preferences", "preferences.dat of eMule or aMule", b"\x14",
           preferences_dat.looks, preferences_dat.read),
    Format("application/x-libtorrent-resume", "resume data of libtorrent", b"d",
           libtorrent_resume.looks, libtorrent_resume.read),
    Format("application/x-transmission-resume", ".resume file of Transmission", b"d",
           transmission.looks, transmission.read),
    Format("application/x-bittorrent", "torrent", b"d",
           metainfo.looks_like_torrent, metainfo.read),
    Format("application/metalink4+xml", "Metalink", b"<\xef\xfe\xff \t\r\n",
           metainfo.looks_like_metalink, metainfo.read),
    Format("text/x-gtk-gnutella-sha1-cache", "sha1_cache of gtk-gnutella", b"#",
           gnutella_cache.looks, gnutella_cache.read),
    Format("text/x-gtk-gnutella-fileinfo", "fileinfo of gtk-gnutella", b"#",
           gnutella_fileinfo.looks, gnutella_fileinfo.read),
)  # fmt: skip

_BY_FIRST_BYTE = {
    byte: tuple(item for item in FORMATS if byte in item.begins)
    for item in FORMATS
    for byte in item.begins
}


def recognise(head: bytes) -> Format | None:
    """Return what the file that begins with ``head`` is (`HEAD` bytes, or all of it), or None."""
    for item in _BY_FIRST_BYTE.get(head[0], ()) if head else ():
        if item.looks(head):
            return item
    return None


def read(data: bytes, name: str = "") -> ClientStore:
    """Return what a client store says, whichever it is; raises `BadLink` when it is none.

    ``name`` is that of the file: Transmission keeps an infohash nowhere else.
    """
    found = recognise(data[:HEAD])
    if found is None:
        raise BadLink("This is no client store that is known here; docs/stores.md lists them.")
    return transmission.read(data, name) if found.read is transmission.read else found.read(data)


__all__ = [
    "FORMATS",
    "HEAD",
    "MOST_ITEMS",
    "ClientStore",
    "Format",
    "Held",
    "Holding",
    "read",
    "recognise",
    "with_torrent",
]
