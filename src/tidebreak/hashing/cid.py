"""IPFS content identifiers of a file under three settings of the UnixFS importer.

=========  ========  ========  ======  ==========================
signal     chunk     leaves    width   profile
=========  ========  ========  ======  ==========================
cid-v0     256 KiB   dag-pb    174     ``unixfs-v0-2015``
cid-v1     1 MiB     raw       1,024   ``unixfs-v1-2025``
cid-raw    256 KiB   raw       174     none; long the usual choice
=========  ========  ========  ======  ==========================

Sources: IPIP-0499, the UnixFS and dag-pb specifications (ipfs/specs, ipld/ipld), multiformats/cid.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tidebreak.hashing.arrays import Bytes, readonly
from tidebreak.hashing.batch import Batch
from tidebreak.hashing.sha import sha256
from tidebreak.signals import DAG_PB_CID, MULTIHASH, RAW_CID


@dataclass(frozen=True, slots=True)
class Profile:
    """Settings of the importer: ``chunk`` in bytes, ``width`` in links per node."""

    chunk: int
    width: int
    raw_leaves: bool
    version: int

    @property
    def leaf_prefix(self) -> bytes:
        """What precedes the SHA-256 of a leaf in its CID."""
        return RAW_CID if self.raw_leaves else self.node_prefix

    @property
    def node_prefix(self) -> bytes:
        """What precedes the SHA-256 of an inner node in its CID."""
        return DAG_PB_CID if self.version else MULTIHASH


CID_V0 = Profile(chunk=1 << 18, width=174, raw_leaves=False, version=0)
CID_V1 = Profile(chunk=1 << 20, width=1024, raw_leaves=True, version=1)
CID_RAW = Profile(chunk=1 << 18, width=174, raw_leaves=True, version=1)


@dataclass(frozen=True, slots=True)
class Link:
    """A child: its binary CID, the bytes of the file below it, and those of all its blocks."""

    cid: bytes
    size: int
    total: int


class Dag:
    """The root CID of a file whose leaves arrive in order."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._levels: list[list[Link]] = [[]]

    def add(self, digests: Bytes, size: int) -> None:
        """Take in the SHA-256 of the next leaf blocks, (N, 32), over ``size`` bytes of the file.

        All leaves but the last of the file cover a whole chunk.
        """
        for digest in digests:
            length = min(size, self._profile.chunk)
            size -= length
            framing = 0 if self._profile.raw_leaves else sum(map(len, leaf_frame(length)))
            cid = self._profile.leaf_prefix + digest.tobytes()
            self._push(0, Link(cid, length, length + framing))

    def finish(self) -> bytes:
        """Return the binary CID of the root. At least one leaf must have been taken in."""
        for level in range(len(self._levels)):
            links = self._levels[level]
            above = any(self._levels[level + 1 :])
            if len(links) == 1 and not above:
                return links[0].cid
            if links:
                self._levels[level] = []
                self._push(level + 1, _node(self._profile, links))
        return self._levels[-1][0].cid

    def _push(self, level: int, link: Link) -> None:
        if level == len(self._levels):
            self._levels.append([])
        links = self._levels[level]
        links.append(link)
        if len(links) == self._profile.width:
            self._levels[level] = []
            self._push(level + 1, _node(self._profile, links))


def root_of(profile: Profile, digests: Bytes, size: int) -> bytes:
    """Return the binary CID of a file of ``size`` bytes from the SHA-256 of its leaf blocks."""
    if len(digests) == 1:
        return profile.leaf_prefix + digests[0].tobytes()
    dag = Dag(profile)
    dag.add(digests, size)
    return dag.finish()


def framed(files: Sequence[Bytes], chunk: int) -> Batch:
    """Return the dag-pb leaf blocks of files, cut into chunks; an empty file has one."""
    parts: list[Bytes] = []
    for file in files:
        for start in range(0, max(file.size, 1), chunk):
            piece = file[start : start + chunk]
            before, after = leaf_frame(piece.size)
            parts += [readonly(before), piece, readonly(after)]
    sizes = np.array([part.size for part in parts], np.int64).reshape(-1, 3).sum(axis=1)
    return Batch(readonly(np.concatenate(parts)), np.cumsum(sizes) - sizes, sizes)


def leaf_frame(size: int) -> tuple[bytes, bytes]:
    """Return what stands before and after a chunk of ``size`` bytes in its dag-pb leaf."""
    head, foot = b"\x08\x02", b"\x18" + _varint(size)
    if size:
        head += b"\x12" + _varint(size)
    return b"\x0a" + _varint(len(head) + size + len(foot)) + head, foot


def _node(profile: Profile, links: list[Link]) -> Link:
    """Return an inner node: its links first, then the sizes of what is below each."""
    size = sum(link.size for link in links)
    encoded = b"".join(
        _field(2, _field(1, link.cid) + _field(2, b"") + b"\x18" + _varint(link.total))
        for link in links
    )
    sizes = b"".join(b"\x20" + _varint(link.size) for link in links)
    block = encoded + _field(1, b"\x08\x02\x18" + _varint(size) + sizes)
    total = len(block) + sum(link.total for link in links)
    return Link(profile.node_prefix + sha256(block).digest(), size, total)


def _field(number: int, value: bytes) -> bytes:
    """Encode a length-delimited protobuf field."""
    return bytes([number << 3 | 2]) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)
