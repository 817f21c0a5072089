"""Ranking synthetic sightings: time, memory, and whether the planted distributors are found.

Run ``python benchmarks/sightings_rank.py`` (10**7 and 10**8 rows, 1.5 GB of disk), ``--quick``
(10**6) or ``--rows 1000000000 --home DIR`` (15 GB); sizes
that were measured before are kept in the results. Each store is filled in one process and ranked
in another, whose peak memory is reported. A row asks for everything that ``sightings rank`` does:
re-match with the list, both hypotheses, ranges, curves, measures of the top 200.

The peer is DuckDB 2 with as many threads over the same Parquet files (10**7 rows): distinct pairs,
holders and the sums of 1/holders under both hypotheses, which is the first half of the work. Both
sides alternate, in processor time. Precision is the share of planted distributors among the first 50 actors; beside
it stands what the order by volume (contents by any evidence) finds.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

RESULTS = Path(__file__).with_name("results") / "sightings_rank.json"
THREADS = 2

PEER = """
CREATE OR REPLACE TEMP TABLE held AS
  SELECT DISTINCT client, address, port, r.time // 86400 AS day, file
  FROM read_parquet({paths}) r JOIN known k ON k.content = r.content
  WHERE grade < 3 AND event NOT IN (2, 5);
WITH p AS (SELECT DISTINCT client, file FROM held),
     n AS (SELECT file, count(*) AS holders FROM p GROUP BY file)
SELECT client, count(*), sum(1.0 / holders) AS worth FROM p JOIN n USING (file)
GROUP BY client ORDER BY worth DESC LIMIT 200;
WITH p AS (SELECT DISTINCT address, port, day, file FROM held),
     n AS (SELECT file, count(DISTINCT address) AS holders FROM p GROUP BY file)
SELECT address, port, day, count(*), sum(1.0 / holders) AS worth FROM p JOIN n USING (file)
GROUP BY ALL ORDER BY worth DESC LIMIT 200;
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a million rows")
    parser.add_argument("--rows", type=int, action="append", help="so many rows")
    parser.add_argument("--home", type=Path, help="where the stores are made")
    parser.add_argument("--step", choices=["fill", "rank", "peer"], help=argparse.SUPPRESS)
    given = parser.parse_args()
    sizes = given.rows or ([10**6] if given.quick else [10**7, 10**8])
    if given.step:
        print(json.dumps(STEPS[given.step](given.home, sizes[0])))
        return
    report = json.loads(RESULTS.read_text()) if RESULTS.exists() else {"sizes": []}
    report["threads"] = THREADS
    for rows in sizes:
        report["sizes"] = [one for one in report["sizes"] if one["rows"] != rows]
        with tempfile.TemporaryDirectory(dir=given.home) as folder:
            filled, ranked = step("fill", folder, rows), step("rank", folder, rows)
            report["sizes"].append({"rows": rows} | filled | ranked)
            print(json.dumps(report["sizes"][-1], indent=1), flush=True)
            if rows <= 10**7:
                report["DuckDB"] = {"rows": rows} | step("peer", folder, rows)
                print(json.dumps(report["DuckDB"], indent=1), flush=True)
    report["sizes"].sort(key=lambda one: one["rows"])
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(report, indent=1) + "\n")


def step(name: str, folder: str, rows: int) -> dict:
    command = [sys.executable, __file__, "--step", name, "--home", folder, "--rows", str(rows)]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    return json.loads(done.stdout.splitlines()[-1])


def opened(folder: Path):
    from tidebreak.installation import Tidebreak
    from tidebreak.settings import load
    from tidebreak.sightings.kept_logs.store import Sightings
    from tidebreak.store import keys

    home, key = folder / "home", folder / "key"
    if not home.exists():
        Tidebreak.create(home, key).close()
    installation = Tidebreak(home, load(home), keys.load(key))
    return installation, Sightings.open(home, installation.vault, installation.sealer)


def fill(folder: Path, rows: int) -> dict:
    from tidebreak.model import ListKind
    from tidebreak.sightings import generator
    from tidebreak.sightings.synthetic import logs

    installation, store = opened(folder)
    start = time.perf_counter()
    truth = generator.fill_store(store, rows)
    seconds = time.perf_counter() - start
    listed = logs._list(folder, truth.world)
    installation.import_list(listed, name="known", kind=ListKind.CONTRABAND, owner="Synthetic")
    size = sum(path.stat().st_size for path in store.home.rglob("*") if path.is_file())
    np.savez(
        folder / "truth.npz", owners=truth.owners,
        planted=sorted(truth.planted), endpoints=sorted(truth.endpoints),
    )  # fmt: skip
    return {"fill_seconds": round(seconds, 1), "bytes_per_row": round(size / rows, 1)}


