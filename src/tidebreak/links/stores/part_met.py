"""``.part.met``: one download of an eMule, aMule or eDonkey, and what is still missing of it.

A byte of version, the time of the last change, the hash set, tags; each gap is two tags whose
names are a mark and the gap's number (amule-project/amule, ``src/PartFile.cpp``). Old eDonkey
orders the head in two other ways. The addresses of sources are in other files and not read.
"""

from __future__ import annotations

from tidebreak.errors import BadLink
from tidebreak.links.reference import NamedFile
from tidebreak.links.stores import met
from tidebreak.links.stores.reader import Reader
from tidebreak.links.stores.store import ClientStore, Held, time_or_none

_PLAIN, _SPLIT, _LARGE = b"\xe0", b"\xe1", b"\xe2"
_VERSIONS = (_PLAIN, _SPLIT, _LARGE)
_OLD_MARK = b"\0\0\x02\x01"
"""At byte 24 of what an old eDonkey wrote: the beginning of its first tag."""

_GAP_START, _GAP_END = b"\x09", b"\x0a"
"""Begin the names of the first byte that is missing and of the first that is not."""

_PART_NAME = b"\x12"


def looks(head: bytes) -> bool:
    """Whether a file that begins with ``head`` (64 KiB, or all of it) is a ``.part.met``."""
    try:
        found = read(head).items[0].content
    except BadLink:
        return False
    # Both tags are in every one that is written, and before the gaps.
    return isinstance(found, NamedFile) and bool(found.path and found.size)


def read(data: bytes) -> ClientStore:
    """Return what a whole ``.part.met`` says; raises `BadLink` when it is none."""
    if data[:1] not in _VERSIONS:
        raise BadLink("This is no .part.met: it begins with another version; name another file.")
    modified, ed2k, source = _head(data)
    tags, defect = met.read_tags(source)
    held = _download(modified, ed2k, tags)
    return ClientStore("eMule, aMule or eDonkey", items=(held,), reason=_damaged(defect))


def _damaged(defect: str) -> str:
    return f"damaged: {defect}" if defect else ""


def _download(modified: int, ed2k: bytes, tags: met.Tags) -> Held:
    named, told = met.named_file(ed2k, tags), met.statistics(tags)
    share = 1 - _missing(tags, named.size) / named.size if named.size else None
    return Held(
        named,
        share,
        path=met.text(tags, _PART_NAME),
        modified=time_or_none(modified),
        uploaded=told.uploaded,
        downloaded=met.number(tags, met.TRANSFERRED),
        requests=told.requests,
        accepts=told.accepts,
        priority=told.priority,
    )


def _head(data: bytes) -> tuple[int, bytes, Reader]:
    """Return the time of the last change, the ed2k hash, and where the tags begin."""
    source = Reader(data, 1)
    if data[:1] != _SPLIT and data[24:28] != _OLD_MARK:
        return source.u32(), met.read_hash_set(source), source
    if source.u32() == 0:
        return 0, met.read_hash_set(source), source
    source = Reader(data, 2)
    return source.u32(), source.take(16), source


def _missing(tags: met.Tags, size: int) -> int:
    """Return how many bytes the gaps cover together; they may overlap in a damaged file."""
    gaps: list[tuple[int, int]] = []
    for name in tags:
        if len(name) > 1 and name[:1] == _GAP_START:
            start, end = met.number(tags, name), met.number(tags, _GAP_END + name[1:])
            if start is not None and end is not None:
                gaps.append((start, min(end, size)))
    covered = reached = 0
    for start, end in sorted(gaps):
        covered += max(0, end - max(start, reached))
        reached = max(reached, end)
    return covered
