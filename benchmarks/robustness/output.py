"""Tables, comma-separated values and the curve of a run."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from parameters import CURVE, MARKS, STATED, STATED_ELSE

from tidebreak.calibration.curve import Line, draw
from tidebreak.calibration.intervals import upper_bound
from tidebreak.calibration.measure import Outcome
from tidebreak.calibration.summary import (
    Mean,
    Share,
    clean_distance,
    closest,
    curve,
    false_pairs,
    mean_recall,
    recall,
)
from tidebreak.calibration.transforms import CORE, HELD_OUT, SUITE

Column = tuple[Outcome, int]
"""An outcome and the distance at which the column states it."""

Families = Mapping[str, NDArray[np.int16]]
"""Distances of all pairs, per family of hard negatives."""


def columns(outcomes: Sequence[Outcome]) -> list[Column]:
    found: list[Column] = []
    for outcome in outcomes:
        stated = STATED.get(outcome.method, STATED_ELSE) or (clean_distance(outcome),)
        found += [(outcome, distance) for distance in stated]
    return found


def text_table(outcomes: Sequence[Outcome], hard: Mapping[str, Families]) -> str:
    """Return the table that people read; recall in per cent with its 95 % interval."""
    shown = columns(outcomes)
    lines = [_row("recall, % [95 % interval]", [outcome.method for outcome, _ in shown])]
    lines.append(_row("", [f"<= {distance}" for _, distance in shown]))
    shares = [recall(outcome, distance) for outcome, distance in shown]
    for name in outcomes[0].transforms:
        if name == next(iter(HELD_OUT)):
            lines.append(_row("-- held out --", [""] * len(shown)))
        cells = [_cell(s[name]) for s in shares]
        lines.append(_row(name, cells))
    for title, names in _groups(outcomes[0]).items():
        means = [mean_recall(outcome, distance, names) for outcome, distance in shown]
        lines.append(_row(title, [_cell(m) for m in means]))
    lines += _cost_lines(shown)
    for family in next(iter(hard.values()), {}):
        cells = [_family(hard[o.method][family], distance) for o, distance in shown]
        lines.append(_row(f"{family}: min, false/pairs", cells))
    return "\n".join(lines)


def _groups(outcome: Outcome) -> dict[str, list[str]]:
    groups = {"mean of the suite": SUITE, "mean of the core 16": CORE, "mean held out": HELD_OUT}
    measured = {
        title: [name for name in names if name in outcome.transforms]
        for title, names in groups.items()
    }
    return {title: names for title, names in measured.items() if names}


def _cost_lines(shown: Sequence[Column]) -> list[str]:
    wrong = [false_pairs(outcome, distance) for outcome, distance in shown]
    return [
        _row("false pairs", [f"{w.pairs} of {w.of_pairs:,}" for w in wrong]),
        _row("  at most, 95 %", [f"{w.bound:.1e}" for w in wrong]),
        _row("false pairs of pictures", [f"{w.pictures} of {w.of_pictures:,}" for w in wrong]),
        _row("  at most, 95 %", [f"{w.picture_bound:.1e}" for w in wrong]),
        _row("closest different pictures", [str(clean_distance(o) + 1) for o, _ in shown]),
        _row("hashes per query, mean", [f"{o.hashes.mean():.1f}" for o, _ in shown]),
        _row("ms per query, mean", [f"{1e3 * o.seconds.mean():.1f}" for o, _ in shown]),
        _row("ms per query, 95th of 100", [f"{1e3 * np.percentile(o.seconds, 95):.1f}" for o, _ in shown]),
    ]  # fmt: skip


def _family(distances: NDArray[np.int16], distance: int) -> str:
    return f"{distances.min()}, {int((distances <= distance).sum())}/{distances.size}"


def _cell(found: Share | Mean) -> str:
    return f"{100 * found.value:.1f} [{100 * found.low:.0f}-{100 * found.high:.0f}]"


def _row(name: str, cells: Sequence[str]) -> str:
    return f"{name:30}" + "".join(f"{cell:>20}" for cell in cells)


def as_json(
    outcomes: Sequence[Outcome], hard: Mapping[str, Families], run: Mapping[str, Any]
) -> dict[str, Any]:
    """Return everything that the table says, for machines."""
    return {
        "run": dict(run),
        "columns": [_column(o, d, hard.get(o.method, {})) for o, d in columns(outcomes)],
    }


def _column(outcome: Outcome, distance: int, hard: Families) -> dict[str, Any]:
    return {
        "method": outcome.method,
        "distance": distance,
        "recall": {n: [round(v, 4) for v in (s.value, s.low, s.high)] for n, s in recall(outcome, distance).items()},
        "means": {
            title: [round(v, 4) for v in asdict(mean_recall(outcome, distance, names)).values()]
            for title, names in _groups(outcome).items()
        },
        "false pairs": asdict(false_pairs(outcome, distance)),
        "closest": [asdict(pair) for pair in closest(outcome, 10)],
        "hashes per query": round(float(outcome.hashes.mean()), 1),
        "ms per query": [round(1e3 * v, 2) for v in (outcome.seconds.mean(), np.percentile(outcome.seconds, 95))],
        "hard negatives": {
            family: {"closest": int(d.min()), "false": int((d <= distance).sum()), "pairs": d.size,
                     "at most": upper_bound(int((d <= distance).sum()), d.size)}
            for family, d in hard.items()
        },
    }  # fmt: skip


def write_csv(path: Path, outcomes: Sequence[Outcome], *, all_pairs: bool) -> None:
    """Write one row per distance: each edit against its own picture, and the closest other one."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("reference", "query", "transform", "algorithm", "distance"))
        for outcome in outcomes:
            for at, name in enumerate(outcome.transforms):
                for row, query in enumerate(outcome.names):
                    others = np.where(
                        outcome.shown[at, row], np.int16(32767), outcome.nearest[at, row]
                    )
                    known = range(len(outcome.names)) if all_pairs else (row, int(others.argmin()))
                    for other in known:
                        distance = int(outcome.nearest[at, row, other])
                        writer.writerow(
                            (outcome.names[other], query, name, outcome.method, distance)
                        )


