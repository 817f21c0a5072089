"""Screening uploads: how much of the workers' own rate is left, and what one upload waits for.

Run ``python benchmarks/screening.py`` or ``--quick``. JPEGs of two megapixels, generated, none of
them known, are screened by two workers against a list of 100,000 SHA-256 and PDQ: examined, judged,
decided, and written to the disk. The bound is the same worker pool fed with the same files by
nothing else (as ``tidebreak scan`` feeds it). The two alternate; ratios are of the two
measurements of a round, each with freshly started workers, and 16 uploads are under way at a time.
Shares are given twice: of the clock, which others on the machine disturb, and of the CPU time of all
processes together, which they hardly do.

Idle: one upload at a time, of a JPEG of 640 x 480 pixels; beside it the same picture examined in
this process, which is all that has to be done. Look-ups: one at a time, and 64 at a time.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from tidebreak.installation import Tidebreak
from tidebreak.matching.adapting import adapted
from tidebreak.media.examine import examine
from tidebreak.media.pool import Job, WorkerPool
from tidebreak.model import ListKind, Signal
from tidebreak.policy.policy import Policy
from tidebreak.screening.screener import Screener
from tidebreak.screening.start import Options, screener
from tidebreak.screens import Origin
from tidebreak.spool import Spool

RESULTS = Path(__file__).with_name("results") / "screening.json"
ENTRIES = 100_000
WORKERS = 2
AT_ONCE = 16


class Book:
    """The policy of an installation that has none of its own."""

    current = Policy()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer pictures and rounds")
    quick = parser.parse_args().quick
    count, rounds, alone = (60, 2, 40) if quick else (150, 5, 200)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pictures = [picture(n, (1632, 1224)) for n in range(count)]
        small = [picture(n, (640, 480)) for n in range(alone)]
        with Tidebreak.create(folder / "home", folder / "key") as opened:
            make_list(folder, opened)
            settings = adapted(opened.settings, opened.matcher(), opened.snapshot)
            rates = [asyncio.run(one_round(opened, settings, pictures)) for _ in range(rounds)]
            report = summary(rates) | asyncio.run(idle(opened, settings, small))
    print(json.dumps(report, indent=1))
    if not quick:
        RESULTS.write_text(json.dumps(report, indent=1) + "\n")


@dataclass(frozen=True)
class Cost:
    """Pictures per second of the clock, and CPU milliseconds of all processes for each."""

    rate: float
    cpu: float


class Meter:
    """Measures what ``count`` pictures cost from its making to `cost`."""

    def __init__(self, count: int) -> None:
        self._count, self._cpu, self._began = count, cpu_seconds(), time.perf_counter()

    def cost(self) -> Cost:
        """Return what each of them cost since."""
        seconds = time.perf_counter() - self._began
        return Cost(self._count / seconds, 1000 * (cpu_seconds() - self._cpu) / self._count)


def cpu_seconds() -> float:
    """Return the CPU time of this process and of the workers that it has now."""
    ticks = 0
    for task in Path("/proc/self/task").iterdir():
        for child in (task / "children").read_text().split():
            fields = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
    return time.process_time() + ticks / os.sysconf("SC_CLK_TCK")


def summary(rounds: list[tuple[Cost, Cost]]) -> dict[str, object]:
    report: dict[str, object] = {
        "workers": WORKERS,
        "entries": ENTRIES,
        "screened per second": round(statistics.median(ours.rate for ours, _ in rounds), 1),
        "examined by the pool alone, per second": round(
            statistics.median(bound.rate for _, bound in rounds), 1
        ),
        "CPU ms per picture screened": round(statistics.median(o.cpu for o, _ in rounds), 2),
        "CPU ms per picture, pool alone": round(statistics.median(b.cpu for _, b in rounds), 2),
    }
    for name, ratios in (
        ("share of the clock", sorted(ours.rate / bound.rate for ours, bound in rounds)),
        ("share of CPU time", sorted(bound.cpu / ours.cpu for ours, bound in rounds)),
    ):
        report |= {
            f"{name}_min": round(ratios[0], 3),
            f"{name}_median": round(statistics.median(ratios), 3),
            f"{name}_max": round(ratios[-1], 3),
        }
    return report


async def one_round(opened: Tidebreak, settings, pictures: list[bytes]) -> tuple[Cost, Cost]:
    """Return what pictures cost: screened, and examined by a pool alone."""
    async with screener(opened, Book(), Options(workers=WORKERS)) as made:
        await screened(made, pictures[:AT_ONCE])
        meter = Meter(len(pictures))
        await screened(made, pictures)
        ours = meter.cost()
    return ours, alone(settings, pictures)


async def screened(made: Screener, pictures: list[bytes]) -> None:
    waiting = iter(pictures)

    async def uploads() -> None:
        for data in waiting:
            with Spool(Path("/nonexistent"), 1 << 30) as content:
                content.write(data)
                found = await made.screen(content, Origin())
            assert found.state.value == "clear", found

    await asyncio.gather(*(uploads() for _ in range(AT_ONCE)))


def alone(settings, pictures: list[bytes]) -> Cost:
    with WorkerPool(settings, WORKERS) as pool:
        pool.begin(every=True)
        for _ in pool.examine(jobs(pictures[:AT_ONCE] * 4)):  # until every worker has started
            pass
        meter = Meter(len(pictures))
        ended = sum(found is None for _, found in pool.examine(jobs(pictures)))
        assert ended == len(pictures)
        return meter.cost()


def jobs(pictures: list[bytes]) -> Iterator[Job]:
    for token, data in enumerate(pictures, 1):
        fd = os.memfd_create("picture", os.MFD_CLOEXEC)
        os.write(fd, data)
        yield Job(token, fd, len(data))


async def idle(opened: Tidebreak, settings, pictures: list[bytes]) -> dict[str, object]:
    async with screener(opened, Book(), Options(workers=WORKERS)) as made:
        await screened(made, pictures[:AT_ONCE])
        waits, bound = [], []
        for data in pictures:
            with Spool(Path("/nonexistent"), 1 << 30) as content:
                content.write(data)
                began = time.perf_counter()
                await made.screen(content, Origin())
                waits.append(1000 * (time.perf_counter() - began))
                fd = content.open()
                began = time.perf_counter()
                list(examine(fd, len(data), False, settings))
                bound.append(1000 * (time.perf_counter() - began))
                os.close(fd)
            await asyncio.sleep(0.01)
        looked = [await look_up(made, 1) for _ in range(20 * len(pictures))]
        together = [await look_up(made, 64) for _ in range(len(pictures))]
    return {
        "idle, ms": {"screened": spread(waits), "examined in this process": spread(bound)},
        "look-up, ms": {"one at a time": spread(looked), "64 at a time": spread(together)},
    }


async def look_up(made: Screener, count: int) -> float:
    """Return the milliseconds until the last of ``count`` look-ups at a time is answered."""
    asked = [[Signal.parse("sha256", os.urandom(32).hex())] for _ in range(count)]
    began = time.perf_counter()
    await asyncio.gather(*(made.match([item]) for item in asked))
    return 1000 * (time.perf_counter() - began)


def spread(values: list[float]) -> dict[str, float]:
    values = sorted(values)
    return {
        "median": round(statistics.median(values), 3),
        "p99": round(values[len(values) * 99 // 100], 3),
    }


def make_list(folder: Path, opened: Tidebreak) -> None:
    lines = (f"{os.urandom(32).hex()},{os.urandom(32).hex()}\n" for _ in range(ENTRIES))
    (folder / "list.csv").write_text("sha256,pdq\n" + "".join(lines))
    opened.import_list(folder / "list.csv", name="known", kind=ListKind.CONTRABAND)


def picture(seed: int, size: tuple[int, int]) -> bytes:
    random = np.random.default_rng(seed)
    colours = random.integers(0, 255, (24, 32, 3), dtype=np.uint8)
    image = Image.fromarray(colours).resize(size, Image.Resampling.BICUBIC)
    noise = random.normal(0, 6, (size[1], size[0], 3))
    made = io.BytesIO()
    rough = np.clip(np.asarray(image) + noise, 0, 255).astype(np.uint8)
    Image.fromarray(rough).save(made, "jpeg", quality=88)
    return made.getvalue()


if __name__ == "__main__":
    main()
