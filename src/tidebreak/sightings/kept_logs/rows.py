"""Rows of sightings as Parquet: by source and month, sorted by time, written once.

Column types are in `COLUMNS`; every one is required. Files stand in ``rows/000001`` as
``2026-01-0001.parquet``; a source that comes out of order in time has several for one month.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tidebreak.errors import TidebreakError, UsageError

Rows = Mapping[str, NDArray[Any]]
"""Columns of equal length by name."""

COLUMNS = {
    "time": np.uint32,
    "source": np.uint16,
    "network": np.uint8,
    "grade": np.uint8,
    "event": np.uint8,
    "content": np.uint32,
    "client": np.uint32,
    "address": np.uint32,
    "port": np.uint16,
}
"""What a sighting is made of. ``time`` is in seconds since 1970 UTC; ``content``, ``client`` and
``address`` are codes of the dictionaries, 0 for what was not given; a ``port`` of 0 is unknown."""

AT_ONCE = 1 << 20
"""Rows of one row group, which is what readers get at a time."""

_HELD = 8 * AT_ONCE
_SMALL = ["source", "network", "grade", "event"]


class RowWriter:
    """Writes the rows of one source below ``folder``; holds some 8 million in memory."""

    def __init__(self, folder: Path, source: int, *, held: int = _HELD) -> None:
        _parquet()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder, self._source, self._most = folder, source, held
        self._waiting: list[dict[str, NDArray[Any]]] = []
        self._held = 0
        self._files: dict[str, int] = {}
        self.count, self.first, self.last = 0, 0, 0

    def add(self, rows: Rows) -> None:
        """Take rows: every column but ``source``, in the types of `COLUMNS` or safely cast."""
        count = len(rows["time"])
        if not count:
            return
        given = {"source": np.full(count, self._source, np.uint16), **rows}
        self._waiting.append({
            name: np.asarray(given[name]).astype(kind, casting="same_kind", copy=False)
            for name, kind in COLUMNS.items()
        })  # fmt: skip
        self._held += count
        if self._held >= self._most:
            self._write()

    def finish(self) -> None:
        """Write what is left."""
        self._write()

    def _write(self) -> None:
        if not self._held:
            return
        rows = {name: np.concatenate([part[name] for part in self._waiting]) for name in COLUMNS}
        self._waiting, self._held = [], 0
        rows = _sorted(rows)
        times = rows["time"]
        self.first = int(min(times[0], self.first)) if self.count else int(times[0])
        self.last = int(max(times[-1], self.last))
        self.count += len(times)
        for month, begin, end in _months(times):
            number = self._files[month] = self._files.get(month, 0) + 1
            path = self._folder / f"{month}-{number:04}.parquet"
            _write_file(path, {name: column[begin:end] for name, column in rows.items()})


def _sorted(rows: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Return ``rows`` by time, equal times in the order in which they came."""
    times = rows["time"]
    if bool((times[1:] >= times[:-1]).all()):
        return rows
    # One sort of 64-bit words is several times faster than a stable argsort.
    keys = times.astype(np.uint64) << np.uint64(32) | np.arange(len(times), dtype=np.uint64)
    keys.sort()
    order = (keys & np.uint64(0xFFFFFFFF)).astype(np.int64)
    return {name: column[order] for name, column in rows.items()}


def _months(times: NDArray[np.uint32]) -> Iterator[tuple[str, int, int]]:
    """Yield each month that sorted ``times`` touch, with where it begins and ends."""
    ends = np.array([times[0], times[-1]], "datetime64[s]").astype("datetime64[M]")
    months = np.arange(ends[0], ends[1] + 2)
    borders = np.searchsorted(times, months.astype("datetime64[s]").astype(np.int64))
    for month, begin, end in zip(months, borders[:-1], borders[1:], strict=False):
        if end > begin:
            yield str(month), int(begin), int(end)


def _write_file(path: Path, rows: Rows) -> None:
    pa, pq = _parquet()
    fields = [
        pa.field(name, pa.from_numpy_dtype(kind), nullable=False) for name, kind in COLUMNS.items()
    ]
    table = pa.table([pa.array(rows[name]) for name in COLUMNS], schema=pa.schema(fields))
    with path.open("wb") as file:
        pq.write_table(
            table, file, row_group_size=AT_ONCE, compression="zstd", compression_level=1,
            use_dictionary=_SMALL, column_encoding={"time": "DELTA_BINARY_PACKED"},
            write_statistics=["time"],
        )  # fmt: skip
        file.flush()
        os.fsync(file.fileno())


def read_rows(
    paths: Sequence[Path], columns: Sequence[str], since: int | None, until: int | None
) -> Iterator[dict[str, NDArray[Any]]]:
    """Yield the ``columns`` of rows with since ≤ time < until, up to `AT_ONCE` at a time."""
    unknown = set(columns) - set(COLUMNS)
    if unknown:
        raise UsageError(f"Sightings have no column {sorted(unknown)}; say one of {list(COLUMNS)}.")
    _, pq = _parquet()
    low, high = since or 0, until if until is not None else 1 << 32
    for path in paths:
        with pq.ParquetFile(path, memory_map=True) as file:
            place = file.schema_arrow.get_field_index("time")
            for group in range(file.num_row_groups):
                times = file.metadata.row_group(group).column(place).statistics
                if times.min >= high or times.max < low:
                    continue
                whole = times.min >= low and times.max < high
                yield _group(file, group, columns, None if whole else (low, high))


def _group(
    file: Any, group: int, columns: Sequence[str], within: tuple[int, int] | None
) -> dict[str, NDArray[Any]]:
    wanted = {*columns, "time"} if within else {*columns}
    table = file.read_row_group(group, list(wanted), use_threads=False)
    rows: dict[str, NDArray[Any]] = {name: table.column(name).to_numpy() for name in wanted}
    if within:
        begin, end = np.searchsorted(rows["time"], within)
        rows = {name: rows[name][begin:end] for name in columns}
    return rows


def _parquet() -> tuple[Any, Any]:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise TidebreakError(
            "Sightings need pyarrow, which is not installed: pip install 'tidebreak[sightings]'"
        ) from None
    return pa, pq
