"""A calibration from its folder to its bands and its page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from tidebreak.calibration import report as reports
from tidebreak.calibration import run
from tidebreak.calibration.bands import Band, bands_of
from tidebreak.calibration.run import Calibration
from tidebreak.model import HashList
from tidebreak.settings import Settings


def calibrate(
    folder: Path,
    settings: Settings,
    lists: Sequence[HashList],
    *,
    pictures: int,
    seed: int,
    held_out: bool,
    enrolled: bool,
    report: Path | None,
    on_progress: Callable[[int, int], None],
) -> tuple[Calibration, list[Band]]:
    """Return what was measured and the bands of ``lists``; write the page where one is wanted.

    Arguments and errors are those of `tidebreak.installation.Tidebreak.calibrate`.
    """
    if report is not None:
        reports.check_folder(report)
    measured = run.calibrate(
        folder, settings, pictures=pictures, seed=seed, held_out=held_out, enrolled=enrolled,
        on_progress=on_progress,
    )  # fmt: skip
    bands = bands_of(measured, lists)
    if report is not None:
        reports.write_report(report, measured, bands)
    return measured, bands
