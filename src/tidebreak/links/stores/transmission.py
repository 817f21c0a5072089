"""``.resume`` files of Transmission: how much of a torrent there was, when, and where.

A bencoded dictionary (transmission/transmission, ``libtransmission/resume``). It names the torrent
only: the infohash is the file's own name in newer versions, and the files stand in the
``.torrent`` of the same name in the folder ``torrents``
(`tidebreak.links.stores.store.with_torrent`). Peers are not read.
"""

from __future__ import annotations

from tidebreak.errors import BadLink, BadSignal
from tidebreak.links import bencode
from tidebreak.links.bencode import Value
from tidebreak.links.reference import Kind, Reference
from tidebreak.links.stores.store import ClientStore, Held, time_or_none
from tidebreak.links.torrent_parts import text_of
from tidebreak.model import Signal

NAMELESS = "it gives the name of a torrent only: which one it is, its .torrent tells"
FILES_ELSEWHERE = "what files are in it stands only in its .torrent"

_FIRST, _LATER = b"d13:activity-datei", b"11:destination"
"""Keys that all of them have, as they are written and in order."""


def looks(head: bytes) -> bool:
    """Whether a file that begins with ``head`` (64 KiB, or all of it) is a ``.resume`` file."""
    return head.startswith(_FIRST) and _LATER in head


def read(data: bytes, name: str = "") -> ClientStore:
    """Return what a ``.resume`` file called ``name`` says; raises `BadLink` when it is none."""
    top = bencode.parse(data)
    resume = top.value
    if not isinstance(resume, dict) or not {b"destination", b"activity-date"} <= resume.keys():
        raise BadLink("This is no .resume file of Transmission; name another file.")
    signals = _infohash(name)
    reference = Reference(
        Kind.TORRENT,
        signals,
        name=text_of(resume.get(b"name")),
        reason=FILES_ELSEWHERE if signals else NAMELESS,
    )
    reason = f"damaged: {top.broken}" if top.broken else ""
    return ClientStore("Transmission", items=(_held(resume, reference),), reason=reason)


def _infohash(name: str) -> tuple[Signal, ...]:
    try:
        return (Signal.parse("btih", name.removesuffix(".resume")),)
    except BadSignal:
        return ()


def _held(resume: dict[bytes, Value], reference: Reference) -> Held:
    def count(key: bytes) -> int | None:
        value = resume.get(key)
        return value if isinstance(value, int) and value >= 0 else None

    return Held(
        reference,
        share=_share(resume.get(b"progress")),
        path=text_of(resume.get(b"destination")),
        first_seen=time_or_none(count(b"added-date") or 0),
        completed=time_or_none(count(b"done-date") or 0),
        last_seen=time_or_none(count(b"activity-date") or 0),
        uploaded=count(b"uploaded"),
        downloaded=count(b"downloaded"),
    )


def _share(progress: Value | None) -> float | None:
    """Return the share of the blocks that were there.

    A bit field does not say how many of its last bits count, so a share may be too small by less
    than eight blocks; that all or none are there is said in words.
    """
    blocks = progress.get(b"blocks") if isinstance(progress, dict) else None
    if not isinstance(blocks, bytes) or not blocks:
        return None
    if blocks in (b"all", b"none"):
        return 1.0 if blocks == b"all" else 0.0
    return int.from_bytes(blocks).bit_count() / (8 * len(blocks))
