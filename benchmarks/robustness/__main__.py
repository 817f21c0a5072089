"""Recall under what people do to pictures, at a fixed rate of false pairs: Tidebreak and others.

Run ``python benchmarks/robustness`` (or ``--quick``), with ``--corpus DIR`` on pictures of your
own. All methods see the same edited pictures, in turn, on one core. Writes a table, JSON, CSV and
a curve to ``benchmarks/results``, or the folder that ``--output`` names.

``docs/robustness.md`` says what is measured, and how to read it.
"""

from __future__ import annotations

import argparse
import platform
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import skimage
from output import Families, text_table, write_all
from parameters import FAMILY, PHOTOGRAPHS, PICTURES, QUICK_PICTURES, SEED
from peers import peers

from tidebreak import __version__, kernels
from tidebreak.calibration.corpus import corpus_of, files_below
from tidebreak.calibration.measure import Outcome, Sample, cross, measure
from tidebreak.calibration.methods import Method
from tidebreak.calibration.negatives import families
from tidebreak.calibration.summary import together
from tidebreak.calibration.transforms import TRANSFORMS
from tidebreak.settings import Settings

RESULTS = Path(__file__).parent.parent / "results"


def main() -> None:
    asked = arguments()
    kernels.warm()
    samples = corpus(asked.corpus, asked.pictures, asked.seed)
    methods = chosen(asked.method)
    transforms = [name for name in TRANSFORMS if not asked.only or name in asked.only]
    started = time.monotonic()
    outcomes = measure(samples, methods, transforms, asked.seed, progress)
    drawn = families(asked.seed, asked.family, [sample.picture for sample in samples])
    pixels = {name: [np.asarray(item) for item in items] for name, items in drawn.items()}
    hard: dict[str, Families] = {
        method.name: {name: pairs[0] for name, pairs in cross(pixels, method).items()}
        for method in methods if asked.family > 1
    }  # fmt: skip
    add_together(outcomes, hard)
    run = {
        "version": __version__, "python": platform.python_version(), "seed": asked.seed,
        "pictures": len(samples), "minutes": round((time.monotonic() - started) / 60, 1),
    }  # fmt: skip
    print(text_table(outcomes, hard))
    write_all(asked.output, outcomes, hard, run, all_pairs=asked.all_pairs)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--corpus", type=Path, action="append", help="a folder of pictures; may be repeated")
    add("--pictures", type=int, default=PICTURES, help="how many are drawn from it")
    add("--seed", type=int, default=SEED)
    add("--family", type=int, default=FAMILY, help="pictures per family of hard negatives")
    add("--method", action="append", help="only methods whose name contains this")
    add("--only", action="append", help="only this transform; may be repeated")
    add("--all-pairs", action="store_true", help="every pair in the CSV, and PHASER's form")
    add("--quick", action="store_true", help="a dozen pictures, small families")
    add("--output", type=Path, default=RESULTS)
    asked = parser.parse_args()
    if asked.quick:
        asked.pictures, asked.family = QUICK_PICTURES, 4
    return asked


def corpus(folders: list[Path] | None, count: int, seed: int) -> list[Sample]:
    samples, left_out = corpus_of(contents(folders, seed), Settings(), count)
    for item in left_out:
        print(f"left out: {item.name}: {item.why}")
    return samples


def contents(folders: list[Path] | None, seed: int) -> Iterator[tuple[str, bytes]]:
    if folders is None:
        data = Path(skimage.__file__).parent / "data"
        yield from ((name, (data / name).read_bytes()) for name in PHOTOGRAPHS)
        return
    for folder in folders:
        for path in files_below(folder, seed):
            yield str(path.relative_to(folder)), path.read_bytes()


def chosen(wanted: list[str] | None) -> list[Method]:
    from ours import ours

    found: list[Method] = [*peers(), *ours()]
    return [m for m in found if not wanted or any(part in m.name for part in wanted)]


def add_together(outcomes: list[Outcome], hard: dict[str, Families]) -> None:
    """Add what enrolled media gives when the verified tier is on as well."""
    parts = [o for o in outcomes if o.method in ("standard, enrolled", "verified")]
    if len(parts) == 2:
        both = together("enrolled, verified", parts)
        outcomes.append(both)
        one, other = (hard.get(part.method, {}) for part in parts)
        hard[both.method] = {name: np.minimum(one[name], other[name]) for name in one}


def progress(done: int, total: int) -> None:
    if done % 50 == 0:
        print(f"\r{done} of {total}", end="\r" if done < total else "\n", flush=True)


if __name__ == "__main__":
    main()
