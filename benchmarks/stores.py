"""How fast client stores are read: what a scan adds for a file that names content.

Run ``python benchmarks/stores.py`` (or ``--quick``). Resume data of BitTorrent clients, made by
libtorrent, is read beside libtorrent's own reader; a ``known.met`` has no peer that reads all of
it, so the bound is that its bytes are digested (all identifiers), which a scan does in any case.
CPU time of one core; each pair of runs alternates, ratios are ours to the peer's rate.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import statistics
import struct
import time
from collections.abc import Callable
from pathlib import Path

import libtorrent as lt

from tidebreak import kernels
from tidebreak.hashing.digests import digest_many
from tidebreak.links.stores import known_met, libtorrent_resume
from tidebreak.media.references import names_in
from tidebreak.settings import Limits

RESULTS = Path(__file__).with_name("results") / "stores.json"
ROUNDS = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the files")
    scale = 10 if parser.parse_args().quick else 1
    kernels.warm()
    resumes = [resume(number) for number in range(5_000 // scale)]
    count = 50_000 // scale
    known = known_files(count)
    assert len(known_met.read(known).items) == count
    rows = [
        compare(
            "resume data", "libtorrent", len(resumes),
            lambda: [libtorrent_resume.read(data) for data in resumes],
            lambda: [lt.read_resume_data(data) for data in resumes],
        ),
        compare(
            "known.met", "its digests", count,
            lambda: known_met.read(known), lambda: digest_many([known]),
        ),
        compare(
            "known.met to examinations", "its digests", count,
            lambda: list(names_in(known, Limits()).found), lambda: digest_many([known]),
        ),
    ]  # fmt: skip
    for row in rows:
        print(row)
    RESULTS.write_text(json.dumps(rows, indent=1) + "\n")


def compare(
    name: str, peer: str, count: int, ours: Callable[[], object], theirs: Callable[[], object]
) -> dict[str, object]:
    """Return items per second of both, and the ratio of ours to theirs."""
    pairs = [(timed(ours), timed(theirs)) for _ in range(ROUNDS)]
    ratios = sorted(other / own for own, other in pairs)
    return {
        "what": name,
        "peer": peer,
        "items": count,
        "ours_per_second": round(count / statistics.median(own for own, _ in pairs)),
        "peer_per_second": round(count / statistics.median(other for _, other in pairs)),
        "ratio_min": round(ratios[0], 3),
        "ratio_median": round(statistics.median(ratios), 3),
        "ratio_max": round(ratios[-1], 3),
    }


def timed(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def resume(number: int) -> bytes:
    """Return resume data of a torrent of 1,000 pieces, half of them there."""
    made = lt.add_torrent_params()
    digest = hashlib.sha1(number.to_bytes(4, "big")).digest()
    made.info_hashes = lt.info_hash_t(lt.sha1_hash(digest))
    made.name, made.save_path = f"torrent {number}", "/srv/downloads"
    made.have_pieces = [True, False] * 500
    made.total_uploaded, made.added_time = number, 1_700_000_000
    made.trackers = ["http://tracker.invalid/announce"] * 5
    return lt.write_resume_data_buf(made)


def known_files(count: int) -> bytes:
    """Return a known.met with ``count`` files, each with the tags that aMule writes."""
    return b"\x0e" + struct.pack("<I", count) + b"".join(map(known_file, range(count)))


def known_file(number: int) -> bytes:
    name = f"a file of a usual length of name, number {number}.jpg".encode()
    tags = [text(1, b"\xef\xbb\xbf" + name), text(1, name), text(0x27, b"ABCDEFGHIJKLMNOP" * 2)]
    for tag, value in ((2, 100_000 + number), (0x50, 5), (0x54, 0), (0x51, 1), (0x52, 1), (25, 5)):
        tags.append(b"\x03\x01\0" + bytes([tag]) + struct.pack("<I", value))
    digest = hashlib.md5(name, usedforsecurity=False).digest()
    head = struct.pack("<I", 1_700_000_000) + digest + b"\0\0" + struct.pack("<I", len(tags))
    return head + b"".join(tags)


def text(tag: int, value: bytes) -> bytes:
    return b"\x02\x01\0" + bytes([tag]) + struct.pack("<H", len(value)) + value


if __name__ == "__main__":
    main()
