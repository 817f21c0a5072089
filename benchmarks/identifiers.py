"""Identifiers: librhash's seven, the whole set against its bound, small files, and seals.

Run ``python benchmarks/identifiers.py`` (or ``--quick``), CPU time of one core. Each table is
one run in which the two sides alternate; ratios are of the two measurements of a round.

- *Seven*: MD5, SHA-1, SHA-256, ED2K, AICH, TTH and BitTorrent v1 piece hashes of one buffer.
  librhash computes them in one pass of its own (`rhash.RHash.update`; BTIH with its default piece
  length). Tidebreak's side runs the parts of `Digester` that make the first six, and SHA-1 of
  every 256 KiB for the seventh; neither side builds a torrent file.
- *Whole set*: everything that `Digester` computes, against the sum of the times that its parts
  take alone on the same buffer: the bound that the single hashes set.
- *Small files*: files of 20,000 bytes read from disk (page cache), all identifiers, in batches
  of 64; librhash computes its seven of them.
- *Seals*: `Sealer.seal_many` against hashlib's BLAKE2b, one value at a time.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import rhash
from blake3 import blake3

from tidebreak import kernels
from tidebreak.hashing.aich import AichTree
from tidebreak.hashing.arrays import Bytes, readonly
from tidebreak.hashing.batch import Batch
from tidebreak.hashing.bittorrent import LEAF
from tidebreak.hashing.cid import CID_RAW, CID_V0, CID_V1, framed
from tidebreak.hashing.digests import SLAB, Digester, digest_many
from tidebreak.hashing.ed2k import Ed2k
from tidebreak.hashing.lanes import vector_width
from tidebreak.hashing.seals import Sealer
from tidebreak.hashing.sha import sha1_many, sha256_many, sha256_rows
from tidebreak.hashing.tth import TigerTree
from tidebreak.signals import SIGNAL_TYPES

RESULTS = Path(__file__).with_name("results") / "identifiers.json"
SEVEN = rhash.MD5 | rhash.SHA1 | rhash.SHA256 | rhash.ED2K | rhash.AICH | rhash.TTH | rhash.BTIH
PIECE = 1 << 18
Row = dict[str, object]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small inputs, few rounds")
    quick = parser.parse_args().quick
    rounds = 3 if quick else 9
    kernels.warm()
    data = readonly(np.random.default_rng(1).bytes(4 * SLAB if quick else 16 * SLAB))
    small = 500 if quick else 5_000
    tables = {
        "vector bits": vector_width(),
        "single, ns per byte": single_hashes(data, rounds),
        "rates": [
            seven(data, rounds),
            whole_set(data, rounds),
            small_files(small, rounds),
            seals(20_000 if quick else 500_000, rounds),
        ],
    }
    print(json.dumps(tables, indent=1))
    RESULTS.write_text(json.dumps(tables, indent=1) + "\n")


def seconds(task: Callable[[], object]) -> float:
    """CPU time: all is one thread, and neighbours on the machine disturb it less."""
    start = time.process_time()
    task()
    return time.process_time() - start


def compare(
    name: str, unit: str, amount: float, ours: Callable[[], object], peer: Callable[[], object],
    rounds: int,
) -> Row:  # fmt: skip
    """Alternate; return both rates and the ratio of ours to the peer's, round by round."""
    ours(), peer()
    times = [(seconds(ours), seconds(peer)) for _ in range(rounds)]
    ratios = [theirs / mine for mine, theirs in times]
    return {
        "what": name,
        "unit": unit,
        "ours": round(amount / statistics.median(mine for mine, _ in times), 1),
        "peer": round(amount / statistics.median(theirs for _, theirs in times), 1),
        "ratio_min": round(min(ratios), 3),
        "ratio_median": round(statistics.median(ratios), 3),
        "ratio_max": round(max(ratios), 3),
    }


def slabs(data: Bytes) -> list[Bytes]:
    return [data[start : start + SLAB] for start in range(0, data.size, SLAB)]


def through(make: Callable[[], Ed2k | AichTree | TigerTree], data: Bytes) -> None:
    hasher = make()
    for slab in slabs(data):
        hasher.absorb(slab)
    hasher.finish()


def each_slab(function: Callable[[Bytes], object], data: Bytes) -> None:
    for slab in slabs(data):
        function(slab)


