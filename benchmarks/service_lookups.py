"""Look-ups over HTTP: the service beside HMA's matching path, and its latency against load.

Run ``python benchmarks/service_lookups.py`` or ``--quick``. Needs taskset. The peer is HMA's index of
python-threatexchange behind Flask and gunicorn (`benchmarks/beside/hma_server.py`), without the
database that HMA asks besides: faster than HMA. Each server has one core to itself, what asks has
the other. Lists are random PDQ, one query in a hundred is on them. In turns: single look-ups, and
for the service batches of a thousand, which HMA does not have. Then, for lists of each size, single
look-ups at shares of what saturates the service, sent at random times; how long each took counts
from the moment at which it was due.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.load import Load, at_rate, request, saturate

from tidebreak.access.limits import Limits
from tidebreak.access.records import Scope
from tidebreak.access.roles import Role
from tidebreak.access.start import open_access
from tidebreak.installation import Tidebreak
from tidebreak.model import ListKind

RESULTS = Path(__file__).with_name("results") / "service_lookups.json"
PEER = 1_000_000
SIZES = (100_000, 1_000_000, 10_000_000)
SHARES = (0.1, 0.3, 0.5, 0.7, 0.8, 0.9)
BATCH = 1000
SERVER_CORE, CLIENT_CORE = "0", 1
BINARIES = Path(sys.executable).parent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller lists, shorter runs")
    quick = parser.parse_args().quick
    sizes, peer = ((20_000, 200_000), 200_000) if quick else (SIZES, PEER)
    seconds, turns = (2.0, 3) if quick else (5.0, 5)
    os.sched_setaffinity(0, {CLIENT_CORE})
    report: dict[str, object] = {"entries": peer, "seconds": seconds}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for size in sizes:
            hashes = write_hashes(folder, size)
            key = make_home(folder / str(size), hashes)
            with service(folder / str(size), key) as port:
                asked = single(hashes, key)
                if size == peer:
                    with hma(folder / "hashes") as other:
                        report |= beside(port, other, hashes, key, seconds, turns)
                report[f"latency at {size}"] = curve(port, asked, seconds)
    print(json.dumps(report, indent=1))
    RESULTS.write_text(json.dumps(report, indent=1) + "\n")


def beside(
    port: int, other: int, hashes: bytes, key: str, seconds: float, turns: int
) -> dict[str, object]:
    """Both servers in turns, each as fast as it answers."""
    ours, theirs, many = single(hashes, key), hma_requests(hashes), batches(hashes, key)
    rates: dict[str, list[float]] = {"HMA single": [], "service single": [], "service batch": []}
    for _ in range(turns):
        rates["HMA single"].append(checked(saturate(other, theirs, seconds, 8)).rate)
        rates["service single"].append(checked(saturate(port, ours, seconds)).rate)
        rates["service batch"].append(checked(saturate(port, many, seconds, 4)).rate * BATCH)
    found: dict[str, object] = {f"{name}/s": spread(values) for name, values in rates.items()}
    for name in ("service single", "service batch"):
        pairs = zip(rates[name], rates["HMA single"], strict=True)
        found[f"{name} / HMA"] = spread([a / b for a, b in pairs])
    return found


def curve(port: int, asked: Sequence[bytes], seconds: float) -> dict[str, object]:
    """Latency in ms at shares of the rate at which the service is saturated."""
    most = statistics.median(checked(saturate(port, asked, seconds)).rate for _ in range(3))
    found: dict[str, object] = {"saturated/s": round(most)}
    for share in SHARES:
        loads = [checked(at_rate(port, asked, seconds, share * most)) for _ in range(3)]
        found[f"{share:.0%}"] = {
            name: spread([load.percentile(part) for load in loads])
            for name, part in (("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999))
        }
    return found


def checked(load: Load) -> Load:
    if load.failed or not load.answers:
        raise SystemExit(f"{load.failed} of {load.answers} answers were no answers")
    return load


def single(hashes: bytes, key: str) -> list[bytes]:
    return [asking([one], key) for one in queries(hashes, 5000)]


def batches(hashes: bytes, key: str) -> list[bytes]:
    asked = queries(hashes, 20 * BATCH)
    return [asking(asked[start : start + BATCH], key) for start in range(0, len(asked), BATCH)]


def asking(values: Sequence[bytes], key: str) -> bytes:
    items = [[{"type": "pdq", "value": value.hex()}] for value in values]
    body = json.dumps({"items": items}).encode()
    return request(
        "POST", "/v1/match", body, Authorization=f"Bearer {key}", Content_Type="application/json"
    )


def hma_requests(hashes: bytes) -> list[bytes]:
    path = "/m/raw_lookup?signal_type=pdq&signal="
    return [request("GET", path + value.hex()) for value in queries(hashes, 5000)]


def queries(hashes: bytes, count: int) -> list[bytes]:
    """One in a hundred is on the list."""
    chance = random.Random(9)
    known = len(hashes) // 32
    return [
        hashes[32 * place : 32 * place + 32]
        if number % 100 == 0 and (place := chance.randrange(known)) >= 0
        else chance.randbytes(32)
        for number in range(count)
    ]


def write_hashes(folder: Path, size: int) -> bytes:
    hashes = np.random.default_rng(size).bytes(32 * size)
    (folder / "hashes").write_bytes(hashes)
    return hashes


def make_home(home: Path, hashes: bytes) -> str:
    """Make an installation that knows ``hashes``; return a key that may ask all day."""
    table = home.with_suffix(".csv")
    with table.open("w") as file:
        file.write("id,pdq\n")
        for start in range(0, len(hashes), 32):
            file.write(f"n{start // 32},{hashes[start : start + 32].hex()}\n")
    limits = Limits(1e7, 1_000_000_000, 1_000_000_000, 1_000_000_000, 1.0, 1_000_000_000)
    with Tidebreak.create(home, home.with_suffix(".key")) as made:
        made.import_list(table, name="list", kind=ListKind.CONTRABAND)
        with open_access(made) as access:
            scope = Scope(roles=frozenset({Role.PLATFORM}), limits=limits)
            return access.keys.add("benchmark", scope, "benchmark").text


@contextmanager
def service(home: Path, key: str) -> Generator[int]:
    port = free_port()
    command = [str(BINARIES / "tidebreak"), "--home", str(home), "serve", "--port", str(port)]
    with running(command, port, "/readyz"):
        yield port


@contextmanager
def hma(hashes: Path) -> Generator[int]:
    port = free_port()
    command = [str(BINARIES / "gunicorn"), "--workers", "1", "--worker-class", "gthread"]
    command += ["--threads", "4", "--bind", f"127.0.0.1:{port}", "--timeout", "600"]
    command += ["--log-level", "error", "benchmarks.beside.hma_server:app"]
    with running(command, port, "/status", HASHES=str(hashes), OMP_NUM_THREADS="1"):
        yield port


@contextmanager
def running(command: list[str], port: int, path: str, **variables: str) -> Generator[None]:
    process = subprocess.Popen(
        ["taskset", "-c", SERVER_CORE, *command],
        env={**os.environ, **variables},
        cwd=Path(__file__).parent.parent,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(3000):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5).close()
                break
            except OSError:
                if process.poll() is not None:
                    raise SystemExit(f"{command[0]} ended") from None
                time.sleep(0.2)
        yield
    finally:
        process.terminate()
        process.wait()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as made:
        return made.getsockname()[1]


def spread(values: Sequence[float]) -> dict[str, float]:
    ordered = (min(values), statistics.median(values), max(values))
    return dict(zip(("min", "median", "max"), (round(v, 2) for v in ordered), strict=True))


if __name__ == "__main__":
    main()
