"""How long hash lists take to import, index included, and how much memory: ``docs/lists.md``.

Every import runs in a process of its own, on a store of its own, and is compared with what its
parser alone takes on the same file (``csv.reader``, ``str.splitlines``, ``ijson.items``), in
alternation. ``--quick`` takes small lists; without it the goal is measured, ten million entries
in 180 s and 2 GiB.
"""

from __future__ import annotations

import argparse
import csv
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

KINDS = ("csv", "lines", "vics")
RESULTS = Path(__file__).parent / "results" / "list_import.json"
_CHUNK = 100_000


def write_list(path: Path, kind: str, entries: int) -> None:
    """Write a list of random digests; a third of the CSV rows has no PDQ."""
    random = np.random.default_rng(7)
    with path.open("w") as file:
        file.write({"csv": "id,sha1,md5,pdq,classification\n", "vics": '{"value":['}.get(kind, ""))
        for start in range(0, entries, _CHUNK):
            count = min(_CHUNK, entries - start)
            text = random.bytes(68 * count).hex()
            rows = [_row(kind, start + n, text[136 * n : 136 * n + 136]) for n in range(count)]
            file.write("".join(rows))
        file.write("]}" if kind == "vics" else "")


def _row(kind: str, number: int, text: str) -> str:
    sha1, md5, pdq = text[:40], text[40:72], text[72:]
    if kind == "lines":
        return pdq + "\n"
    if kind == "csv":
        return f"entry-{number},{sha1},{md5},{pdq if number % 3 else ''},{number % 4}\n"
    comma = "," if number else ""
    return (
        f'{comma}{{"MediaID":{number},"Category":{number % 4 + 1},"MD5":"{md5}","SHA1":"{sha1}",'
        f'"MediaSize":{number},"IsDistributed":"true","Series":"synthetic","Tags":"a, b"}}\n'
    )


def run_import(path: Path, kind: str) -> dict[str, float]:
    """Import ``path`` into a new store and make the index."""
    from tidebreak.audit.log import AuditLog
    from tidebreak.lists import publish
    from tidebreak.lists.catalogue import Catalogue
    from tidebreak.model import ListKind
    from tidebreak.store import keys as key_store
    from tidebreak.store.database import Database

    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        home = Path(folder)
        keys = key_store.create(home / "key")
        database = Database.create(home / "tidebreak.db", keys)
        catalogue = Catalogue(database, keys, AuditLog(home / "audit.db"))
        options = {"name": "list", "kind": ListKind.CONTRABAND}
        options |= {"format": "sha256"} if kind == "lines" else {}
        start = time.perf_counter()
        result = catalogue.import_file(path, **options)
        imported = time.perf_counter()
        memory = _peak_mib()
        publish.current(database, home / "snapshots")
        return {
            "entries": result.added,
            "import_seconds": imported - start,
            "index_seconds": time.perf_counter() - imported,
            "import_peak_mib": memory,
            "peak_mib": _peak_mib(),
            "store_mib": (home / "tidebreak.db").stat().st_size >> 20,
        }


def run_parser(path: Path, kind: str) -> dict[str, float]:
    """Only parse ``path``, as simply as its parser allows."""
    import ijson

    start, entries = time.perf_counter(), 0
    if kind == "vics":
        with path.open("rb") as file:
            entries = sum(1 for _ in ijson.items(file, "value.item", use_float=True))
    else:
        with path.open(newline="") as file:
            rows = csv.reader(file) if kind == "csv" else (line.rstrip("\n") for line in file)
            entries = sum(1 for _ in rows) - (kind == "csv")
    return {"entries": entries, "import_seconds": time.perf_counter() - start}


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _apart(what: str, path: Path, kind: str) -> dict[str, float]:
    command = [sys.executable, __file__, "--one", what, "--kind", kind, "--file", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout)


def measure(kind: str, entries: int, rounds: int, folder: Path) -> dict[str, object]:
    """Return what imports of one kind of list took, beside their parser alone."""
    path = folder / f"list.{kind}"
    write_list(path, kind, entries)
    ours, parser = [], []
    for _ in range(rounds):
        parser.append(_apart("parser", path, kind))
        ours.append(_apart("import", path, kind))
    size = path.stat().st_size
    path.unlink()
    totals = [run["import_seconds"] + run["index_seconds"] for run in ours]
    ratios = [t / p["import_seconds"] for t, p in zip(totals, parser, strict=True)]
    return {
        "kind": kind,
        "entries": entries,
        "file_mib": size >> 20,
        "seconds": _spread(totals),
        "of_which_index": _spread([run["index_seconds"] for run in ours]),
        "entries_per_second": round(entries / statistics.median(totals)),
        "import_peak_mib": round(max(run["import_peak_mib"] for run in ours)),
        "peak_mib": round(max(run["peak_mib"] for run in ours)),
        "store_mib": ours[0]["store_mib"],
        "times_the_parser_alone": _spread(ratios),
    }


def _spread(values: list[float]) -> list[float]:
    return [round(v, 2) for v in (min(values), statistics.median(values), max(values))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--entries", type=int, help="entries per list; default 10,000,000")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--kind", choices=KINDS)
    parser.add_argument("--one", choices=("import", "parser"), help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        run = run_import if options.one == "import" else run_parser
        print(json.dumps(run(options.file, options.kind)))
        return
    entries = options.entries or (100_000 if options.quick else 10_000_000)
    rounds = options.rounds or (3 if options.quick else 1)
    table = []
    with tempfile.TemporaryDirectory() as folder:
        for kind in [options.kind] if options.kind else KINDS:
            count = entries if kind != "vics" or options.quick else entries // 10
            table.append(measure(kind, count, rounds, Path(folder)))
            print(json.dumps(table[-1]), flush=True)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(table, indent=1) + "\n")


if __name__ == "__main__":
    main()
