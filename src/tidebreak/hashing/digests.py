"""Every exact identifier of a file in one pass over its bytes.

Long files go through slab by slab: whole-file hashes by hashlib and BLAKE3, MD5 and MD4 as a
pair, and the leaves and chunks of every tree in lanes. Small files go through in batches, each
file a message in a lane of its own; below 180 KiB most of the trees are a plain hash of the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from blake3 import blake3

from tidebreak.hashing.aich import BLOCK as AICH_BLOCK
from tidebreak.hashing.aich import AichTree
from tidebreak.hashing.batch import Batch, Bytes, readonly
from tidebreak.hashing.bittorrent import LEAF, PieceTree, root_of_leaves
from tidebreak.hashing.cid import CID_RAW, CID_V0, CID_V1, Dag, framed
from tidebreak.hashing.ed2k import Ed2k
from tidebreak.hashing.md import md5_md4_many
from tidebreak.hashing.sha import sha1, sha1_many, sha256, sha256_many, sha256_rows
from tidebreak.hashing.tiger import TigerTree, tree_root
from tidebreak.model import Signal
from tidebreak.signals import EXACT_TYPES

Buffer = bytes | bytearray | memoryview

SLAB = 8 << 20
"""Bytes handled at once: a multiple of every leaf, chunk and hash block that is a power of two,
and enough for the trees to fill sixteen lanes."""

SMALL = AICH_BLOCK
"""Up to this size a file is one AICH block, one ed2k part and one IPFS chunk."""

_BATCH = 16 << 20
"""Bytes of small files hashed together."""


class Digester:
    """All exact signals of one file of any size, in bounded memory."""

    def __init__(self) -> None:
        self.size = 0
        """Bytes taken in so far."""
        self._slabs = _Slabs()
        self._buffer = bytearray()
        self._uniform = _Uniform()

    @property
    def trivial(self) -> bool:
        """Whether there are no bytes or every byte is the same."""
        return self._uniform.holds

    def update(self, data: Buffer) -> None:
        """Take in the next bytes. Large updates (8 MiB and more) save a copy."""
        view = readonly(data)
        self.size += view.size
        self._uniform.see(view)
        if self._buffer:
            room = SLAB - len(self._buffer)
            self._buffer += view[:room].data
            view = view[room:]
            if len(self._buffer) < SLAB:
                return
            self._slabs.absorb(readonly(self._buffer))
            self._buffer = bytearray()
        whole = view.size // SLAB * SLAB
        for start in range(0, whole, SLAB):
            self._slabs.absorb(view[start : start + SLAB])
        self._buffer += view[whole:].data

    def finish(self) -> tuple[Signal, ...]:
        """Return the signals, in the order of `tidebreak.signals.SIGNAL_TYPES`.

        An empty file has no ``btv2``. Nothing may be taken in afterwards.
        """
        if self.size <= SMALL:
            (signals,) = _small([readonly(self._buffer)])
            return signals
        if self._buffer:
            self._slabs.absorb(readonly(self._buffer))
        return self._slabs.finish()


class _Slabs:
    """Everything that takes in a file slab by slab; only the last slab may be short."""

    def __init__(self) -> None:
        self._sha1 = sha1()
        self._sha256 = sha256()
        self._blake3 = blake3()
        self._ed2k = Ed2k()
        self._aich = AichTree()
        self._tiger = TigerTree()
        self._pieces = PieceTree(SLAB // LEAF)
        self._cid_v0, self._cid_v1, self._cid_raw = Dag(CID_V0), Dag(CID_V1), Dag(CID_RAW)

    def absorb(self, slab: Bytes) -> None:
        for hasher in (self._sha1, self._sha256, self._blake3):
            hasher.update(slab.data)
        for tree in (self._ed2k, self._aich, self._tiger):
            tree.absorb(slab)
        leaves, raw, v1 = sha256_rows(slab, LEAF, CID_RAW.chunk, CID_V1.chunk)
        self._pieces.add(leaves)
        self._cid_raw.add(raw, slab.size)
        self._cid_v1.add(v1, slab.size)
        self._cid_v0.add(sha256_many(framed(slab, CID_V0.chunk)), slab.size)

    def finish(self) -> tuple[Signal, ...]:
        md5, red, blue = self._ed2k.finish()
        return _signals(
            md5,
            self._sha1.digest(),
            self._sha256.digest(),
            self._blake3.digest(),
            red,
            blue,
            self._aich.finish(),
            self._tiger.finish(),
            self._pieces.finish(),
            self._cid_v0.finish(),
            self._cid_v1.finish(),
            self._cid_raw.finish(),
        )


class _Uniform:
    """Whether all bytes seen are the same; costs next to nothing once they are not."""

    def __init__(self) -> None:
        self.holds = True
        self._byte: int | None = None

    def see(self, data: Bytes) -> None:
        if not self.holds or not data.size:
            return
        if self._byte is None:
            self._byte = int(data[0])
        self.holds = bool((data[:4096] == self._byte).all() and (data == self._byte).all())


def _signals(*values: bytes | None) -> tuple[Signal, ...]:
    return tuple(
        Signal(kind, value)
        for kind, value in zip(EXACT_TYPES, values, strict=True)
        if value is not None
    )


def digest_many(blobs: Sequence[Buffer]) -> list[tuple[tuple[Signal, ...], bool]]:
    """Return the signals of every blob, and whether it is trivial, as `Digester` does."""
    results: list[tuple[tuple[Signal, ...], bool]] = [((), True)] * len(blobs)
    small = [number for number, blob in enumerate(blobs) if len(blob) <= SMALL]
    for numbers in _groups(small, blobs):
        views = [readonly(blobs[number]) for number in numbers]
        for number, view, signals in zip(numbers, views, _small(views), strict=True):
            results[number] = signals, _trivial(view)
    for number, blob in enumerate(blobs):
        if len(blob) > SMALL:
            digester = Digester()
            digester.update(blob)
            results[number] = digester.finish(), digester.trivial
    return results


def _trivial(view: Bytes) -> bool:
    uniform = _Uniform()
    uniform.see(view)
    return uniform.holds


def _groups(numbers: Sequence[int], blobs: Sequence[Buffer]) -> Iterator[list[int]]:
    """Split ``numbers`` into runs of at most `_BATCH` bytes."""
    group: list[int] = []
    size = 0
    for number in numbers:
        size += len(blobs[number])
        if group and size > _BATCH:
            yield group
            group, size = [], len(blobs[number])
        group.append(number)
    if group:
        yield group


def _small(files: Sequence[Bytes]) -> list[tuple[Signal, ...]]:
    """Return the signals of files of at most `SMALL` bytes."""
    batch = Batch.join(files)
    plain = zip(
        map(_bytes, md5_md4_many(batch)),
        map(_bytes, sha1_many(batch)),
        map(_bytes, sha256_many(batch)),
        map(_bytes, sha256_many(_framed(files))),
        _piece_roots(batch),
        files,
        strict=True,
    )
    return [_small_signals(*values) for values in plain]


def _small_signals(
    md: bytes, sha1: bytes, sha256: bytes, framed: bytes, root: bytes | None, file: Bytes
) -> tuple[Signal, ...]:
    md5, md4 = md[:16], md[16:]
    raw, v0 = CID_RAW.leaf_prefix + sha256, CID_V0.leaf_prefix + framed
    content = blake3(file.data).digest()
    return _signals(md5, sha1, sha256, content, md4, md4, sha1, tree_root(file), root, v0, raw, raw)


def _bytes(digest: Bytes) -> bytes:
    return digest.tobytes()


def _framed(files: Sequence[Bytes]) -> Batch:
    """Return the files as dag-pb leaves."""
    blocks = [framed(file, CID_V0.chunk) for file in files]
    return blocks[0] if len(blocks) == 1 else Batch.join([block.data for block in blocks])


def _piece_roots(batch: Batch) -> list[bytes | None]:
    counts = -(-batch.lengths // LEAF)
    if not counts.any():
        return [None] * len(batch)
    digests = sha256_many(batch.split(LEAF))
    ends = np.cumsum(counts)
    return [
        root_of_leaves(digests[end - count : end]) if count else None
        for end, count in zip(ends.tolist(), counts.tolist(), strict=True)
    ]
