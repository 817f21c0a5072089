"""Near search: `NearIndex` against FAISS's flat binary index, one core, recall 1.

Run ``python benchmarks/near_search.py`` (a million and ten million hashes), ``--quick`` (a hundred
thousand) or ``--rows N``. CPU time of one core; the two sides alternate, and ratios are of the
two measurements of a round. Every answer of a round is compared with FAISS's. A third of the
queries lie within the radius of an entry. "One at a time" calls
``search`` once per query, "batch" hands over 20,000 in a call (16 to FAISS, which gains nothing
from more).

The last rows repeat ours on the same machine without AVX (``x86-64-v2``, kernels compiled anew),
against the same FAISS figures, and report PDQs of crops of scikit-image's photographs.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import faiss
import numpy as np
import pdqhash
from skimage import data, util

from tidebreak import kernels
from tidebreak.index import KERNEL_MODULES, NearIndex

RESULTS = Path(__file__).with_name("results") / "near_search.json"
OLD = {"NUMBA_CPU_NAME": "x86-64-v2", "NUMBA_CPU_FEATURES": ""}
WAYS = (
    ("one at a time", 1, 400, 8),
    ("200 at a time", 200, 4_000, 16),
    ("batch", 20_000, 20_000, 16),
)
"""What, queries per call, our queries per round, FAISS's."""
PHOTOGRAPHS = ("astronaut", "camera", "coffee", "chelsea", "rocket", "grass", "gravel", "brick",
               "moon", "hubble_deep_field", "immunohistochemistry", "coins")  # fmt: skip


@dataclass(frozen=True)
class Row:
    """Queries per second, and the ratio over the rounds."""

    what: str
    rows: int
    radius: int
    ours: float
    faiss: float
    ratio_min: float
    ratio_median: float
    ratio_max: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a hundred thousand hashes")
    parser.add_argument("--rows", type=int, help="this many hashes only")
    parser.add_argument("--no-old", action="store_true", help="leave out x86-64-v2")
    arguments = parser.parse_args()
    kernels.warm(*KERNEL_MODULES)
    faiss.omp_set_num_threads(1)
    sizes = [arguments.rows] if arguments.rows else [10**6, 10**7]
    if arguments.quick:
        sizes = [10**5]
    report: dict[str, list[object]] = {"search": [], "index": []}
    for size in sizes:
        run(size, uniform(size), "uniform", report, arguments.quick)
    real = photographs(2_000 if arguments.quick else 20_000)
    run(len(real), real, "photographs", report, arguments.quick)
    if not (arguments.no_old or "NUMBA_CPU_NAME" in os.environ):
        without_avx(sizes, report)
    if "NUMBA_CPU_NAME" not in os.environ:
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(json.dumps(report, indent=1) + "\n")


