"""``known.met``: every file that an eMule or aMule has hashed, shared or completed.

It keeps files long after they were deleted. A byte of version, a count, then per file: the time
of its last change, its ed2k hash and those of its parts, and tags (amule-project/amule,
``src/KnownFileList.cpp``, ``src/KnownFile.cpp``; eMule 0.50a writes the same).
"""

from __future__ import annotations

from collections.abc import Iterator

from tidebreak.errors import BadLink
from tidebreak.links.reference import NamedFile
from tidebreak.links.stores import met
from tidebreak.links.stores.reader import Reader
from tidebreak.links.stores.store import ClientStore, Held, collect, time_or_none

HEADERS = (0x0E, 0x0F)
"""The second says that a file of 4 GiB or more is among them."""


def looks(head: bytes) -> bool:
    """Whether a file that begins with ``head`` (64 KiB, or all of it) is a ``known.met``."""
    source = Reader(head)
    try:
        if source.u8() not in HEADERS:
            return False
        if source.u32() == 0:
            return not source.left
        held, _ = _file(source)
    except BadLink:
        return False
    # Both tags are in every record that is written.
    return bool(isinstance(held.content, NamedFile) and held.content.path and held.content.size)


def read(data: bytes) -> ClientStore:
    """Return what a whole ``known.met`` says; raises `BadLink` when it is none."""
    source = Reader(data)
    if source.u8() not in HEADERS:
        raise BadLink("This is no known.met: it begins with another version; name another file.")
    items, reason = collect(_files(source))
    if source.left and not reason:
        reason = f"damaged: {source.left:,} bytes behind its last file were not read"
    return ClientStore("eMule or aMule", items=items, reason=reason)


def _files(source: Reader) -> Iterator[Held]:
    for _ in range(source.u32()):
        held, defect = _file(source)
        yield held
        if defect:
            raise BadLink(defect)


def _file(source: Reader) -> tuple[Held, str]:
    """Return one file, and what is wrong with it: its hash stands before what may be cut off."""
    modified = source.u32()
    ed2k = met.read_hash_set(source)
    tags, defect = met.read_tags(source)
    named, told = met.named_file(ed2k, tags), met.statistics(tags)
    held = Held(
        named,
        share=1.0,  # it could not have been hashed otherwise
        modified=time_or_none(modified),
        last_seen=met.number(tags, met.LAST_SEEN),
        last_shared=met.number(tags, met.LAST_SHARED),
        uploaded=told.uploaded,
        requests=told.requests,
        accepts=told.accepts,
        priority=told.priority,
    )
    return held, defect
