"""What isolation costs: files per second through the pool against the same code on its own.

Run ``python benchmarks/workers.py`` (or ``--quick``). Two sets of files, made here: 20,000 small
ones (half of them little pictures) and 2,000 mixed ones (photographs, archives, films, texts).
"Alone" is the examiner in N plain processes side by side, without sandbox, pool or answers, each
with its share of the files in batches of 64. The pool opens the files in the parent, passes them
to N workers and takes back every answer. The share is the pool's rate over that of N alone. Runs
alternate.
"""

from __future__ import annotations

import argparse
import gc
import io
import json
import os
import statistics
import tempfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from tidebreak import kernels
from tidebreak.media.examine import Examiner, Given
from tidebreak.media.opening import open_file
from tidebreak.media.pool import Job, WorkerPool
from tidebreak.media.reporting import Unread
from tidebreak.settings import Settings

RESULTS = Path(__file__).with_name("results") / "workers.json"
_DISTINCT = 200


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the files")
    quick = parser.parse_args().quick
    scale, rounds = (10, 3) if quick else (1, 3)
    kernels.warm()
    rows: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as folder:
        for name, make, count in (
            ("small", small_file, 20_000 // scale),
            ("mixed", mixed_file, 2_000 // scale),
        ):
            paths = make_files(Path(folder, name), make, count)
            rows += compare(name, paths, rounds)
    print_table(rows)
    RESULTS.write_text(json.dumps(rows, indent=1) + "\n")


def compare(name: str, paths: list[Path], rounds: int) -> list[dict[str, object]]:
    size = sum(path.stat().st_size for path in paths)
    rows: list[dict[str, object]] = []
    for workers in sorted({1, len(os.sched_getaffinity(0))}):
        with WorkerPool(Settings(), workers) as pool:
            through_pool(pool, paths[: len(paths) // 2])
            pairs = [(alone(workers, paths), through_pool(pool, paths)) for _ in range(rounds)]
        shares = sorted(pooled / bare for bare, pooled in pairs)
        rows.append(
            {
                "files": name,
                "count": len(paths),
                "megabytes": round(size / 1e6),
                "workers": workers,
                "alone_per_second": round(statistics.median(bare for bare, _ in pairs)),
                "pool_per_second": round(statistics.median(pooled for _, pooled in pairs)),
                "share_min": round(shares[0], 3),
                "share_median": round(statistics.median(shares), 3),
                "share_max": round(shares[-1], 3),
            }
        )
    return rows


def alone(workers: int, paths: list[Path]) -> float:
    """Return files per second of ``workers`` plain processes, forked with everything loaded."""
    gc.collect()
    start = time.perf_counter()
    children: list[int] = []
    for number in range(workers):
        child = os.fork()
        if not child:
            examine_all(paths[number::workers])
            os._exit(0)
        children.append(child)
    assert all(os.waitpid(child, 0)[1] == 0 for child in children)
    return len(paths) / (time.perf_counter() - start)


def examine_all(paths: list[Path]) -> None:
    examiner = Examiner(Settings(), Unread())
    for at in range(0, len(paths), 64):
        opened = [open_file(path) for path in paths[at : at + 64]]
        examiner.examine(Given(i + 1, file.fd, file.size) for i, file in enumerate(opened))
        for file in opened:
            os.close(file.fd)


def through_pool(pool: WorkerPool, paths: list[Path]) -> float:
    """Return files per second of the pool, everything in the parent included."""
    gc.collect()
    start = time.perf_counter()
    done = sum(found is None for _, found in pool.examine(jobs(paths)))
    assert done == len(paths)
    return len(paths) / (time.perf_counter() - start)


def jobs(paths: list[Path]) -> Iterator[Job]:
    for token, path in enumerate(paths, 1):
        file = open_file(path)
        yield Job(token, file.fd, file.size)


# -- files to examine


def make_files(folder: Path, make, count: int) -> list[Path]:
    """Make distinct files, and names for them up to ``count``: the page cache holds them all."""
    folder.mkdir()
    rng = np.random.default_rng(1)
    for number in range(min(_DISTINCT, count)):
        Path(folder, f"{number}").write_bytes(make(rng, number))
    for number in range(_DISTINCT, count):
        os.link(Path(folder, f"{number % _DISTINCT}"), Path(folder, f"{number}"))
    return [Path(folder, f"{number}") for number in range(count)]


def small_file(rng: np.random.Generator, number: int) -> bytes:
    if number % 2:
        return photograph(rng, 160 + number, 120)
    return rng.bytes(int(rng.integers(100, 40_000)))


def mixed_file(rng: np.random.Generator, number: int) -> bytes:
    match number % 10:
        case 0 | 1 | 2 | 3:
            return photograph(rng, 2000 + number, 1500)
        case 4:
            return photograph(rng, 800, 600, "PNG")
        case 5:
            return archive(rng)
        case 6:
            return b"\0\0\0\x18ftypmp42" + rng.bytes(3_000_000)
        case 7:
            return rng.bytes(700_000)
        case _:
            return b"A line of a text that somebody wrote.\n" * int(rng.integers(1, 5000))


def photograph(rng: np.random.Generator, width: int, height: int, kind: str = "JPEG") -> bytes:
    """Return a picture with the spectrum of a photograph: smooth, with some grain."""
    coarse = rng.integers(0, 256, (9, 12, 3), dtype=np.uint8)
    smooth = Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)
    grain = rng.normal(0, 6, (height, width, 1))
    pixels = np.clip(np.asarray(smooth) + grain, 0, 255).astype(np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, kind, quality=85)
    return out.getvalue()


def archive(rng: np.random.Generator) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for number in range(5):
            packed.writestr(f"{number}.jpg", photograph(rng, 640, 480))
        packed.writestr("notes.txt", "words\n" * 1000, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def print_table(rows: list[dict[str, object]]) -> None:
    print(f"{'files':8}{'workers':>8}{'alone':>12}{'pool':>10}   share: min / median / max")
    for row in rows:
        print(
            f"{row['files']:8}{row['workers']:>8}{row['alone_per_second']:>10}/s"
            f"{row['pool_per_second']:>8}/s   "
            f"{row['share_min']:.2f} / {row['share_median']:.2f} / {row['share_max']:.2f}"
        )


if __name__ == "__main__":
    main()
