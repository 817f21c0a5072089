"""The whole scan against what its workers achieve alone, on small files and on mixed ones.

Both run the same files through the same pool; the scan also walks, seals, matches, and writes down
every result. Alternating runs, ratios with their spread. Also: memory for 2,000 and for 20,000 files,
and how long the command line takes to start and to look up one signal from a cold process.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import numpy as np
import skimage
from PIL import Image

from tidebreak.installation import Tidebreak
from tidebreak.media.opening import open_file
from tidebreak.media.pool import Job, WorkerPool
from tidebreak.model import ListKind
from tidebreak.settings import Settings

RESULTS = Path(__file__).parent / "results" / "scan.json"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the files, fewer runs")
    quick = parser.parse_args().quick
    figures: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        small = make_small(place / "small", 2_000 if quick else 20_000)
        mixed = make_mixed(place / "mixed", 200 if quick else 2_000)
        with make_installation(place) as installation:
            for name, folder in (("small", small), ("mixed", mixed)):
                figures[name] = compare(installation, folder, 2 if quick else 5)
        figures["memory_mib"] = {
            count: peak_memory(place, small, count) for count in (2_000, 2_000 if quick else 20_000)
        }
        figures["startup_s"] = startup(place)
    print(json.dumps(figures, indent=2))
    if not quick:
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(json.dumps(figures, indent=2) + "\n")


def make_small(folder: Path, count: int) -> Path:
    """Write files of 20 kB that are no pictures, in folders of 500."""
    random.seed(1)
    for number in range(count):
        target = folder / f"{number // 500}"
        target.mkdir(parents=True, exist_ok=True)
        (target / f"{number}.bin").write_bytes(random.randbytes(20_000))
    return folder


def make_mixed(folder: Path, count: int) -> Path:
    """Write what a disk holds: pictures of several kinds and sizes, archives, other files."""
    folder.mkdir(parents=True)
    generator = np.random.default_rng(2)
    pictures = [Image.open(Path(skimage.__file__).parent / "data" / name).convert("RGB")
                for name in ("chelsea.png", "astronaut.png", "coffee.png", "rocket.jpg")]  # fmt: skip
    for number in range(count):
        picture = pictures[number % 4]
        scale = float(generator.uniform(0.8, 3.0))
        picture = picture.resize((int(picture.width * scale), int(picture.height * scale)))
        kind = number % 20
        if kind < 12:
            picture.save(folder / f"{number}.jpg", quality=int(generator.integers(60, 95)))
        elif kind < 15:
            picture.resize((400, 300)).save(folder / f"{number}.png")
        elif kind < 16:
            picture.save(folder / f"{number}.webp")
        elif kind < 17:
            with zipfile.ZipFile(folder / f"{number}.zip", "w") as archive:
                archive.writestr("a.bin", generator.bytes(300_000))
        else:
            (folder / f"{number}.bin").write_bytes(
                generator.bytes(int(generator.integers(1e5, 2e6)))
            )
    return folder


def make_installation(place: Path) -> Tidebreak:
    """Make an installation with a list of 100,000 random PDQ hashes and seals."""
    installation = Tidebreak.create(place / "home", place / "key")
    values = np.random.default_rng(3).integers(0, 256, (100_000, 64), dtype=np.uint8)
    lines = (f"{row[:32].tobytes().hex()},{row[32:].tobytes().hex()}\n" for row in values)
    (place / "list.csv").write_text("sha256,pdq\n" + "".join(lines))
    installation.import_list(place / "list.csv", name="random", kind=ListKind.CONTRABAND)
    return installation


def compare(installation: Tidebreak, folder: Path, runs: int) -> dict[str, object]:
    """Time the workers alone and the scan, alternating, after one run of each that is not counted."""
    files = sum(1 for path in folder.rglob("*") if path.is_file())
    alone, scans = [], []
    for run in range(runs + 1):
        first, second = workers_alone(folder), whole_scan(installation, folder)
        if run:
            alone.append(files / first)
            scans.append(files / second)
    ratios = [s / a for s, a in zip(scans, alone, strict=True)]
    return {
        "files": files,
        "workers_alone_files_per_s": spread(alone),
        "scan_files_per_s": spread(scans),
        "ratio": spread(ratios),
    }


def workers_alone(folder: Path) -> float:
    """Seconds that the pool takes for the files, once it is warm."""
    with WorkerPool(Settings()) as pool:
        warm_up(pool, folder)
        started = time.perf_counter()
        paths = (path for path in sorted(folder.rglob("*")) if path.is_file())
        opened = ((number, open_file(path)) for number, path in enumerate(paths))
        for _ in pool.examine(Job(n, found.fd, found.size) for n, found in opened):
            pass
        return time.perf_counter() - started


def warm_up(pool: WorkerPool, folder: Path) -> None:
    """Let every worker start before the clock does."""
    some = [path for path in folder.rglob("*") if path.is_file()][:200]
    opened = [open_file(path) for path in some]
    for _ in pool.examine(Job(n, found.fd, found.size) for n, found in enumerate(opened)):
        pass


def whole_scan(installation: Tidebreak, folder: Path) -> float:
    """Seconds that a scan takes, from its first file to its last result written."""
    from tidebreak.scan.run import Scan, warm

    with installation.observations() as observations, WorkerPool(Settings()) as pool:
        warm_up(pool, folder)
        warm()
        scan = Scan(observations.begin_scan({}), observations, installation.matcher(),
                    installation.sealer, "benchmark", reread=True, revisits=False)  # fmt: skip
        started = time.perf_counter()
        scan.run([os.fsencode(folder)], pool)
        return time.perf_counter() - started


def peak_memory(place: Path, folder: Path, count: int) -> float:
    """Peak memory in MiB of the parent process of a scan of ``count`` files."""
    code = (
        "import resource, sys, itertools, tidebreak; from pathlib import Path\n"
        f"paths = itertools.islice((p for p in Path({str(folder)!r}).rglob('*') if p.is_file()), {count})\n"
        f"with tidebreak.open({str(place / 'home')!r}) as t:\n"
        "    t.scan([], listed=(bytes(p) for p in paths), reread=True)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return round(float(done.stdout), 1)


def startup(place: Path) -> dict[str, object]:
    """Seconds for `--help` and for `match` from a cold process, kernels compiled."""
    tidebreak = [sys.executable, "-m", "tidebreak", "--home", str(place / "home")]
    lookup = [*tidebreak, "match", "pdq:" + "5a" * 32, "md5:" + "5a" * 16]
    return {"help": spread(timed([*tidebreak, "--help"])), "match": spread(timed(lookup))}


def timed(command: list[str]) -> list[float]:
    seconds = []
    for _ in range(7):
        started = time.perf_counter()
        subprocess.run(command, capture_output=True, check=False)
        seconds.append(time.perf_counter() - started)
    return seconds[1:]


def spread(values: list[float]) -> dict[str, float]:
    middle = statistics.median(values)
    return {"min": round(min(values), 3), "median": round(middle, 3), "max": round(max(values), 3)}


if __name__ == "__main__":
    with contextlib.suppress(ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
    main()
