"""``known2_64.met``: the AICH hash sets of every file that an eMule or aMule has hashed.

Only hashes: no name, no size. A byte of version, then per file its AICH root (20 bytes), a count
and so many hashes of blocks, which must yield that root (amule-project/amule,
``src/SHAHashSet.cpp``). It remembers files for months after ``known.met`` has forgotten them.
"""

from __future__ import annotations

from collections.abc import Iterator

from tidebreak.errors import BadLink
from tidebreak.hashing.aich import BLOCK, AichTree
from tidebreak.links.equalities import with_equals
from tidebreak.links.reference import NamedFile
from tidebreak.links.stores.reader import Reader
from tidebreak.links.stores.store import ClientStore, Held, collect
from tidebreak.model import Signal
from tidebreak.signals import SIGNAL_TYPES

_VERSION = 0x02
_HASH = 20
_MOST_BLOCKS = 1 << 22
"""Of one file: some 770 GB."""


def looks(head: bytes) -> bool:
    """Whether a file that begins with ``head`` (64 KiB, or all of it) may be a ``known2_64.met``.

    Certain when the first file is of less than 600 MB, since its tree then shows it; of what
    begins with a larger one `read` finds out.
    """
    source = Reader(head, 1)
    if head[:1] != bytes([_VERSION]) or source.left <= _HASH:
        return False
    try:
        return _verified(*_record(source))
    except BadLink:
        count = int.from_bytes(head[1 + _HASH : 5 + _HASH], "little")
        return len(head) < count * _HASH <= _MOST_BLOCKS * _HASH and len(head) >= 1 << 16


def read(data: bytes) -> ClientStore:
    """Return what a whole ``known2_64.met`` says; raises `BadLink` when it is none."""
    source = Reader(data)
    if source.u8() != _VERSION:
        raise BadLink("This is no known2_64.met: it begins with another version.")
    items, reason = collect(_files(source))
    return ClientStore("eMule or aMule", items=items, reason=reason)


def _files(source: Reader) -> Iterator[Held]:
    while source.left:
        root, blocks = _record(source)
        if not _verified(root, blocks):
            raise BadLink("a hash set that does not yield the hash of its file")
        signals = with_equals((Signal(SIGNAL_TYPES["aich"], root),), _least_size(blocks))
        yield Held(NamedFile(signals=signals), share=1.0)


def _least_size(blocks: bytes) -> int:
    return (len(blocks) // _HASH - 1) * BLOCK + 1


def _record(source: Reader) -> tuple[bytes, bytes]:
    root = source.take(_HASH)
    return root, source.take(_HASH * source.u32())


def _verified(root: bytes, blocks: bytes) -> bool:
    if not blocks:
        return False
    tree = AichTree()
    tree.add_blocks([blocks[at : at + _HASH] for at in range(0, len(blocks), _HASH)])
    return tree.finish() == root