def rank(folder: Path, rows: int) -> dict:
    from tidebreak.sightings.ranking.known import known_among
    from tidebreak.sightings.ranking.rank import Options
    from tidebreak.sightings.ranking.rank import rank as run

    installation, store = opened(folder)
    warm_up(folder)
    start, cpu = time.perf_counter(), time.process_time()
    known = known_among(store.contents(), installation.snapshot, installation.catalogue)
    rematch, begun = time.perf_counter() - start, time.process_time() - cpu
    start, cpu = time.perf_counter(), time.process_time()
    run(store, installation.snapshot, installation.catalogue, list_version="1",
        options=Options(threads=THREADS))  # fmt: skip
    seconds, spent = time.perf_counter() - start, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    found = {
        "contents": len(known.files) - 1,
        "known_files": known.count,
        "rematch_seconds": round(rematch, 2),
        "rematch_cpu_seconds": round(begun, 2),
        "rank_seconds": round(seconds, 1),
        "rank_cpu_seconds": round(spent, 1),
        "peak_GiB": round(peak, 2),
        "load average": round(os.getloadavg()[0], 1),
    }
    if rows <= 10**8:
        found["precision at 50"] = precision(folder, weak=False)
        found["precision at 50, weak identifiers counted"] = precision(folder, weak=True)
    return found


def warm_up(folder: Path) -> None:
    """Load compiled kernels and libraries, which a process does once."""
    import pyarrow.parquet  # noqa: F401

    from tidebreak.index import exact_kernels
    from tidebreak.sightings.ranking import greedy_kernels, pair_kernels, union_kernels

    for module in (exact_kernels, greedy_kernels, pair_kernels, union_kernels):
        module.warm()


def precision(folder: Path, *, weak: bool) -> dict:
    from tidebreak.sightings.ranking.coverage_curve import order
    from tidebreak.sightings.ranking.gather import gather
    from tidebreak.sightings.ranking.pairs import Evidence, addresses_of
    from tidebreak.sightings.ranking.rank import Job, Options, best
    from tidebreak.sightings.records import Hypothesis

    installation, store = opened(folder)
    options = Options(weak=weak)
    job = Job.of(store, installation.snapshot, installation.catalogue, options)
    held = gather(job.spans, job.paths, job.question, options.doubts, folder=store.home).held
    truth = np.load(folder / "truth.npz")
    planted = set(map(tuple, truth["endpoints"].tolist()))

    def is_planted(hypothesis, keys):
        if hypothesis is Hypothesis.CLIENT:
            return np.isin(truth["owners"][keys], truth["planted"]).tolist()
        ports = (keys & np.uint64(0xFFFF)).tolist()
        return [pair in planted for pair in zip(addresses_of(keys).tolist(), ports, strict=True)]

    found = {}
    for hypothesis, some in held.items():
        made, keys = order(some, 50), some.holdings.keys
        by_volume = np.argsort(-some.holdings.count(Evidence.OWN).astype(int))[:50]
        found[hypothesis] = {
            name: float(np.mean(is_planted(hypothesis, keys[places])))
            for name, places in (
                ("by worth", best(some, made, 50)),
                ("greedy", made.actors),
                ("by volume", by_volume),
            )
        }
    owners = truth["owners"][held[Hypothesis.CLIENT].holdings.keys[
        best(held[Hypothesis.CLIENT], order(held[Hypothesis.CLIENT], 50), 50)]]  # fmt: skip
    found["planted computers among the first 50 client ids"] = len(
        set(owners.tolist()) & set(truth["planted"].tolist())
    )
    return found


def peer(folder: Path, rows: int) -> dict:
    import duckdb

    from tidebreak.sightings.ranking.coverage_curve import order
    from tidebreak.sightings.ranking.gather import gather
    from tidebreak.sightings.ranking.rank import Job, Options

    installation, store = opened(folder)
    warm_up(folder)
    job = Job.of(store, installation.snapshot, installation.catalogue, Options())
    sql = duckdb.connect(config={"threads": THREADS})
    files = job.known.files
    listed = {"content": np.flatnonzero(files), "file": files[files > 0]}
    sql.register("listed", listed)
    sql.execute("CREATE TABLE known AS SELECT * FROM listed")
    paths = [str(path) for path in job.paths]

    def ours() -> None:
        got = gather(job.spans, job.paths, job.question, Options().doubts, threads=THREADS)
        for held in got.held.values():
            order(held, 200)

    def theirs() -> None:
        for statement in PEER.format(paths=paths).split(";"):
            if statement.strip():
                sql.execute(statement).fetchall()

    times = [(seconds(ours), seconds(theirs)) for _ in range(5)]
    ratios = [b / a for a, b in times]
    return {
        "ours_cpu_seconds": round(statistics.median(a for a, _ in times), 2),
        "DuckDB_cpu_seconds": round(statistics.median(b for _, b in times), 2),
        "ratio_min": round(min(ratios), 2),
        "ratio_median": round(statistics.median(ratios), 2),
        "ratio_max": round(max(ratios), 2),
    }


def seconds(act) -> float:
    """Processor time of all threads: the machine may be busy with something else, too."""
    start = time.process_time()
    act()
    return time.process_time() - start


STEPS = {"fill": fill, "rank": rank, "peer": peer}


if __name__ == "__main__":
    main()