def write_phaser(path: Path, outcomes: Sequence[Outcome]) -> None:
    """Write the form of PHASER (AabyWan/PHASER): one row per pair of files, one column per edit.

    Class 1 is a file and its own edits, class 0 two files; values are similarities, 0 to 1.
    """
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("fileA", "fileB", "algo", "metric", "class", *outcomes[0].transforms))
        for outcome in outcomes:
            alike = np.clip(1 - outcome.nearest / 256, 0, 1)
            for one, name in enumerate(outcome.names):
                for other, query in enumerate(outcome.names):
                    cells = [f"{value:.4f}" for value in alike[:, other, one]]
                    writer.writerow(
                        (name, query, outcome.method, "hamming", int(one == other), *cells)
                    )


def write_all(
    folder: Path, outcomes: Sequence[Outcome], hard: Mapping[str, Families],
    run: Mapping[str, Any], *, all_pairs: bool,
) -> None:  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "robustness.txt").write_text(text_table(outcomes, hard) + "\n")
    (folder / "robustness.json").write_text(
        json.dumps(as_json(outcomes, hard, run), indent=1) + "\n"
    )
    write_csv(folder / "robustness.csv", outcomes, all_pairs=all_pairs)
    if all_pairs:
        write_phaser(folder / "robustness-phaser.csv", outcomes)
    suite = [name for name in SUITE if name in outcomes[0].transforms]
    lines = [Line(outcome.method, curve(outcome, suite, CURVE)) for outcome in outcomes]
    (folder / "robustness.svg").write_text(draw(lines, marks=MARKS))
