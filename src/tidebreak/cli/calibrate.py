"""``tidebreak calibrate``."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tidebreak.cli.context import console, installation, plain, styled, table
from tidebreak.model import Depth

if TYPE_CHECKING:
    from tidebreak.calibration.bands import Band
    from tidebreak.calibration.run import Calibration
    from tidebreak.calibration.summary import Mean, Share


@dataclass(frozen=True, slots=True)
class Options:
    """What the command was asked for."""

    report: Path | None
    as_json: bool
    pictures: int
    seed: int
    depth: Depth | None
    held_out: bool
    enrolled: bool


def run(folder: Path, options: Options) -> None:
    """Measure, print tables or JSON, write the report."""
    from tidebreak.calibration.report import as_record

    with installation() as opened, _progress() as on_progress:
        measured, bands = opened.calibrate(
            folder,
            pictures=options.pictures,
            seed=options.seed,
            depth=options.depth,
            held_out=options.held_out,
            enrolled=options.enrolled,
            report=options.report,
            on_progress=on_progress,
        )
    if options.as_json:
        sys.stdout.write(json.dumps(as_record(measured, bands), ensure_ascii=False) + "\n")
    else:
        _print(measured, bands)
    if options.report is not None:
        page = options.report / "calibration.html"
        console(error=True).print(f"Report: {plain(str(page))}", soft_wrap=True)


def _print(measured: Calibration, bands: Sequence[Band]) -> None:
    out, outcome = console(), measured.outcome
    out.print(
        f"{len(outcome.names)} pictures, {len(outcome.transforms)} edits of each,"
        f" depth {outcome.method}, {outcome.hashes.mean():.0f} hashes each"
    )
    for item in measured.left_out[:5]:
        out.print(f"  left out: {plain(item.name)}: {plain(item.why)}")
    if len(measured.left_out) > 5:
        out.print(f"  and {len(measured.left_out) - 5} more left out")
    out.print(_edits(measured, [band for band in bands if band.usual]))
    out.print(_bands(bands))
    out.print(
        "Thresholds are set per list, with who and why: tidebreak lists thresholds NAME"
        " --near N --author NAME --reason TEXT",
        soft_wrap=True,
    )


def _edits(measured: Calibration, bands: Sequence[Band]) -> object:
    heads = [f"{band.level.value} ≤ {band.distance}" for band in bands]
    grid = table("edit", *heads, right=tuple(heads))
    for name in measured.outcome.transforms:
        grid.add_row(name, *(_share(band.recall[name]) for band in bands))
    return grid


def _bands(bands: Sequence[Band]) -> object:
    right = ("within", "recognised", "false pairs", "pairs of pictures", "at most")
    grid = table("thresholds of", "level", *right, right=right)
    for band in bands:
        wrong = band.false
        grid.add_row(
            plain(", ".join(band.lists)) or "the defaults",
            styled(band.level),
            str(band.distance),
            _share(band.mean),
            f"{wrong.pairs:,} of {wrong.of_pairs:,}",
            f"{wrong.pictures:,} of {wrong.of_pictures:,}",
            f"{wrong.picture_bound:.1e}",
        )
    return grid


def _share(found: Share | Mean) -> str:
    interval = rf"\[{100 * found.low:.0f}–{100 * found.high:.0f}]"
    return f"{100 * found.value:5.1f} % {interval}"


@contextmanager
def _progress() -> Generator[Callable[[int, int], None]]:
    """Show a progress bar on a terminal."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich import progress as bar

    columns = (
        bar.TextColumn("{task.description}"),
        bar.BarColumn(),
        bar.MofNCompleteColumn(),
        bar.TimeElapsedColumn(),
        bar.TimeRemainingColumn(),
    )
    with bar.Progress(*columns, console=console(error=True), transient=True) as shown:
        task = shown.add_task("measuring edits", total=None)
        yield lambda done, total: shown.update(task, completed=done, total=total)
