"""Synthetic sightings whose truth is known: as log files, or straight into a store.

The world behind them is described in `tidebreak.sightings.synthetic.world`. Nothing of it is real:
identifiers are hashes of counters, addresses are of a reserved block that reaches nobody.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tidebreak.errors import UsageError
from tidebreak.sightings.kept_logs.store import Sightings
from tidebreak.sightings.synthetic.world import Shape, make

if TYPE_CHECKING:
    from tidebreak.sightings.synthetic.shards import Truth

FEWEST, MOST_IN_LOGS, MOST = 1_000, 20_000_000, 2_000_000_000
"""Rows that can be asked for."""


def write_logs(folder: Path, rows: int, seed: int = 1) -> list[Path]:
    """Write logs of ``rows`` sightings, a list of the known files and the truth to ``folder``.

    Returns the files. Raises `UsageError` where the folder is not empty or cannot be made.
    """
    from tidebreak.sightings.synthetic import logs

    _check(rows, MOST_IN_LOGS)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        taken = any(folder.iterdir())
    except OSError as error:
        raise UsageError(
            f"Logs cannot be written to {folder} ({error.strerror}); name another folder."
        ) from None
    if taken:
        raise UsageError(f"{folder} is not empty; name a new folder for the synthetic logs.")
    return logs.write(folder, make(Shape.for_rows(rows, seed)), rows)


def fill_store(sightings: Sightings, rows: int, seed: int = 1) -> Truth:
    """Add ``rows`` sightings to a store, and return who is behind them."""
    from tidebreak.sightings.synthetic.shards import fill

    _check(rows, MOST)
    return fill(sightings, make(Shape.for_rows(rows, seed)), rows)


def _check(rows: int, most: int) -> None:
    if not FEWEST <= rows <= most:
        raise UsageError(f"From {FEWEST:,} to {most:,} rows can be made; ask for so many.")
