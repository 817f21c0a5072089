"""The report of a calibration: one page for people, JSON and CSV for machines."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from tidebreak.calibration.bands import Band
from tidebreak.calibration.curve import Line, draw
from tidebreak.calibration.negatives import SAME_SCENE
from tidebreak.calibration.run import Calibration
from tidebreak.calibration.summary import clean_distance, closest, curve
from tidebreak.calibration.transforms import SUITE
from tidebreak.errors import UsageError
from tidebreak.version import VERSION

NAMED = 20
"""Pairs of different pictures, and files left out, that are named."""

PAGE, DATA, TABLE = "calibration.html", "calibration.json", "calibration.csv"


def as_record(measured: Calibration, bands: Sequence[Band]) -> dict[str, Any]:
    """Return the stable form of ``calibrate --json``."""
    outcome = measured.outcome
    return {
        "version": VERSION,
        "pictures": len(outcome.names),
        "seed": measured.seed,
        "depth": measured.settings.depth.value,
        "method": outcome.method,
        "hashes_per_picture": round(float(outcome.hashes.mean()), 1),
        "ms_per_picture": round(1e3 * float(outcome.seconds.mean()), 2),
        "clean_distance": clean_distance(outcome),
        "bands": [_band(band) for band in bands],
        "closest": [asdict(pair) for pair in closest(outcome, NAMED)],
        "left_out": [asdict(item) for item in measured.left_out],
        "sandbox": measured.sandbox,
    }


def _band(band: Band) -> dict[str, Any]:
    return {
        "lists": list(band.lists),
        "level": band.level.value,
        "distance": band.distance,
        "mean_recall": asdict(band.mean),
        "held_out_recall": asdict(band.held_out) if band.held_out else None,
        "recall": {name: asdict(share) for name, share in band.recall.items()},
        "false_pairs": asdict(band.false),
        "look_alikes": {
            name: {"false": false, "pairs": pairs} for name, (false, pairs) in band.hard.items()
        },
    }


def check_folder(folder: Path) -> None:
    """Make the folder of a report before the work begins; raises `UsageError`."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _cannot_write(folder, error) from None


def write_report(folder: Path, measured: Calibration, bands: Sequence[Band]) -> list[Path]:
    """Write page, JSON and CSV to ``folder`` and return the files; raises `UsageError`."""
    check_folder(folder)
    files = [folder / name for name in (PAGE, DATA, TABLE)]
    try:
        files[0].write_text(page(measured, bands), encoding="utf-8")
        text = json.dumps(as_record(measured, bands), indent=1, ensure_ascii=False)
        files[1].write_text(text + "\n", encoding="utf-8")
        _write_table(files[2], measured)
    except OSError as error:
        raise _cannot_write(folder, error) from None
    return files


def _cannot_write(folder: Path, error: OSError) -> UsageError:
    return UsageError(
        f"The report cannot be written to {folder} ({os.strerror(error.errno or 0)}); make room"
        " there, or name another folder with --report."
    )


def _write_table(path: Path, measured: Calibration) -> None:
    """Write each edit's distance to its own picture and to the closest other one."""
    outcome = measured.outcome
    others = np.where(outcome.shown, np.int16(np.iinfo(np.int16).max), outcome.nearest)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("reference", "query", "transform", "algorithm", "distance"))
        for at, transform in enumerate(outcome.transforms):
            for row, query in enumerate(outcome.names):
                for known in (row, int(others[at, row].argmin())):
                    distance = int(outcome.nearest[at, row, known])
                    reference = outcome.names[known]
                    writer.writerow((reference, query, transform, outcome.method, distance))


def page(measured: Calibration, bands: Sequence[Band]) -> str:
    """Return the report as one self-contained page without scripts."""
    environment = Environment(
        loader=PackageLoader("tidebreak.calibration", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    outcome = measured.outcome
    defaults = [band for band in bands if band.usual]
    line = Line(outcome.method, curve(outcome, SUITE))
    return environment.get_template("report.html.jinja").render(
        version=VERSION,
        measured=measured,
        outcome=outcome,
        bands=bands,
        defaults=defaults,
        suite=SUITE,
        same_scene=SAME_SCENE,
        closest=closest(outcome, NAMED),
        clean=clean_distance(outcome),
        left_out=measured.left_out[:NAMED],
        # The one piece that is not escaped: it is drawn here, of numbers and escaped names.
        svg=Markup(draw([line], marks=sorted({band.distance for band in bands}))),
    )
