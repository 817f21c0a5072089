"""A million links checked: read, sealed, looked up, told; the whole command on one core.

Run ``python benchmarks/check.py`` (or ``--quick``). The links are those of ``benchmarks/links.py``;
the list holds a million entries of several kinds, and one link in a thousand names one of them.
Every run is the command as its user starts it, pinned to one core (taskset), with its start-up. The
bound beside it: reading the same links alone, in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from links import make_link
from tidebreak.installation import Tidebreak
from tidebreak.model import ListKind

RESULTS = Path(__file__).with_name("results") / "check.json"
COMMAND = (sys.executable, "-m", "tidebreak")
READ_ALONE = """
import sys
from tidebreak import links
for _ in links.read_many(line.rstrip("\\n") for line in open(sys.argv[1])): pass
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of everything, one round")
    quick = parser.parse_args().quick
    count, rounds = (100_000, 1) if quick else (1_000_000, 3)
    with tempfile.TemporaryDirectory() as folder:
        home, links = prepare(Path(folder), count)
        check = (*COMMAND, "--home", str(home), "check", str(links))
        sides = {
            "summary": check,
            "json": (*check, "--json"),
            "reading alone": (sys.executable, "-c", READ_ALONE, str(links)),
        }
        times: dict[str, list[tuple[float, float]]] = {name: [] for name in sides}
        for _ in range(rounds):
            for name, command in sides.items():
                times[name].append(run(command))
    table = {name: row(count, found) for name, found in times.items()}
    print(json.dumps({"links": count, "entries": count, "seconds": table}, indent=1))
    RESULTS.write_text(json.dumps({"links": count, "seconds": table}, indent=1) + "\n")


def prepare(folder: Path, count: int) -> tuple[Path, Path]:
    generator = random.Random(5)
    known = [generator.randbytes(20) for _ in range(count // 2)]
    with (folder / "list.csv").open("w") as file:
        file.write("sha1,btih,ed2k,tth\n")
        for value in known:
            other = generator.randbytes(20).hex()
            file.write(f"{value.hex()},{other},{other[:32]},\n")
    with (folder / "links.txt").open("w") as file:
        for number in range(count):
            if number % 1000:
                file.write(make_link(generator) + "\n")
            else:
                file.write(f"urn:sha1:{generator.choice(known).hex()}\n")
    with Tidebreak.create(folder / "home", folder / "key") as installation:
        installation.import_list(folder / "list.csv", name="known", kind=ListKind.CONTRABAND)
    return folder / "home", folder / "links.txt"


def run(command: tuple[str, ...]) -> tuple[float, float]:
    """Return wall-clock and processor seconds of one run on one core."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    done = subprocess.run(
        ("taskset", "-c", "0", *command), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    took = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode in (0, 1), done.returncode
    return took, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def row(count: int, found: list[tuple[float, float]]) -> dict[str, object]:
    walls, cpus = ([round(value, 1) for value in column] for column in zip(*found, strict=True))
    middle = statistics.median(cpus)
    return {"wall": walls, "cpu": cpus, "µs of cpu per link": round(middle / count * 1e6, 1)}


if __name__ == "__main__":
    main()
