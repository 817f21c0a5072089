"""Vectors of a learned model: all of those within a distance, one core.

Run ``OMP_NUM_THREADS=1 python benchmarks/vectors.py`` (200,000 vectors of 512 numbers, about 2 GiB)
or ``--quick`` (20,000). The peer is FAISS, ``IndexFlat`` with ``range_search``, which looks at every
vector, too. Both sides alternate, CPU time. Every pair that either finds is compared. Reading
vectors back from the vault, which opening an installation with a descriptor costs, is timed, too.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import base64
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import faiss
import numpy as np

from tidebreak.index.vectors import VectorIndex
from tidebreak.installation import Tidebreak
from tidebreak.lists.blocks import kept_values
from tidebreak.model import ListKind
from tidebreak.store import keys
from tidebreak.store.vault import Vault
from tidebreak.vectors import Metric, encode, header

RESULTS = Path(__file__).with_name("results") / "vectors.json"
DIMENSION, BATCH, RADIUS = 512, 64, 0.5
CONTENT = header("bench", "ab" * 32, Metric.COSINE, DIMENSION)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="20,000 vectors")
    quick = parser.parse_args().quick
    faiss.omp_set_num_threads(1)
    report = {"dimension": DIMENSION, "batch": BATCH, "radius": RADIUS, "search": [
        search(count) for count in ((2_000, 20_000) if quick else (2_000, 20_000, 200_000))
    ], "vault": vault(2_000 if quick else 20_000)}  # fmt: skip
    print(json.dumps(report, indent=1))
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(report, indent=1) + "\n")


def search(count: int) -> dict[str, object]:
    known, queries = unit_vectors(count, 1), unit_vectors(BATCH, 2)
    # A quarter of the queries resembles something, at cosine distances around the radius.
    near = queries[: BATCH // 4]
    near += known[: len(near)] * np.linspace(0.2, 2, len(near), dtype=np.float32)[:, None]
    near /= np.linalg.norm(near, axis=1, keepdims=True)
    index = VectorIndex(known, Metric.COSINE)
    flat = faiss.IndexFlatIP(DIMENSION)
    flat.add(known)

    def ours() -> set[tuple[int, int]]:
        rows, found, _ = index.search(queries, RADIUS)
        return set(zip(rows.tolist(), found.tolist(), strict=True))

    def peer() -> set[tuple[int, int]]:
        starts, _, found = flat.range_search(queries, 1 - RADIUS)
        rows = np.repeat(np.arange(BATCH), np.diff(starts.astype(np.int64)))
        return set(zip(rows.tolist(), found.tolist(), strict=True))

    assert ours() == peer() != set()
    rates = [(rate(ours), rate(peer)) for _ in range(7)]
    ratios = [a / b for a, b in rates]
    return {
        "vectors": count,
        "queries per second": round(statistics.median(a for a, _ in rates)),
        "peer": round(statistics.median(b for _, b in rates)),
        "ratio_min": round(min(ratios), 2),
        "ratio_median": round(statistics.median(ratios), 2),
        "ratio_max": round(max(ratios), 2),
        "mebibytes": round(known.nbytes / 2**20),
    }


def vault(count: int) -> dict[str, object]:
    """Import vectors and read them back."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        with (folder / "list.csv").open("w") as file:
            file.write("id,descriptor\n")
            for number, vector in enumerate(unit_vectors(count, 3)):
                value = CONTENT + encode(vector, Metric.COSINE)
                file.write(f"{number},{base64.b64encode(value).decode()}\n")
        with Tidebreak.create(folder / "home", folder / "key") as opened:
            start = time.process_time()
            opened.import_list(folder / "list.csv", name="L", kind=ListKind.WATCH)
            imported = time.process_time() - start
            cipher = Vault(keys.load(folder / "key").vault_key)
            start = time.process_time()
            read = sum(len(rows) for rows, _ in kept_values(opened.database, cipher, "descriptor"))
            assert read == count
            took = time.process_time() - start
    return {
        "vectors": count,
        "imported per second": round(count / imported),
        "read back per second": round(count / took),
    }


def unit_vectors(count: int, seed: int) -> np.ndarray:
    found = np.random.default_rng(seed).standard_normal((count, DIMENSION), np.float32)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def rate(act: Callable[[], object]) -> float:
    start = time.process_time()
    act()
    return BATCH / (time.process_time() - start)


if __name__ == "__main__":
    main()