def parts(data: Bytes) -> dict[str, Callable[[], object]]:
    """Everything that `Digester` does, one by one."""
    return {
        "MD5 with ed2k (both)": lambda: through(Ed2k, data),
        "SHA-1": lambda: hashlib.sha1(data).digest(),
        "SHA-256": lambda: hashlib.sha256(data).digest(),
        "BLAKE3": lambda: blake3(data.data).digest(),
        "AICH": lambda: through(AichTree, data),
        "TTH": lambda: through(TigerTree, data),
        "BTv2 leaves, raw chunks of 256 KiB and 1 MiB": lambda: each_slab(
            lambda slab: sha256_rows(slab, LEAF, CID_RAW.chunk, CID_V1.chunk), data
        ),
        "dag-pb leaves": lambda: each_slab(
            lambda slab: sha256_many(framed([slab], CID_V0.chunk)), data
        ),
    }


def peers(data: Bytes) -> dict[str, Callable[[], object]]:
    """Single hashes by others, and ours that `Digester` does not run alone."""
    raw = data.tobytes()

    def librhash(kind: int) -> Callable[[], object]:
        def run() -> None:
            hasher = rhash.RHash(kind)
            hasher.update(raw)
            hasher.finish()

        return run

    names = ("MD5", "SHA1", "SHA256", "ED2K", "AICH", "TTH", "BTIH")
    found = {f"librhash {name}": librhash(getattr(rhash, name)) for name in names}
    found["hashlib MD5"] = lambda: hashlib.md5(raw).digest()
    found["BTv1 pieces of 256 KiB"] = lambda: each_slab(pieces, data)
    return found


def pieces(slab: Bytes) -> Bytes:
    return sha1_many(Batch.rows(slab, PIECE))


def single_hashes(data: Bytes, rounds: int) -> dict[str, float]:
    tasks = parts(data) | peers(data)
    times: dict[str, list[float]] = {name: [] for name in tasks}
    for _ in range(rounds):
        for name, task in tasks.items():
            times[name].append(seconds(task))
    return {name: round(min(taken) / data.size * 1e9, 3) for name, taken in times.items()}


def seven(data: Bytes, rounds: int) -> Row:
    raw = data.tobytes()

    def ours() -> None:
        whole = hashlib.sha1(), hashlib.sha256()
        trees = Ed2k(), AichTree(), TigerTree()
        for slab in slabs(data):
            for hasher in whole:
                hasher.update(slab)
            for tree in trees:
                tree.absorb(slab)
            pieces(slab)
        _ = [tree.finish() for tree in trees], [hasher.digest() for hasher in whole]

    def librhash() -> None:
        hasher = rhash.RHash(SEVEN)
        hasher.update(raw)
        hasher.finish()

    return compare("librhash's seven", "MB/s", data.size / 1e6, ours, librhash, rounds)


def whole_set(data: Bytes, rounds: int) -> Row:
    def ours() -> None:
        digester = Digester()
        digester.update(data.data)
        digester.finish()

    def bound() -> None:
        for task in parts(data).values():
            task()

    return compare("whole set / sum of parts", "MB/s", data.size / 1e6, ours, bound, rounds)


def small_files(count: int, rounds: int) -> Row:
    generator = np.random.default_rng(2)
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder, str(number)) for number in range(count)]
        for path in paths:
            path.write_bytes(generator.bytes(20_000))

        def ours() -> None:
            for start in range(0, count, 64):
                digest_many([path.read_bytes() for path in paths[start : start + 64]])

        def librhash() -> None:
            for path in paths:
                hasher = rhash.RHash(SEVEN)
                hasher.update(path.read_bytes())
                hasher.finish()

        name = "files of 20,000 bytes (librhash: its seven)"
        return compare(name, "files/s", count, ours, librhash, rounds)


def seals(count: int, rounds: int) -> Row:
    kind, key = SIGNAL_TYPES["sha256"], bytes(32)
    values = np.frombuffer(np.random.default_rng(3).bytes(32 * count), np.uint8).reshape(-1, 32)
    sealer = Sealer(key)
    person = b"tb:" + kind.space.encode()

    def one_by_one() -> None:
        for value in values:
            hashlib.blake2b(value, digest_size=16, key=key, person=person).digest()

    return compare(
        "seals", "per s", count, lambda: sealer.seal_many(kind, values), one_by_one, rounds
    )


if __name__ == "__main__":
    main()
