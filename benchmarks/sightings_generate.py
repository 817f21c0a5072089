"""How fast synthetic sightings are made, and whether their shape is that of a published study.

Run ``python benchmarks/sightings_generate.py`` (2 * 10**7 rows), ``--quick`` (2 * 10**6). The peer is the bound:
pyarrow alone writes the very same rows to Parquet, in the form in which the store keeps them. Each
round runs both in turn. The study is Wolak, Liberatore and Levine (Child Abuse & Neglect 38,
2014): a world of as many computers and files as they saw in a year.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tidebreak.installation import Tidebreak
from tidebreak.sightings.kept_logs.store import Sightings
from tidebreak.sightings.synthetic import logs, rows, shards
from tidebreak.sightings.synthetic.world import Kind, Shape, Trait, World, make

RESULTS = Path(__file__).with_name("results") / "sightings_generate.json"
SMALL = ["source", "network", "grade", "event"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rows, one round")
    given = parser.parse_args()
    count, rounds = (2_000_000, 1) if given.quick else (20_000_000, 3)
    rows.warm()
    report = {"rows": count, "store": store(count, rounds), "logs": text(100_000), "study": study()}
    print(json.dumps(report, indent=1))
    if not given.quick:
        RESULTS.write_text(json.dumps(report, indent=1) + "\n")


def store(count: int, rounds: int) -> dict[str, object]:
    """Return rows per second into a store, and of pyarrow alone, in elapsed and processor time."""
    ours, peer, ratios = [], [], []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            ours.append(timed(lambda folder=folder: fill(Path(folder), count)))
            files = sorted(Path(folder).glob("home/sightings/rows/*/*.parquet"))
            tables = [pq.read_table(path) for path in files]
            peer.append(timed(lambda tables=tables, folder=folder: write(Path(folder), tables)))
        ratios.append(ours[-1][1] / peer[-1][1])
    best = [min(seconds for seconds, _ in times) for times in (ours, peer)]
    return {
        "rows_per_second": round(count / best[0]),
        "pyarrow_rows_per_second": round(count / best[1]),
        "processor_seconds": round(statistics.median(used for _, used in ours), 1),
        "ratio_of_processor_time": spread(ratios),
    }


def timed(act) -> tuple[float, float]:
    elapsed, used = time.perf_counter(), time.process_time()
    act()
    return time.perf_counter() - elapsed, time.process_time() - used


def spread(values: list[float]) -> dict[str, float]:
    found = {"min": min(values), "median": statistics.median(values), "max": max(values)}
    return {name: round(value, 2) for name, value in found.items()}


def fill(folder: Path, count: int) -> None:
    with Tidebreak.create(folder / "home", folder / "key") as made:
        sightings = Sightings.open(made.home, made.vault, made.sealer)
        shards.fill(sightings, make(Shape.for_rows(count)), count)


def write(folder: Path, tables: list[pa.Table]) -> None:
    for number, table in enumerate(tables):
        pq.write_table(
            table, folder / f"{number}.parquet", row_group_size=1 << 20, compression="zstd",
            compression_level=1, use_dictionary=SMALL,
            column_encoding={"time": "DELTA_BINARY_PACKED"}, write_statistics=["time"],
        )  # fmt: skip


def text(count: int) -> dict[str, object]:
    """Return rows per second as log files."""
    with tempfile.TemporaryDirectory() as folder:
        world = make(Shape.for_rows(count))
        _, used = timed(lambda: logs.write(Path(folder), world, count))
    return {"rows": count, "rows_per_processor_second": round(count / used)}


def study() -> dict[str, object]:
    """Return the figures of the study, of the world made in its shape."""
    world = make(Shape(244_920, 0, 120_418, 1_000, days=365, decoys=0, monitors=0))
    owners, files = held(world)
    contents = np.bincount(owners, minlength=len(world.table))
    days = world.table[:, Trait.LAST] - world.table[:, Trait.FIRST] + 1
    large = contents >= 100
    planted = np.isin(np.arange(len(contents)), world.computers(Kind.PLANTED))
    return {
        "computers": len(world.table),
        "files": int(np.unique(files).size),
        "fewer_than_10_files": share((contents < 10).mean()),
        "fewer_than_10_days": share((days < 10).mean()),
        "fewer_than_10_files_and_days": share(((contents < 10) & (days < 10)).mean()),
        "computers_with_100_files": int(large.sum()),
        "share_with_100_files": share(large.mean()),
        "files_gone_without_these": gone(large, owners, files),
        "files_gone_without_the_50_planted": gone(planted, owners, files),
    }


def held(world: World) -> tuple[np.ndarray, np.ndarray]:
    """Return distinct pairs of computer and file."""
    owners = np.repeat(np.arange(len(world.table)), world.table[:, Trait.HELD])
    pairs = np.unique(owners * world.shape.files + world.library)
    return pairs // world.shape.files, pairs % world.shape.files


def gone(taken: np.ndarray, owners: np.ndarray, files: np.ndarray) -> float:
    left = np.unique(files[~taken[owners]]).size
    return share(1 - left / np.unique(files).size)


def share(value: float) -> float:
    return round(float(value), 4)


if __name__ == "__main__":
    main()
