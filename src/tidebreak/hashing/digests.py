"""Every exact identifier of a file in one pass over its bytes.

Long files go through slab by slab: whole-file hashes by hashlib and BLAKE3, MD5 and MD4 as a
pair, and the leaves and chunks of every tree in lanes. Shorter ones are identified together,
each file a message in a lane of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from blake3 import blake3

from tidebreak.hashing.aich import AichTree
from tidebreak.hashing.arrays import Bytes, readonly
from tidebreak.hashing.bittorrent import LEAF, PieceTree
from tidebreak.hashing.cid import CID_RAW, CID_V0, CID_V1, Dag, framed
from tidebreak.hashing.ed2k import Ed2k
from tidebreak.hashing.sha import sha1, sha256, sha256_many, sha256_rows
from tidebreak.hashing.together import identify, signals_of
from tidebreak.hashing.tth import TigerTree
from tidebreak.model import Signal

Buffer = bytes | bytearray | memoryview

SLAB = 8 << 20
"""Bytes handled at once: a multiple of every leaf, chunk and hash block that is a power of two,
and enough for the trees to fill sixteen lanes."""

_BATCH = 32 << 20
"""Bytes of files hashed together; a few times as much memory is needed."""


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
        if self.size < SLAB:
            (signals,) = identify([readonly(self._buffer)])
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
        self._cid_v0.add(sha256_many(framed([slab], CID_V0.chunk)), slab.size)

    def finish(self) -> tuple[Signal, ...]:
        md5, red, blue = self._ed2k.finish()
        return signals_of(
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


_STEP = 1 << 14
"""Bytes compared at once: most files are told apart by the first few."""


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
        steps = (data[start : start + _STEP] for start in range(0, data.size, _STEP))
        self.holds = all(bool((step == self._byte).all()) for step in steps)


def digest_many(blobs: Sequence[Buffer]) -> list[tuple[tuple[Signal, ...], bool]]:
    """Return the signals of every blob, and whether it is trivial, as `Digester` does."""
    views = [readonly(blob) for blob in blobs]
    signals: list[tuple[Signal, ...]] = [()] * len(views)
    for numbers in _groups(views):
        group = [views[number] for number in numbers]
        for number, found in zip(numbers, identify(group), strict=True):
            signals[number] = found
    for number, view in enumerate(views):
        if view.size >= SLAB:
            digester = Digester()
            digester.update(view.data)
            signals[number] = digester.finish()
    return [(found, _trivial(view)) for found, view in zip(signals, views, strict=True)]


def _trivial(view: Bytes) -> bool:
    uniform = _Uniform()
    uniform.see(view)
    return uniform.holds


def _groups(views: Sequence[Bytes]) -> Iterator[list[int]]:
    """Yield the numbers of the views below one slab, in runs of at most `_BATCH` bytes."""
    group: list[int] = []
    size = 0
    for number, view in enumerate(views):
        if view.size >= SLAB:
            continue
        if group and size + view.size > _BATCH:
            yield group
            group, size = [], 0
        group.append(number)
        size += view.size
    if group:
        yield group
