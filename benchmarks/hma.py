"""Look-ups through HMA's interface: ours beside HMA's own matching path, one core each.

Run ``python benchmarks/hma.py`` or ``--quick``. Needs taskset. Both answer the same requests,
``GET /m/raw_lookup`` with a PDQ, on the same list of random PDQ, one query in a hundred on it, in
turns. Ours asks for a key, counts it, and asks the catalogue what each match is now; the peer
(`benchmarks/beside/hma_server.py`) has neither keys nor HMA's database. Beside that, ours alone:
``GET /m/lookup``, by which HMA's clients ask, which makes up banks and ratios besides. Rates are per
second of processor time of a server with all its processes, so that others' work on the machine
counts little.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.load import request, saturate
from benchmarks.service_lookups import (
    CLIENT_CORE,
    checked,
    hma,
    hma_requests,
    make_home,
    queries,
    service,
    spread,
    write_hashes,
)

RESULTS = Path(__file__).with_name("results") / "hma.json"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a smaller list, shorter runs")
    quick = parser.parse_args().quick
    size, seconds, turns = (100_000, 1.5, 3) if quick else (1_000_000, 3.0, 5)
    os.sched_setaffinity(0, {CLIENT_CORE})
    rates: dict[str, list[float]] = {"HMA raw": [], "ours raw": [], "ours lookup": []}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        hashes = write_hashes(folder, size)
        home = folder / "home"
        key = make_home(home, hashes)
        (home / "service.toml").write_text("[gates.hma]\n")
        theirs = hma_requests(hashes)
        raw, lookups = asking("raw_lookup", hashes, key), asking("lookup", hashes, key)
        with service(home, key) as port, hma(folder / "hashes") as other:
            ours, peer = children(os.getpid())
            for _ in range(turns):
                rates["HMA raw"].append(rate(peer, other, theirs, seconds, 8))
                rates["ours raw"].append(rate(ours, port, raw, seconds))
                rates["ours lookup"].append(rate(ours, port, lookups, seconds))
    report: dict[str, object] = {"entries": size, "seconds": seconds}
    report |= {f"{name}/s": spread(values) for name, values in rates.items()}
    for name in ("ours raw", "ours lookup"):
        pairs = zip(rates[name], rates["HMA raw"], strict=True)
        report[f"{name} / HMA raw"] = spread([a / b for a, b in pairs])
    print(json.dumps(report, indent=1))
    RESULTS.write_text(json.dumps(report, indent=1) + "\n")


def rate(
    server: int, port: int, asked: Sequence[bytes], seconds: float, connections: int = 32
) -> float:
    """Answers per second of processor time of ``server``."""
    before = processor_seconds(server)
    answers = checked(saturate(port, asked, seconds, connections)).answers
    return answers / (processor_seconds(server) - before)


def processor_seconds(process: int) -> float:
    """What a process and all that it started have used so far."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    own = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return own + sum(processor_seconds(child) for child in children(process))


def children(process: int) -> list[int]:
    found = Path(f"/proc/{process}/task").glob("*/children")
    return sorted(int(number) for file in found for number in file.read_text().split())


def asking(path: str, hashes: bytes, key: str) -> list[bytes]:
    start = f"/hma/m/{path}?signal_type=pdq&signal="
    return [
        request("GET", start + value.hex(), Authorization=f"Bearer {key}")
        for value in queries(hashes, 5000)
    ]


if __name__ == "__main__":
    main()
