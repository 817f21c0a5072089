"""How long logs take to import, sealed and in codes, and how much memory: docs/sightings-import.md.

Every import of CSV runs in a process of its own, on a store of its own, in turns with what Arrow
alone takes on one thread to read the same file and write its columns to Parquet (zstd), nothing
understood, sealed or looked up. Logs are of 10^6 and 10^7 rows, as a tracker's: times, 2 % as many
contents and 20 % as many clients and addresses as rows, up to 200,000 and 2,000,000. JSON Lines
and the access log of nginx are measured by themselves.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

RESULTS = Path(__file__).parent / "results" / "sightings_import.json"
MAPPING = """
time = "time"
address = "address"
port = "port"
client = "peer"
client_form = "hex"
event = "event"
content = { column = "infohash", type = "btih" }
constant = { network = "bittorrent", grade = "B" }
"""
_CHUNK = 100_000
_MONTHS = {"09": "Sep", "10": "Oct", "11": "Nov"}


def write_log(path: Path, kind: str, rows: int) -> None:
    """Write a log of random identifiers in order of time."""
    random = np.random.default_rng(7)
    pools = [random.integers(0, 256, (max(1, n), 20), np.uint8) for n in (rows // 50, rows // 5)]
    contents, clients = ([row.tobytes() for row in pool] for pool in pools)
    addresses = random.integers(1, 255, (max(1, rows // 5), 4)).tolist()
    step = 4_000_000 / rows
    with path.open("w") as file:
        file.write("time,infohash,peer,address,port,event\n" if kind == "csv" else "")
        for start in range(0, rows, _CHUNK):
            count = min(_CHUNK, rows - start)
            seconds = 1_790_000_000 + (np.arange(start, start + count) * step).astype(np.int64)
            times = seconds.astype("datetime64[s]").astype(str).tolist()
            picks = [
                random.integers(0, len(p), count).tolist() for p in (contents, clients, addresses)
            ]
            ports = random.integers(1024, 65536, count).tolist()
            file.writelines(
                _row(kind, when, contents[a], clients[b], addresses[c], port)
                for when, a, b, c, port in zip(times, *picks, ports, strict=True)
            )


def _row(kind: str, when: str, content: bytes, client: bytes, address: list[int], port: int) -> str:
    ip = "{}.{}.{}.{}".format(*address)
    if kind == "csv":
        return f"{when}Z,{content.hex()},{client.hex()},{ip},{port},offered\n"
    if kind == "jsonl":
        fields = {"time": when + "Z", "infohash": content.hex(), "peer": client.hex(),
                  "address": ip, "port": port, "event": "offered"}  # fmt: skip
        return json.dumps(fields) + "\n"
    escaped = ["".join(f"%{byte:02x}" for byte in value) for value in (content, client)]
    return (
        f"{ip} - - [{when[8:10]}/{_MONTHS[when[5:7]]}/2026:{when[11:]} +0000]"
        f' "GET /announce?info_hash={escaped[0]}&peer_id={escaped[1]}&port={port}&left=0 HTTP/1.1"'
        ' 200 99 "-" "synthetic/1"\n'
    )


def run_ours(path: Path, kind: str) -> dict[str, float]:
    """Import ``path`` into a new store."""
    from tidebreak import kernels
    from tidebreak.audit.log import AuditLog
    from tidebreak.hashing.seals import Sealer
    from tidebreak.sightings import text_kernels
    from tidebreak.sightings.intake import delimited
    from tidebreak.sightings.intake.importing import Order, import_log
    from tidebreak.sightings.kept_logs import dictionary_kernels
    from tidebreak.sightings.kept_logs.store import Sightings
    from tidebreak.sightings.records import Custody
    from tidebreak.store.vault import Vault

    # Compiled kernels are loaded once in a process, whatever it imports.
    kernels.warm(
        "tidebreak.hashing.blake2b",
        *(m.__name__ for m in (delimited, dictionary_kernels, text_kernels)),
    )
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        home = Path(folder)
        (home / "mapping.toml").write_text(MAPPING)
        mapping = home / "mapping.toml" if kind in ("csv", "jsonl") else None
        store = Sightings.open(home, Vault(bytes(32)), Sealer(bytes(32)))
        order = Order(path, kind, Custody("benchmark", "synthetic"), mapping)
        begin = _clocks()
        source = import_log(store, order, AuditLog(home / "audit.db"), "benchmark")
        took = _since(begin)
        stored = sum(f.stat().st_size for f in (home / "sightings").rglob("*") if f.is_file())
        return {"rows": source.kept, **took, "stored_mib": stored / 2**20}


def run_arrow(path: Path, _kind: str) -> dict[str, float]:
    """Only read ``path`` and write its columns, on one thread."""
    import pyarrow as pa
    import pyarrow.csv as pacsv
    import pyarrow.parquet as pq

    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    begin, rows = _clocks(), 0
    out = path.with_suffix(".parquet")
    options = pacsv.ReadOptions(use_threads=False, block_size=1 << 24)
    packing = {"compression": "zstd", "compression_level": 1}
    with (
        pacsv.open_csv(path, options) as reader,
        pq.ParquetWriter(out, reader.schema, **packing) as writer,
    ):
        for batch in reader:
            writer.write_batch(batch)
            rows += batch.num_rows
    took = _since(begin)
    stored = out.stat().st_size / 2**20
    out.unlink()
    return {"rows": rows, **took, "stored_mib": stored}


def _clocks() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


def _since(begin: tuple[float, float]) -> dict[str, float]:
    wall, cpu = _clocks()
    return {"seconds": wall - begin[0], "cpu_seconds": cpu - begin[1], "peak_mib": _peak_mib()}


def _peak_mib() -> float:
    """Return the most memory held; ``getrusage`` would count what the parent held before."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def _apart(what: str, path: Path, kind: str) -> dict[str, float]:
    command = [sys.executable, __file__, "--one", what, "--kind", kind, "--file", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout)


