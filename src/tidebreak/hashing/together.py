"""Every exact identifier of many files that are in memory together.

All files, and all pieces of all files, are messages of a few large batches, so that the lanes
are full even where no file alone would fill them. A file that is a single piece of some tree
has that tree's leaf for nothing: it is the hash of the whole file.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from blake3 import blake3

from tidebreak.hashing import aich
from tidebreak.hashing.arrays import Bytes
from tidebreak.hashing.batch import Batch
from tidebreak.hashing.bittorrent import LEAF, root_of_leaves
from tidebreak.hashing.cid import CID_RAW, CID_V0, CID_V1, framed, root_of
from tidebreak.hashing.md import md5_md4_many
from tidebreak.hashing.sha import sha1_many, sha256_many
from tidebreak.hashing.tth import tree_root
from tidebreak.model import Signal
from tidebreak.signals import DIGEST_TYPES


def signals_of(*values: bytes | None) -> tuple[Signal, ...]:
    """Return the signals with these values, one for each exact type, None where there is none."""
    pairs = zip(DIGEST_TYPES, values, strict=True)
    return tuple(Signal(kind, value) for kind, value in pairs if value is not None)


def identify(files: Sequence[Bytes]) -> list[tuple[Signal, ...]]:
    """Return the signals of each file; there is at least one, and none exceeds an ed2k part."""
    batch = Batch.join(files)
    sha1, blocks = _cut(batch, sha1_many, aich.BLOCK)
    sha256, leaves, raw, v1 = _cut(batch, sha256_many, LEAF, CID_RAW.chunk, CID_V1.chunk)
    v0 = _per_file(batch, sha256_many(framed(files, CID_V0.chunk)), CID_V0.chunk)
    found: list[tuple[Signal, ...]] = []
    for i, (file, md) in enumerate(zip(files, md5_md4_many(batch), strict=True)):
        md5, md4 = md[:16].tobytes(), md[16:].tobytes()
        values = (
            md5,
            sha1[i].tobytes(),
            sha256[i].tobytes(),
            blake3(file.data).digest(),
            md4,
            md4,
            aich.root_of_blocks(blocks[i]),
            tree_root(file),
            root_of_leaves(leaves[i]) if file.size else None,
            root_of(CID_V0, v0[i], file.size),
            root_of(CID_V1, v1[i], file.size),
            root_of(CID_RAW, raw[i], file.size),
        )
        found.append(signals_of(*values))
    return found


def _cut(batch: Batch, many: Callable[[Batch], Bytes], *lengths: int) -> list[list[Bytes]]:
    """Hash every file whole, and cut into pieces of each of ``lengths``, all in one go.

    Returns for the whole and for each length a list with the digests, (n, size), of every file.
    """
    cuts = [batch.take(np.flatnonzero(batch.lengths > length)).split(length) for length in lengths]
    digests = many(Batch.concat([batch, *cuts]))
    whole, start = digests[: len(batch)], len(batch)
    found = [list(whole.reshape(len(batch), 1, -1))]
    for cut, length in zip(cuts, lengths, strict=True):
        found.append(_per_file(batch, digests[start : start + len(cut)], length, whole))
        start += len(cut)
    return found


def _per_file(batch: Batch, digests: Bytes, length: int, whole: Bytes | None = None) -> list[Bytes]:
    """Divide the digests of pieces of ``length`` bytes among the files.

    With ``whole`` the files of one piece are not among them, and take their digest from there.
    """
    found: list[Bytes] = []
    start = 0
    for number, size in enumerate(batch.lengths.tolist()):
        if size <= length and whole is not None:
            found.append(whole[number : number + 1])
            continue
        count = max(1, -(-size // length))
        found.append(digests[start : start + count])
        start += count
    return found
