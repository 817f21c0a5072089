"""What a copy, a key or an account is worth: the time to try 100 million candidates, one core.

Run ``python benchmarks/threats.py`` or ``--quick``. Candidates are random values of 20 bytes, the
length of an infohash; a store knows a million values. Every way of trying is the fastest that is
at hand here, in turns with its peer: plain scrypt at N = 2^14 for hardened digests, hashlib's keyed
BLAKE2b for kernels. The result is written to ``benchmarks/results/threats.json``, and the tables of
``docs/threat-model.md`` from that.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import re
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from tidebreak.hashing.seals import Sealer
from tidebreak.hashing.sha import sha256_rows
from tidebreak.index import ExactIndex
from tidebreak.model import Signal
from tidebreak.seal import filter as sets
from tidebreak.seal.canaries import canary_keys, trace
from tidebreak.seal.local.hardening import Cost, Hardener
from tidebreak.seal.local.issue import Order
from tidebreak.seal.online.limits import Limits
from tidebreak.seal.oprf.voprf import Key
from tidebreak.signals import SIGNAL_TYPES

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "benchmarks" / "results" / "threats.json"
PAGE = ROOT / "docs" / "threat-model.md"
TYPE = SIGNAL_TYPES["btih"]
CANDIDATES = 100_000_000
KEY, SALT = bytes(range(32)), bytes(range(16))
STEPS = (1, 8, 64)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the rounds")
    rounds = 3 if parser.parse_args().quick else 9
    report = {"candidates": CANDIDATES} | attacks(rounds) | honest(rounds) | sealed_sets()
    print(json.dumps(report, indent=1))
    RESULTS.write_text(json.dumps(report, indent=1) + "\n")
    write_page(report)


def attacks(rounds: int) -> dict[str, Any]:
    """Microseconds per candidate of each way, with its ratio to its peer."""
    rng = np.random.default_rng(1)
    values = rng.integers(0, 256, (200_000, 20), dtype=np.uint8)
    texts = [value.tobytes() for value in values]
    known = sets.build(rng.integers(0, 1 << 64, 1_000_000, dtype=np.uint64))
    sealer, key = Sealer(KEY), Key((7).to_bytes(32, "little"))
    index = ExactIndex.build(
        rng.integers(0, 256, (1_000_000, 16), dtype=np.uint8),
        np.arange(1_000_000, dtype=np.uint32),
    )

    def unsealed() -> int:
        [digests] = sha256_rows(values.ravel(), 20)
        known.has(np.ascontiguousarray(digests[:, :8]).view(np.uint64).ravel())
        return len(values)

    def keyed() -> int:
        seals = sealer.seal_many(TYPE, values)
        known.has(np.ascontiguousarray(seals[:, :8]).view(np.uint64).ravel())
        return len(values)

    def own_seals() -> int:
        index.find(sealer.seal_many(TYPE, values))
        return len(values)

    def loop() -> int:
        for text in texts[:50_000]:
            hashlib.blake2b(text, digest_size=16, key=KEY, person=b"tb:btih").digest()
        return 50_000

    def server_key() -> int:
        key.output(texts[:1000])
        return 1000

    def plain_scrypt() -> int:
        hashlib.scrypt(texts[0], salt=SALT, n=1 << 14, r=8, p=1, maxmem=1 << 26, dklen=8)
        return 1

    def hardened(steps: int) -> Callable[[], int]:
        hardener = Hardener(KEY, SALT, Cost(steps))

        def attempt() -> int:
            for text in texts[: max(1, 64 // steps)]:
                known.has(hardener.everywhere(hardener.seal("btih", text)).ravel())
            return max(1, 64 // steps)

        return attempt

    ways = {
        "unsealed SHA-256": (unsealed, loop),
        "keyed digest": (keyed, loop),
        "own seals": (own_seals, loop),
        "server key": (server_key, plain_scrypt),
        **{f"hardened {steps}": (hardened(steps), plain_scrypt) for steps in STEPS},
    }
    for way, peer in ways.values():
        way(), peer()  # compiled and warm
    return {"attacks": {name: compared(way, peer, rounds) for name, (way, peer) in ways.items()}}


def compared(way: Callable[[], int], peer: Callable[[], int], rounds: int) -> dict[str, float]:
    pairs = [(microseconds(way), microseconds(peer)) for _ in range(rounds)]
    ratios = sorted(own / other for own, other in pairs)
    return {
        "us": significant(statistics.median(own for own, _ in pairs)),
        "peer_us": significant(statistics.median(other for _, other in pairs)),
        "ratio_min": significant(ratios[0]),
        "ratio_median": significant(statistics.median(ratios)),
        "ratio_max": significant(ratios[-1]),
    }


def honest(rounds: int) -> dict[str, Any]:
    """What an honest issuer and an honest look-up through the socket pay at the usual cost."""
    from tidebreak.seal.local.client import LocalStore
    from tidebreak.seal.local.file import Terms, key_text, pack

    cost = Cost()
    hardener = Hardener(KEY, SALT, cost)

    def entries() -> int:
        return len([hardener.at(number.to_bytes(16), 1) for number in range(100)])

    step = statistics.median(microseconds(entries) for _ in range(rounds))
    on = Terms("00" * 8, SALT, datetime.now(UTC), None, 1 << 31, cost)
    digests = sets.build(np.random.default_rng(2).integers(0, 1 << 64, 10**6, dtype=np.uint64))
    with tempfile.TemporaryDirectory() as folder:
        store, key_file, place = (Path(folder) / name for name in ("store", "key", "s"))
        store.write_bytes(pack(on, digests, KEY))
        key_file.write_bytes(key_text(KEY))
        key_file.chmod(0o600)
        with process(store, key_file, place):
            asker, times = LocalStore(place), list[float]()
            for number in range(rounds * 20):
                signal = Signal(TYPE, number.to_bytes(20))
                begin = time.perf_counter()
                asker.ask([[signal]])
                times.append(time.perf_counter() - begin)
        size = store.stat().st_size
    times.sort()
    return {
        "entry_us": significant(step),
        "steps": cost.steps,
        "per_day": Order("", store, store).per_day,
        "operator_per_day": Limits().per_day,
        "build_million_minutes": significant(step * 1e6 / 6e7),
        "store_bytes_per_million": size,
        "answer_ms_p50": significant(times[len(times) // 2] * 1e3),
        "answer_ms_p99": significant(times[int(len(times) * 0.99)] * 1e3),
    }


class process:
    """The process of a store, started as its user would start it."""

    def __init__(self, store: Path, key_file: Path, place: Path) -> None:
        import subprocess
        import sys

        code = (
            "import sys; from pathlib import Path\n"
            "from tidebreak.seal.local.server import Place, serve\n"
            "a, b, c = map(Path, sys.argv[1:])\n"
            "serve(a, b, Place(c), lambda *_: print('ready', flush=True))"
        )
        arguments = [sys.executable, "-c", code, *map(str, (store, key_file, place))]
        self._process = subprocess.Popen(arguments, stdout=subprocess.PIPE)

    def __enter__(self) -> None:
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == b"ready\n"

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(20)


def sealed_sets() -> dict[str, Any]:
    """Size, speed and false positives of a set, and what tracing one costs."""
    rng = np.random.default_rng(3)
    keys = rng.integers(0, 1 << 64, 1_000_000, dtype=np.uint64)
    probes = rng.integers(0, 1 << 64, 5_000_000, dtype=np.uint64)
    made: dict[str, Any] = {}
    for remainder in sets.REMAINDERS:
        begin = time.process_time()
        built = sets.build(np.append(keys, canary_keys(KEY, "one")), remainder)
        building = time.process_time() - begin
        begin = time.process_time()
        wrong = int(built.has(probes).sum())
        asking = time.process_time() - begin
        made[f"set {remainder}"] = {
            "bits_per_digest": round(8 * len(built.to_bytes()) / len(built), 2),
            "build_seconds": significant(building),
            "ns_per_question": significant(asking / len(probes) * 1e9),
            "wrong_log2": round(math.log2(wrong / len(probes)), 2) if wrong else None,
            "chance_log2": round(math.log2(built.chance), 2),
        }
        begin = time.process_time()
        found = trace(built, KEY, [("one", "")] + [(f"other {n}", "") for n in range(999)])
        made[f"set {remainder}"]["trace_1000_operators_seconds"] = significant(
            time.process_time() - begin
        )
        assert found[0].operator == "one"
    return made


def microseconds(act: Callable[[], int]) -> float:
    begin = time.thread_time()
    number = act()
    return (time.thread_time() - begin) / number * 1e6


def significant(value: float) -> float:
    return float(f"{value:.3g}")


def span(seconds: float) -> str:
    """A time in the unit that fits."""
    for unit, size in (("years", 365.25 * 86400), ("days", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 1.5 * size:
            return (
                f"{seconds / size:,.0f} {unit}"
                if seconds >= 10 * size
                else (f"{seconds / size:.1f} {unit}")
            )
    return f"{seconds:.0f} s" if seconds >= 1 else "under 1 s"


def table(report: dict[str, Any]) -> str:
    """The table of the attacks, in the words of the page."""
    rows = [
        ("a list of unsealed SHA-256 digests (a compact denylist)", "a copy", "unsealed SHA-256"),
        ("keyed digests", "a copy and the key", "keyed digest"),
        ("the installation's seals", "its database and its key file", "own seals"),
        ("the sealed server", "the server's key", "server key"),
        *[
            (f"a local store, `--work {steps}`" + (" (the default)" if steps == 8 else ""),
             "a copy and its key", f"hardened {steps}")
            for steps in STEPS
        ],
    ]  # fmt: skip
    lines = ["| what | in whose hands | per candidate | 100 million, 1 core | 1,000 cores |",
             "|---|---|---|---|---|"]  # fmt: skip
    for what, whose, name in rows:
        us = report["attacks"][name]["us"]
        seconds = us * report["candidates"] / 1e6
        each = f"{us / 1000:.3g} ms" if us >= 1000 else f"{us:.2g} µs"
        lines.append(f"| {what} | {whose} | {each} | {span(seconds)} | {span(seconds / 1000)} |")
    for what, whose, per_day in (
        ("a local store", "its socket", report["per_day"]),
        ("the sealed server", "an account", report["operator_per_day"]),
    ):
        seconds = report["candidates"] / per_day * 86400
        lines.append(f"| {what} | {whose} | {per_day:,} a day | {span(seconds)} | the same |")
    lines.append("| any of them but the first | a copy without the key | no test exists | | |")
    return "\n".join(lines)


def costs(report: dict[str, Any]) -> str:
    """The table of what honest use costs."""
    small, large = report["set 16"], report["set 32"]
    rows = [
        ("one look-up through the socket, median / 99 %",
         f"{report['answer_ms_p50']:.3g} / {report['answer_ms_p99']:.3g} ms"),
        ("a store of a million identifiers, one core",
         f"{report['build_million_minutes']:.0f} min, whatever `--work` is"),
        ("its size", f"{report['store_bytes_per_million'] / 1e6:.1f} MB"),
        ("a digest in a set of 2^-16 / 2^-32",
         f"{small['bits_per_digest']} / {large['bits_per_digest']} bits"),
        ("wrongly inside a set of 2^-16, measured",
         f"2^{small['wrong_log2']} (at most 2^{small['chance_log2']} was promised)"),
        ("tracing a copy among 1,000 operators", f"{large['trace_1000_operators_seconds']:.2g} s"),
    ]  # fmt: skip
    return "\n".join(["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows)])


def rendered(page: str, report: dict[str, Any]) -> str:
    """The page with its tables as the report has them."""
    for name, text in (("attacks", table(report)), ("costs", costs(report))):
        between = re.compile(f"(<!-- {name} -->\n).*?(<!-- end of {name} -->)", re.DOTALL)
        page = between.sub(lambda marks, text=text: f"{marks[1]}{text}\n{marks[2]}", page)
    return page


def write_page(report: dict[str, Any]) -> None:
    PAGE.write_text(rendered(PAGE.read_text(), report))


if __name__ == "__main__":
    main()