def run(
    size: int, entries: np.ndarray, what: str, report: dict[str, list[object]], quick: bool
) -> None:
    index, facts = built(entries)
    report["index"].append({"what": what} | facts)
    print(what, facts, flush=True)
    flat = faiss.IndexBinaryFlat(256)
    flat.add(entries)
    for radius in (31, 60) if size <= 10**6 else (31,):
        for way, step, ours, theirs in WAYS:
            queries = near_queries(entries, ours if radius == 31 else max(64, ours // 10), radius)
            row = compare(f"{what}, {way}", size, radius, index, flat, queries, theirs,
                          step, 3 if quick else 7)  # fmt: skip
            report["search"].append(asdict(row))
            print(row, flush=True)


def uniform(size: int) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (size, 32), dtype=np.uint8)


def near_queries(entries: np.ndarray, count: int, radius: int) -> np.ndarray:
    """A third within the radius of an entry, a third just beyond, a third at random."""
    rng = np.random.default_rng(2)
    queries = rng.integers(0, 256, (count, 32), dtype=np.uint8)
    bits = np.unpackbits(entries[rng.integers(0, len(entries), count)], axis=1)
    for i in range(count):
        if i % 3:
            apart = rng.integers(0, radius + 1) if i % 3 == 1 else radius + 1
            bits[i, rng.choice(256, apart, replace=False)] ^= 1
            queries[i] = np.packbits(bits[i])
    return queries


def photographs(count: int) -> np.ndarray:
    """PDQs of random square crops; crops without features are left out."""
    rng, found = np.random.default_rng(3), []
    pictures = [util.img_as_ubyte(getattr(data, name)()) for name in PHOTOGRAPHS]
    pictures = [np.dstack([p] * 3) if p.ndim == 2 else p[..., :3] for p in pictures]
    while len(found) < count:
        picture = pictures[rng.integers(len(pictures))]
        side = int(rng.integers(96, min(picture.shape[:2])))
        y, x = (int(rng.integers(length - side)) for length in picture.shape[:2])
        step = side // 96
        crop = picture[y : y + side : step, x : x + side : step]
        bits, quality = pdqhash.compute(np.ascontiguousarray(crop))
        if quality >= 50:
            found.append(np.packbits(bits))
    return np.array(found)


def built(entries: np.ndarray) -> tuple[NearIndex, dict[str, float]]:
    start = time.perf_counter()
    index = NearIndex.build(entries)
    build = time.perf_counter() - start
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "near.index"
        index.save(path)
        start = time.perf_counter()
        NearIndex.open(path)
        opened = time.perf_counter() - start
        size = path.stat().st_size
    return index, {
        "rows": len(entries),
        "build_seconds": round(build, 3),
        "open_seconds": round(opened, 4),
        "bytes_per_hash": round(size / len(entries), 1),
    }


def compare(
    what: str, size: int, radius: int, index: NearIndex, flat: faiss.IndexBinaryFlat,
    queries: np.ndarray, theirs: int, step: int, rounds: int,
) -> Row:  # fmt: skip
    few = queries[:theirs]
    ours_rates, faiss_rates = [], []
    check(index, flat, few, radius)
    for _ in range(rounds):
        ours_rates.append(rate(lambda: search(index, queries, radius, step), len(queries)))
        faiss_rates.append(rate(lambda: flat_search(flat, few, radius, step), len(few)))
    ratios = [a / b for a, b in zip(ours_rates, faiss_rates, strict=True)]
    return Row(
        what, size, radius, round(statistics.median(ours_rates)),
        round(statistics.median(faiss_rates), 1), round(min(ratios), 1),
        round(statistics.median(ratios), 1), round(max(ratios), 1),
    )  # fmt: skip


def rate(act: Callable[[], None], count: int) -> float:
    start = time.process_time()
    act()
    return count / (time.process_time() - start)


def search(index: NearIndex, queries: np.ndarray, radius: int, step: int) -> None:
    for i in range(0, len(queries), step):
        index.search(queries[i : i + step], radius)


def flat_search(flat: faiss.IndexBinaryFlat, queries: np.ndarray, radius: int, step: int) -> None:
    for i in range(0, len(queries), step):
        flat.range_search(queries[i : i + step], radius + 1)


def check(index: NearIndex, flat: faiss.IndexBinaryFlat, queries: np.ndarray, radius: int) -> None:
    rows, entries, _ = index.search(queries, radius)
    limits, _, labels = flat.range_search(queries, radius + 1)
    wanted = {(i, int(label)) for i in range(len(queries))
              for label in labels[limits[i] : limits[i + 1]]}  # fmt: skip
    assert set(zip(rows.tolist(), entries.tolist(), strict=True)) == wanted


def without_avx(sizes: list[int], report: dict[str, list[object]]) -> None:
    with tempfile.TemporaryDirectory() as cache:
        for size in sizes:
            process = subprocess.run(
                [sys.executable, "-c", OURS_ALONE, str(size)],
                env={**os.environ, **OLD, "NUMBA_CACHE_DIR": cache,
                     "PYTHONPATH": str(Path(__file__).parent)},
                capture_output=True, text=True, check=True,
            )  # fmt: skip
            report.setdefault("x86-64-v2", []).append(json.loads(process.stdout))
            print("x86-64-v2", process.stdout, flush=True)


OURS_ALONE = """
import json, sys
import near_search as bench
from tidebreak.index import NearIndex
size = int(sys.argv[1])
entries = bench.uniform(size)
index = NearIndex.build(entries)
rates = {"rows": size, "radius": 31}
for way, step, count, _ in bench.WAYS:
    queries = bench.near_queries(entries, count, 31)
    rates[way] = round(max(
        bench.rate(lambda: bench.search(index, queries, 31, step), count) for _ in range(4)
    ))
print(json.dumps(rates))
"""


if __name__ == "__main__":
    main()
