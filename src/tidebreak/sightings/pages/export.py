"""A ranking for machines: one JSON object, one row of a table, per actor hypothesis.

No identifier of any content is in it. Actors have opaque keys; who is behind them is added only
where the caller passes it, and says so in the audit log.
"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from tidebreak.errors import TidebreakError, UsageError
from tidebreak.files import as_text, creating
from tidebreak.sightings.pages.portrait import Portrait
from tidebreak.sightings.pages.wording import cell, moment
from tidebreak.sightings.records import Actor, Grade, Range, Ranking

RANGES = ("contents", "days", "sole", "rarity", "marginal", "addresses", "clients")

COLUMNS = (
    "hypothesis", "place", "key", "networks",
    *(f"{name}_{end}" for name in RANGES for end in ("low", "high")),
    "coverage_rank", "first", "last", *(f"grade_{grade.name.lower()}" for grade in Grade),
    "severity", "flags",
)  # fmt: skip
"""Of a table; ``identity`` follows where it was asked for."""


def as_record(actor: Actor, place: int) -> dict[str, Any]:
    """Return the stable JSON form of one actor; times are UTC."""
    return {
        "hypothesis": actor.hypothesis.value,
        "place": place,
        "key": actor.key,
        "networks": [network.name.lower() for network in actor.networks],
        **{name: _range(getattr(actor, name)) for name in RANGES},
        "coverage_rank": actor.coverage_rank,
        "first": _time(actor.first),
        "last": _time(actor.last),
        "grades": _grades(actor.grades),
        "severity": {name: _range(found) for name, found in actor.severity.items()},
        "flags": list(actor.flags),
    }


def portrait_record(portrait: Portrait) -> dict[str, Any]:
    """Return the stable JSON form of a portrait; contents by their entries, times UTC."""
    return {
        **as_record(portrait.actor, portrait.place),
        "identity": dict(portrait.identity),
        "timeline": [
            {"from": _time(slot.start), **_grades(slot.counts)} for slot in portrait.slots
        ],
        "by_network": {
            network.name.lower(): _grades(grades) for network, grades in portrait.networks.items()
        },
        "seen_with": [
            {"text": item.text, "sightings": item.sightings, **_span(item.first, item.last)}
            for item in portrait.companions
        ],
        "contents": [
            {
                "entries": list(item.entries), "classes": list(item.classes),
                "networks": [network.name.lower() for network in item.networks],
                "grades": _grades(item.grades), "sure": item.sure,
                **_span(item.first, item.last),
            }
            for item in portrait.items
        ],
        "logs": [source.number for source in portrait.sources],
        "list_version": portrait.list_version,
        "ranked_at": portrait.made_at,
        "stale": portrait.stale,
    }  # fmt: skip


def as_lines(ranking: Ranking) -> Iterator[str]:
    """Yield one JSON object per actor hypothesis, in order of the ranking."""
    for actors in ranking.actors.values():
        for place, actor in enumerate(actors, 1):
            yield json.dumps(as_record(actor, place), ensure_ascii=False)


def export(ranking: Ranking, path: Path, identities: Mapping[str, str] | None = None) -> int:
    """Write ``ranking`` to ``path``, CSV or Parquet by its ending, and return the rows.

    ``identities`` say by key who is behind an actor; they become a column. The file has its
    name only once it is whole, and nobody else may read it. Raises `UsageError` where it exists
    or cannot be written, or has another ending.
    """
    writers = {".csv": _write_csv, ".parquet": _write_parquet}
    write = writers.get(path.suffix.lower())
    if write is None:
        raise UsageError(f"{path} is to be a table: let its name end in .csv or .parquet.")
    rows = [_row(actor, place, identities) for actor, place in _placed(ranking)]
    columns = COLUMNS if identities is None else (*COLUMNS, "identity")
    try:
        with creating(path) as file:
            write(file, columns, rows)
    except FileExistsError:
        raise UsageError(f"{path} exists and is not overwritten; name another file.") from None
    except OSError as error:
        raise UsageError(
            f"The ranking cannot be written to {path} ({os.strerror(error.errno or 0)}); name"
            " another place."
        ) from None
    return len(rows)


def _placed(ranking: Ranking) -> Iterator[tuple[Actor, int]]:
    for actors in ranking.actors.values():
        yield from ((actor, place) for place, actor in enumerate(actors, 1))


def _row(actor: Actor, place: int, identities: Mapping[str, str] | None) -> list[Any]:
    ends = [end for name in RANGES for end in _ends(getattr(actor, name))]
    severity = {name: _ends(found) for name, found in actor.severity.items()}
    row: list[Any] = [
        actor.hypothesis.value, place, actor.key,
        " ".join(network.name.lower() for network in actor.networks),
        *ends, actor.coverage_rank, _time(actor.first), _time(actor.last),
        *(actor.grades.get(grade, 0) for grade in Grade),
        json.dumps(severity, ensure_ascii=False), "; ".join(actor.flags),
    ]  # fmt: skip
    return row if identities is None else [*row, identities.get(actor.key, "")]


def _write_csv(file: IO[bytes], columns: tuple[str, ...], rows: list[list[Any]]) -> None:
    with as_text(file) as text:
        writer = csv.writer(text)
        writer.writerow(columns)
        writer.writerows([cell(value) for value in row] for row in rows)


def _write_parquet(file: IO[bytes], columns: tuple[str, ...], rows: list[list[Any]]) -> None:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise TidebreakError(
            "Parquet needs pyarrow, which is not installed: pip install 'tidebreak[sightings]'"
        ) from None
    whole = {"place", "coverage_rank", *(f"grade_{grade.name.lower()}" for grade in Grade)}
    ends = {f"{name}_{end}" for name in RANGES for end in ("low", "high")}
    types = [
        pa.int64() if name in whole else pa.float64() if name in ends else pa.string()
        for name in columns
    ]
    values = list(zip(*rows, strict=True)) if rows else [()] * len(columns)
    arrays = [pa.array(column, kind) for column, kind in zip(values, types, strict=True)]
    pq.write_table(pa.table(arrays, names=list(columns)), file, compression="zstd")


def _range(found: Range) -> dict[str, float]:
    low, high = _ends(found)
    return {"low": low, "high": high}


def _ends(found: Range) -> tuple[float, float]:
    """Return both ends, whole numbers as such, others to six places."""
    low, high = (round(float(end), 6) for end in (found.low, found.high))
    return (int(low) if low == int(low) else low, int(high) if high == int(high) else high)


def _grades(counts: Mapping[Grade, int]) -> dict[str, int]:
    return {grade.name: counts.get(grade, 0) for grade in Grade}


def _span(first: int, last: int) -> dict[str, str]:
    return {"first": _time(first), "last": _time(last)}


def _time(seconds: int) -> str:
    return moment(seconds).replace(" ", "T") + "Z" if seconds else ""
