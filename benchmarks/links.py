"""Links and torrents: how fast they are read, beside libtorrent's parsers and urllib's.

Run ``python benchmarks/links.py`` (or ``--quick``), CPU time of one core. The sides alternate in
one run; ratios are of the two times of a round (above 1: Tidebreak is faster).

- *Mixed*: 100,000 links, half magnets (most with six trackers), a quarter ed2k, the rest ``urn:``,
  bare hashes and IPFS addresses, through `links.read_many`. The peer is what the standard library
  needs to take the same texts apart (`urllib.parse.urlsplit` and `parse_qs`); it reads no identifier.
- *Magnets*: against `libtorrent.parse_magnet_uri` (C++), which keeps the infohashes alone.
- *Torrents*: packs of 100 files, hybrid, against `libtorrent.torrent_info` (C++), which says
  nothing of single files.
"""

from __future__ import annotations

import argparse
import base64
import json
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import libtorrent

from tidebreak import links

RESULTS = Path(__file__).with_name("results") / "links.json"
TRACKERS = "".join(f"&tr=udp%3A%2F%2Ftracker{n}.example.org%3A6969%2Fannounce" for n in range(6))
Row = dict[str, object]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small inputs, few rounds")
    quick = parser.parse_args().quick
    rounds = 3 if quick else 9
    generator = random.Random(1)
    mixed = [make_link(generator) for _ in range(10_000 if quick else 100_000)]
    magnets = [text for text in mixed if "urn:btih:" in text]
    rows = [
        compare("mixed links / urllib", mixed, lambda: read(mixed), lambda: take_apart(mixed), rounds),
        compare("magnets / libtorrent", magnets, lambda: read(magnets), lambda: parse(magnets), rounds),
        torrents(20 if quick else 200, rounds),
    ]  # fmt: skip
    kinds = {name: each_kind(name, quick) for name in MAKERS}
    table = {"rates": rows, "microseconds by kind, best of many short runs": kinds}
    print(json.dumps(table, indent=1))
    RESULTS.write_text(json.dumps(table, indent=1) + "\n")


def base32(generator: random.Random, size: int) -> str:
    return base64.b32encode(generator.randbytes(size)).decode().rstrip("=")


def cid(generator: random.Random) -> str:
    binary = b"\x01\x55\x12\x20" + generator.randbytes(32)
    return "b" + base64.b32encode(binary).decode().lower().rstrip("=")


MAKERS: dict[str, Callable[[random.Random], str]] = {
    "magnet with six trackers": lambda r: (
        f"magnet:?xt=urn:btih:{r.randbytes(20).hex()}&dn=Some.name.of%20it{TRACKERS}"
    ),
    "magnet": lambda r: f"magnet:?xt=urn:btih:{base32(r, 20)}",
    "hybrid magnet": lambda r: (
        f"magnet:?xt=urn:btih:{r.randbytes(20).hex()}&xt=urn:btmh:1220{r.randbytes(32).hex()}&dn=x{TRACKERS}"
    ),
    "Gnutella magnet": lambda r: (
        f"magnet:?xt=urn:bitprint:{base32(r, 20)}.{base32(r, 24)}&xl={r.randrange(1, 1 << 32)}&dn=thing.bin"
    ),
    "ed2k": lambda r: (
        f"ed2k://|file|a%20name.bin|{r.randrange(1, 1 << 32)}|{r.randbytes(16).hex()}|/"
    ),
    "ed2k with AICH": lambda r: (
        f"ed2k://|file|a%20name.bin|{r.randrange(1, 1 << 32)}|{r.randbytes(16).hex()}|h={base32(r, 20)}|/"
    ),
    "urn:sha1": lambda r: f"urn:sha1:{base32(r, 20)}",
    "bare 40 digits": lambda r: r.randbytes(20).hex(),
    "IPFS address": lambda r: f"https://ipfs.io/ipfs/{cid(r)}",
}
SHARES = (30, 10, 5, 5, 15, 10, 10, 10, 5)


def make_link(generator: random.Random) -> str:
    (maker,) = generator.choices(tuple(MAKERS.values()), SHARES)
    return maker(generator)


def read(texts: Sequence[str]) -> None:
    for found in links.read_many(texts):
        assert isinstance(found, links.Reference)


def take_apart(texts: Sequence[str]) -> None:
    for text in texts:
        parse_qs(urlsplit(text).query)


def parse(texts: Sequence[str]) -> None:
    for text in texts:
        libtorrent.parse_magnet_uri(text)


def seconds(task: Callable[[], object]) -> float:
    """CPU time: all is one thread, and neighbours on the machine disturb it less."""
    start = time.process_time()
    task()
    return time.process_time() - start


def compare(
    name: str, items: Sequence[object], ours: Callable[[], object], peer: Callable[[], object],
    rounds: int,
) -> Row:  # fmt: skip
    """Alternate; return microseconds per item and the peer's time over ours, round by round."""
    ours(), peer()
    times = [(seconds(ours), seconds(peer)) for _ in range(rounds)]
    ratios = [theirs / mine for mine, theirs in times]
    scale = 1e6 / len(items)
    return {
        "what": name,
        "items": len(items),
        "ours_us": round(statistics.median(mine for mine, _ in times) * scale, 2),
        "peer_us": round(statistics.median(theirs for _, theirs in times) * scale, 2),
        "ratio_min": round(min(ratios), 3),
        "ratio_median": round(statistics.median(ratios), 3),
        "ratio_max": round(max(ratios), 3),
    }


def each_kind(name: str, quick: bool) -> float:
    generator = random.Random(2)
    texts = [MAKERS[name](generator) for _ in range(1_000)]
    return round(min(seconds(lambda: read(texts)) for _ in range(5 if quick else 50)) * 1e3, 2)


def torrents(count: int, rounds: int) -> Row:
    with tempfile.TemporaryDirectory() as folder:
        pack = Path(folder, "pack")
        pack.mkdir()
        generator = random.Random(3)
        for number in range(100):
            (pack / f"{number:03}.bin").write_bytes(generator.randbytes(20_000))
        creator = libtorrent.create_torrent(libtorrent.list_files(str(pack)), 1 << 14)
        libtorrent.set_piece_hashes(creator, folder)
        data = libtorrent.bencode(creator.generate())
    made = [data] * count

    def ours() -> None:
        for each in made:
            links.read_file(each)

    def peer() -> None:
        for each in made:
            libtorrent.torrent_info(libtorrent.bdecode(each)).info_hashes()

    return compare("hybrid torrents of 100 files / libtorrent", made, ours, peer, rounds)


if __name__ == "__main__":
    main()
