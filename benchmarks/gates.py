"""What a gate costs a tracker: announces to opentracker, through nginx, and through nginx and gate.

Run ``python benchmarks/gates.py`` or ``--quick``. Needs opentracker and nginx. The peer is the same
nginx before the same tracker without a gate; opentracker alone is the bound. The gate asks an
installation with 200,000 known infohashes. All run on loopback; one client announces on one
connection at a time, in turns; then eight at once. Of a hundred announces one is of a known torrent,
ten are of torrents never asked about before, the others are of one that is clear.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote_from_bytes

from tidebreak.gates.allowing import recheck
from tidebreak.gates.gate import Gate
from tidebreak.gates.trackers import Allowed
from tidebreak.installation import Tidebreak
from tidebreak.model import ListKind

RESULTS = Path(__file__).with_name("results") / "gates.json"
PAGE = Path(__file__).parent.parent / "docs" / "gates.md"
KNOWN = 200_000
ALLOWED = 200_000
AT_ONCE = 8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer announces")
    announces, turns = (300, 3) if parser.parse_args().quick else (1000, 7)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        known = make_home(folder)
        clear = random.Random(1).randbytes(20)
        (folder / "allowed").write_text(f"{clear.hex()}\n")
        (folder / "allowed").chmod(0o644)
        sent: list[bytes | None] = [
            known[i % 1000] if i % 100 == 50 else None if i % 10 == 0 else clear
            for i in range(announces)
        ]
        ports = [free_port() for _ in range(4)]
        processes = start(folder, *ports)
        try:
            report = measure(sent, dict(zip(PLACES, ports, strict=False)), turns)
        finally:
            for process in processes:
                process.terminate()
                process.wait()
        report |= {"known infohashes": KNOWN, "announces": announces} | in_process(folder, known)
    print(json.dumps(report, indent=1))
    RESULTS.write_text(json.dumps(report, indent=1) + "\n")


PLACES = ("opentracker", "nginx", "nginx and gate")


def measure(sent: Sequence[bytes | None], ports: dict[str, int], turns: int) -> dict[str, object]:
    for port in ports.values():
        latencies(port, sent[:50])
    alone: dict[str, list[list[float]]] = {place: [] for place in PLACES}
    together: dict[str, list[float]] = {place: [] for place in PLACES}
    for _ in range(turns):
        for place, port in ports.items():
            alone[place].append(latencies(port, sent))
            began = time.perf_counter()
            with ThreadPoolExecutor(AT_ONCE) as pool:
                list(pool.map(lambda p: latencies(p, sent[: len(sent) // 4]), [port] * AT_ONCE))
            spent = time.perf_counter() - began
            together[place].append(AT_ONCE * (len(sent) // 4) / spent)
    ratios = [
        statistics.median(gate) / statistics.median(bare)
        for gate, bare in zip(alone["nginx and gate"], alone["nginx"], strict=True)
    ]
    flat = {place: sorted(each for run in runs for each in run) for place, runs in alone.items()}
    return {
        "milliseconds": {
            place: {
                "median": round(statistics.median(values), 3),
                "p99": round(values[len(values) * 99 // 100], 3),
            }
            for place, values in flat.items()
        },
        "latency_ratio_min": round(min(ratios), 2),
        "latency_ratio_median": round(statistics.median(ratios), 2),
        "latency_ratio_max": round(max(ratios), 2),
        f"per second, {AT_ONCE} at once": {
            place: round(statistics.median(rates)) for place, rates in together.items()
        },
    }


def latencies(port: int, sent: Sequence[bytes | None]) -> list[float]:
    """Announce one after the other, each on a connection of its own; return milliseconds.

    None is a torrent that was never announced before.
    """
    took: list[float] = []
    for value in [os.urandom(20) if each is None else each for each in sent]:
        began = time.perf_counter()
        with socket.create_connection(("127.0.0.1", port), 20) as line:
            query = f"info_hash={quote_from_bytes(value)}&peer_id={'p' * 20}&port=5&left=0"
            line.sendall(f"GET /announce?{query} HTTP/1.0\r\nHost: t\r\n\r\n".encode())
            while line.recv(4096):
                pass
        took.append(1000 * (time.perf_counter() - began))
    return took


def in_process(folder: Path, known: Sequence[bytes]) -> dict[str, object]:
    """How many announces a second the gate judges by itself, asked a thousand at once and singly."""

    def values(count: int) -> list[tuple[bytes]]:
        return [(os.urandom(20),) for _ in range(count - 10)] + [(value,) for value in known[:10]]

    with Tidebreak.open(folder / "home") as opened:
        gate = Gate(opened)
        gate.judge_infohashes(values(1000))
        many = [values(1000) for _ in range(10)]
        began = time.process_time()
        for each in many:
            gate.judge_infohashes(each)
        batched = 10_000 / (time.process_time() - began)
        began = time.process_time()
        for value in values(310)[:300]:
            gate.judge_infohashes([value])
        single = 300 / (time.process_time() - began)
        allowed = Allowed(folder / "served")
        allowed.add([*(os.urandom(20) for _ in range(ALLOWED - 10)), *known[:10]])
        began = time.process_time()
        assert recheck(gate, allowed).removed == 10
        rechecked = ALLOWED / (time.process_time() - began)
    return {
        "judged per second, 1,000 at once": round(batched),
        "one by one": round(single),
        f"rechecked per second, of {ALLOWED:,}": round(rechecked),
    }


def make_home(folder: Path) -> list[bytes]:
    random_bytes = random.Random(7).randbytes
    known = [random_bytes(20) for _ in range(KNOWN)]
    (folder / "list.csv").write_text("btih\n" + "".join(f"{each.hex()}\n" for each in known))
    with Tidebreak.create(folder / "home", folder / "key") as made:
        made.import_list(folder / "list.csv", name="known", kind=ListKind.CONTRABAND)
    settings = folder / "home" / "settings.toml"
    settings.write_text(f'key_file = "{folder / "key"}"\n')
    return known


def start(folder: Path, tracker: int, bare: int, gated: int, gate: int) -> list[subprocess.Popen]:
    """Start opentracker, nginx with and without a gate before it, and the gate."""
    root = os.geteuid() == 0
    allowed = "allowed" if root else str(folder / "allowed")
    [shown] = re.findall(r"```nginx\n(.*?)```", PAGE.read_text(), re.DOTALL)
    shown = shown.replace(" transparent", "")
    for there, here in (("6970", tracker), ("6969", gated), ("8399", gate)):
        shown = shown.replace(there, str(here))
    plain = re.sub(r"\n\s*auth_request [^\n]*", "", shown).replace(str(gated), str(bare))
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/errors; worker_processes 1;\n"
        f"events {{}}\nhttp {{\n{shown}\n{plain}\n}}\n"
    )
    commands = [
        [program("opentracker"), "-i", "127.0.0.1", "-p", str(tracker), "-P", str(tracker),
         "-d", str(folder), "-u", "nobody", "-w", allowed],
        [program("nginx"), "-p", str(folder), "-c", str(folder / "nginx.conf")],
        [sys.executable, "-m", "tidebreak", "--home", str(folder / "home"), "gate", "serve",
         "--port", str(gate)],
    ]  # fmt: skip
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    processes = [subprocess.Popen(command, cwd=folder, **quiet) for command in commands]
    for port in (tracker, bare, gated, gate):
        while socket.socket().connect_ex(("127.0.0.1", port)):
            time.sleep(0.05)
    return processes


def program(name: str) -> str:
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin")
    if found is None:
        sys.exit(f"needs {name}")
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


if __name__ == "__main__":
    main()