def measure(kind: str, rows: int, rounds: int, folder: Path) -> dict[str, object]:
    """Return what imports of one log took, beside Arrow alone where the log is CSV."""
    path = folder / f"log.{kind}"
    write_log(path, kind, rows)
    ours, arrow = [], []
    for _ in range(rounds):
        ours.append(_apart("ours", path, kind))
        if kind == "csv":
            arrow.append(_apart("arrow", path, kind))
    size = path.stat().st_size
    path.unlink()
    cpu = [run["cpu_seconds"] for run in ours]
    found: dict[str, object] = {
        "format": kind,
        "rows": rows,
        "log_mib": size >> 20,
        "seconds": _spread([run["seconds"] for run in ours]),
        "cpu_seconds": _spread(cpu),
        "rows_per_cpu_second": round(rows / statistics.median(cpu)),
        "peak_mib": round(max(run["peak_mib"] for run in ours)),
        "stored_mib": round(ours[0]["stored_mib"]),
    }
    if arrow:
        ratios = [o / a["cpu_seconds"] for o, a in zip(cpu, arrow, strict=True)]
        found["arrow_cpu_seconds"] = _spread([run["cpu_seconds"] for run in arrow])
        found["arrow_stored_mib"] = round(arrow[0]["stored_mib"])
        found["times_arrow_alone"] = _spread(ratios)
    return found


def _spread(values: list[float]) -> list[float]:
    return [round(v, 2) for v in (min(values), statistics.median(values), max(values))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--one", choices=("ours", "arrow"), help=argparse.SUPPRESS)
    parser.add_argument("--kind", help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        run = run_ours if given.one == "ours" else run_arrow
        print(json.dumps(run(given.file, given.kind)))
        return
    sizes = [("csv", 10**6), ("csv", 10**7), ("jsonl", 10**5), ("nginx", 10**6)]
    if given.quick:
        sizes = [("csv", 10**5), ("jsonl", 10**4), ("nginx", 10**4)]
    rounds = given.rounds or (1 if given.quick else 3)
    with tempfile.TemporaryDirectory() as folder:
        found = [measure(kind, rows, rounds, Path(folder)) for kind, rows in sizes]
    for row in found:
        print(json.dumps(row))
    if not given.quick:
        RESULTS.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
