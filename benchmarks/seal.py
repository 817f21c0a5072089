"""Sealed checks: evaluations with their proof beside bare libsodium, and a server on loopback.

Run ``python benchmarks/seal.py`` (about a minute) or ``--quick``. The bound is what one would have
without any protocol: one ``crypto_scalarmult_ristretto255`` of libsodium per evaluation, no proof,
no hashing, no HTTP. Both sides alternate, CPU time, one core; batches of 100, and of 1,000, which
is the most that a request has. "libsodium alone" is the same protocol without the lanes.

The server is a process of its own with one worker. Its rate is what it answers per second of its
own CPU time, with HTTP, tokens, quotas and proofs; latencies are those of one client that asks
one batch after the other, and of two at once.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import rbcl

from tidebreak import kernels
from tidebreak.installation import Tidebreak
from tidebreak.model import ListKind, Signal
from tidebreak.seal.online import keys, wire
from tidebreak.seal.online.client import Client
from tidebreak.seal.online.connection import Connection
from tidebreak.seal.online.issued import issue
from tidebreak.seal.online.keys import SealKeys
from tidebreak.seal.online.known import Known, current
from tidebreak.seal.online.limits import Limits
from tidebreak.seal.online.service import open_operators
from tidebreak.seal.online.token import Token
from tidebreak.seal.oprf import coding_kernels, group, point_kernels
from tidebreak.seal.oprf.voprf import Blinded, Key, blind, finalise_proven
from tidebreak.signals import signal_type

RESULTS = Path(__file__).with_name("results") / "seal.json"
ROUNDS = 9
UNLIMITED = Limits(per_day=10**9, per_second=1e9, burst=10**9)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    kernels.warm(coding_kernels.__name__, point_kernels.__name__)
    report = {
        "evaluations per second and core": {n: evaluations(n) for n in (100, 1000)},
        "client": client_costs(),
        "set": set_size(10**5 if quick else 10**6),
        **served(entries=2000 if quick else 20_000, requests=100 if quick else 1500),
    }
    print(json.dumps(report, indent=1))
    if not quick:
        RESULTS.write_text(json.dumps(report, indent=1) + "\n")


def evaluations(count: int) -> dict[str, Any]:
    secret = SealKeys.derive(bytes(32)).private
    key, blinded = Key(secret), blind([os.urandom(32) for _ in range(count)]).elements
    rows = [row.tobytes() for row in blinded]

    def bound() -> None:
        for row in rows:
            rbcl.crypto_scalarmult_ristretto255(secret, row)

    rates = {name: [] for name in ("with proof", "without proof", "libsodium, no protocol")}
    for _ in range(ROUNDS):
        rates["with proof"].append(rate(lambda: key.prove(blinded), count))
        rates["without proof"].append(rate(lambda: key.evaluate(blinded), count))
        rates["libsodium, no protocol"].append(rate(bound, count))
    many, group.MANY = group.MANY, 10**9
    rates["with proof, libsodium alone"] = [
        rate(lambda: key.prove(blinded), count) for _ in range(3)
    ]
    group.MANY = many
    ratios = [
        a / b for a, b in zip(rates["with proof"], rates["libsodium, no protocol"], strict=True)
    ]
    return {
        **{name: round(statistics.median(found)) for name, found in rates.items()},
        "ratio_min": round(min(ratios), 2),
        "ratio_median": round(statistics.median(ratios), 2),
        "ratio_max": round(max(ratios), 2),
    }


def client_costs() -> dict[str, float]:
    """Microseconds of CPU per identifier, in batches of 1,000."""
    made = SealKeys.derive(bytes(32))
    key, inputs = Key(made.private), [os.urandom(32) for _ in range(1000)]
    blinded: Blinded = blind(inputs)
    evaluated, proof = key.prove(blinded.elements)
    return {
        "blind, µs": round(1e6 / median_rate(lambda: blind(inputs), 1000), 1),
        "check the proof and finalise, µs": round(
            1e6
            / median_rate(lambda: finalise_proven(blinded, evaluated, proof, made.public), 1000),
            1,
        ),
    }


def set_size(count: int) -> dict[str, float]:
    made = SealKeys.derive(bytes(32))
    values = np.random.default_rng(1).integers(0, 256, (count, 16), np.uint8)
    known = Known.of(values, np.ones(count, np.bool_), made.public)
    start = time.perf_counter()
    content = issue(known, made, "abcd2345")
    return {
        "entries": count,
        "bits per entry": round(8 * len(content) / count, 2),
        "seconds to issue": round(time.perf_counter() - start, 2),
    }


def served(entries: int, requests: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        with Tidebreak.create(home, Path(folder) / "key") as made:
            identifiers = [os.urandom(32) for _ in range(entries)]
            (home / "list").write_text("".join(f"{one.hex()}\n" for one in identifiers))
            made.import_list(home / "list", name="list", kind=ListKind.CONTRABAND, format="sha256")
            own = keys.create(keys.place_of(Path(folder) / "key"))
            start = time.process_time()
            current(made, own)
            build = time.process_time() - start
            operators = open_operators(made, own)
            token = operators.add("benchmark", UNLIMITED)
            operators.close()
        with server(home) as (url, number):
            return {
                "build": {"entries": entries, "µs per entry": round(1e6 * build / entries, 1)},
                "server, batches of 100": asked(url, token, number, requests, 100),
                "server, batches of 1000": asked(url, token, number, requests // 10, 1000),
                "client, all included": client_asks(url, token, identifiers),
            }


@contextmanager
def server(home: Path) -> Generator[tuple[str, int]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tidebreak", "--home", str(home), "seal", "serve", "--port", "0"],
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stderr is not None
        match = re.search(r"http://\S+", process.stderr.readline())
        assert match is not None
        yield match.group(), process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def asked(url: str, token: Token, number: int, requests: int, size: int) -> dict[str, float]:
    body = blind([os.urandom(32) for _ in range(size)]).elements.tobytes()
    times: dict[int, list[float]] = {}
    for at_once in (1, 2):
        times[at_once] = []
        connections = [connected(url, token) for _ in range(at_once)]
        for connection in connections:
            for _ in range(5):
                connection.send("POST", wire.EVALUATE, body)
        before = cpu_seconds(number)
        threads = [
            threading.Thread(target=ask_many, args=(c, body, requests // at_once, times[at_once]))
            for c in connections
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        used = cpu_seconds(number) - before
        if at_once == 1:
            per_cpu_second = requests * size / used
        for connection in connections:
            connection.close()
    return {
        "evaluations per CPU second": round(per_cpu_second),
        **{
            f"{name}, {at_once} at once, ms": round(1e3 * float(np.quantile(found, part)), 2)
            for at_once, found in times.items()
            for name, part in (("p50", 0.5), ("p99", 0.99))
        },
    }


def ask_many(connection: Connection, body: bytes, count: int, times: list[float]) -> None:
    for _ in range(count):
        start = time.perf_counter()
        connection.send("POST", wire.EVALUATE, body)
        times.append(time.perf_counter() - start)


def client_asks(url: str, token: Token, identifiers: list[bytes]) -> dict[str, float]:
    kind = signal_type("sha256")
    with Client(url, token) as client:
        client.ask([[Signal(kind, os.urandom(32))] for _ in range(1000)])
        items = [[Signal(kind, os.urandom(32))] for _ in range(4900)]
        items += [[Signal(kind, one)] for one in identifiers[:100]]
        start, cpu = time.perf_counter(), time.process_time()
        answers = client.ask(items)
        assert sum(answer.known for answer in answers) == 100
        return {
            "identifiers": len(items),
            "per second, both on one machine": round(len(items) / (time.perf_counter() - start)),
            "µs of the client's CPU each": round(1e6 * (time.process_time() - cpu) / len(items), 1),
        }


def connected(url: str, token: Token) -> Connection:
    return Connection(url, token, ca=None, insecure=False, tries=50, seconds=20.0)


def cpu_seconds(number: int) -> float:
    """Return the time that all threads of a process have had on a core."""
    places = Path(f"/proc/{number}/task").glob("*/schedstat")
    return sum(int(place.read_text().split()[0]) for place in places) / 1e9


def rate(act: Callable[[], object], count: int) -> float:
    start, rounds = time.process_time(), 0
    while time.process_time() - start < 0.15:
        act()
        rounds += 1
    return rounds * count / (time.process_time() - start)


def median_rate(act: Callable[[], object], count: int) -> float:
    return statistics.median(rate(act, count) for _ in range(5))


if __name__ == "__main__":
    main()
