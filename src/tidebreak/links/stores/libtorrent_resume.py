"""Resume data of libtorrent: one torrent of qBittorrent, Deluge or any other client built on it.

A bencoded dictionary (libtorrent, ``src/write_resume_data.cpp``); qBittorrent calls the file
``BT_backup/<infohash>.fastresume`` and adds keys of its own, which begin with ``qBt-``. Most
clients keep the names of the files only in a ``.torrent`` beside it
(`tidebreak.links.stores.store.with_torrent`). Peers and trackers are not read.
"""

from __future__ import annotations

from tidebreak.errors import BadLink
from tidebreak.links import bencode, torrent
from tidebreak.links.bencode import Value
from tidebreak.links.reference import Kind, Reference
from tidebreak.links.stores.store import ClientStore, Held, time_or_none
from tidebreak.links.torrent_parts import text_of
from tidebreak.model import Signal
from tidebreak.signals import SIGNAL_TYPES

FILES_ELSEWHERE = "what files are in it stands only in its .torrent"

_MARK = b"11:file-format22:libtorrent resume file"

_BITS = 2
"""The version of the format in which a piece is a bit."""

_Resume = dict[bytes, Value]


def looks(head: bytes) -> bool:
    """Whether a file that begins with ``head`` (64 KiB, or all of it) is resume data."""
    return head[:1] == b"d" and _MARK in head


def read(data: bytes) -> ClientStore:
    """Return what resume data says; raises `BadLink` when it is none."""
    top = bencode.parse(data)
    resume = top.value
    if not isinstance(resume, dict) or resume.get(b"file-format") != b"libtorrent resume file":
        raise BadLink("This is no resume data of libtorrent; name a .fastresume file.")
    own = any(key.startswith(b"qBt-") for key in resume)
    return ClientStore(
        "qBittorrent" if own else "a client of libtorrent",
        version=_version(resume),
        items=(_held(resume, _reference(data, resume)),),
        reason=f"damaged: {top.broken}" if top.broken else "",
    )


def _held(resume: _Resume, reference: Reference) -> Held:
    moved = [time for key in (b"last_upload", b"last_download") if (time := _time(resume, key))]
    return Held(
        reference,
        share=_share(resume),
        path=text_of(resume.get(b"qBt-savePath")) or text_of(resume.get(b"save_path")),
        first_seen=_time(resume, b"added_time"),
        completed=_time(resume, b"completed_time"),
        last_seen=max(moved, default=None),
        last_shared=_time(resume, b"last_upload"),
        uploaded=_count(resume, b"total_uploaded"),
        downloaded=_count(resume, b"total_downloaded"),
    )


def _reference(data: bytes, resume: _Resume) -> Reference:
    """Return the torrent, by its infohashes and, where its info is here too, by that."""
    told = tuple(_infohashes(resume))
    if b"info" not in resume:
        name = text_of(resume.get(b"qBt-name")) or text_of(resume.get(b"name"))
        return Reference(Kind.TORRENT, told, name=name, reason=FILES_ELSEWHERE)
    found = torrent.read(data)
    signals = tuple(dict.fromkeys(found.signals + told))
    return Reference(Kind.TORRENT, signals, found.files, found.name, found.notes, found.reason)


def _infohashes(resume: _Resume) -> list[Signal]:
    one, two = resume.get(b"info-hash"), resume.get(b"info-hash2")
    signals: list[Signal] = []
    # Zeros stand for an infohash that a torrent of one version does not have.
    if isinstance(one, bytes) and len(one) == 20 and any(one):
        signals.append(Signal(SIGNAL_TYPES["btih"], one))
    if isinstance(two, bytes) and len(two) == 32 and any(two):
        signals.extend(torrent.v2_signals(two))
    return list(dict.fromkeys(signals))


def _share(resume: _Resume) -> float | None:
    """Return the share of the pieces that were there.

    Up to version 1 of the format each piece is a byte whose lowest bit says so. Since then each is
    a bit, and how many of the last eight count is not said: unless the torrent was completed, the
    share may be too small by less than eight pieces.
    """
    pieces = resume.get(b"pieces")
    if not isinstance(pieces, bytes) or not pieces:
        return None
    if resume.get(b"file-version") != _BITS:
        return sum(byte & 1 for byte in pieces) / len(pieces)
    bits, held = 8 * len(pieces), int.from_bytes(pieces)
    unbroken = f"{held:0{bits}b}".rstrip("0").find("0") < 0 and bits - held.bit_count() < 8
    if unbroken and _time(resume, b"completed_time"):
        return 1.0
    return held.bit_count() / bits


def _version(resume: _Resume) -> str:
    version = text_of(resume.get(b"libtorrent-version"))
    return f"libtorrent {version}" if version else ""


def _time(resume: _Resume, key: bytes) -> int | None:
    return time_or_none(_count(resume, key) or 0)


def _count(resume: _Resume, key: bytes) -> int | None:
    value = resume.get(key)
    return value if isinstance(value, int) and value >= 0 else None
