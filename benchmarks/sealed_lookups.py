"""Sealed look-ups: values in, entries out, sealing included; one core.

Run ``python benchmarks/sealed_lookups.py`` (5 * 10**7 entries, about 3 GiB) or ``--quick`` (10**6).
The peer is what one would write first: hashlib's keyed BLAKE2b and a binary search
(``numpy.searchsorted``) over the sorted seals. Both sides alternate, CPU time; half of the values
are known. Every answer is compared.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from tidebreak import kernels
from tidebreak.hashing.seals import Sealer
from tidebreak.index import KERNEL_MODULES, ExactIndex
from tidebreak.signals import SIGNAL_TYPES

RESULTS = Path(__file__).with_name("results") / "sealed_lookups.json"
TYPE = SIGNAL_TYPES["sha256"]
BATCH = 20_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a million entries")
    size = 10**6 if parser.parse_args().quick else 5 * 10**7
    kernels.warm(*KERNEL_MODULES)
    rng = np.random.default_rng(1)
    sealer = Sealer(bytes(32))
    # Seals are uniform by construction: only the known half of the queries needs real ones.
    values = rng.integers(0, 256, (BATCH, 32), dtype=np.uint8)
    seals = rng.integers(0, 256, (size, 16), dtype=np.uint8)
    seals[:: size // (BATCH // 2)][: BATCH // 2] = sealer.seal_many(TYPE, values[: BATCH // 2])
    start = time.perf_counter()
    index = ExactIndex.build(seals, np.arange(size, dtype=np.uint32))
    build = time.perf_counter() - start
    del seals
    column = index.seals[:, 0]

    def ours() -> tuple[np.ndarray, np.ndarray]:
        return index.find(sealer.seal_many(TYPE, values))

    def peer() -> tuple[np.ndarray, np.ndarray]:
        sealed = b"".join(sealer.seal(TYPE, value.tobytes()) for value in values)
        words = np.frombuffer(sealed, np.uint64).reshape(-1, 2)
        places = np.minimum(np.searchsorted(column, words[:, 0]), size - 1)
        rows = np.flatnonzero((index.seals[places] == words).all(axis=1))
        return rows, index.entries[places[rows]]

    assert all(np.array_equal(a, b) for a, b in zip(ours(), peer(), strict=True))
    rates = [(rate(ours), rate(peer)) for _ in range(9)]
    ratios = [a / b for a, b in rates]
    report = {
        "entries": size,
        "batch": BATCH,
        "build_seconds": round(build, 2),
        "look-ups per second": round(statistics.median(a for a, _ in rates)),
        "peer": round(statistics.median(b for _, b in rates)),
        "ratio_min": round(min(ratios), 2),
        "ratio_median": round(statistics.median(ratios), 2),
        "ratio_max": round(max(ratios), 2),
        "sealing alone": round(statistics.median(
            rate(lambda: sealer.seal_many(TYPE, values)) for _ in range(5)
        )),
    }  # fmt: skip
    print(json.dumps(report, indent=1))
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(report, indent=1) + "\n")


def rate(act: Callable[[], object]) -> float:
    start = time.process_time()
    act()
    return BATCH / (time.process_time() - start)


if __name__ == "__main__":
    main()
