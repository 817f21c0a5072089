"""The report of a scan: JSON Lines and CSV for machines, one self-contained page for people.

No pictures, no hashes. Everything streams from the store, so that a report of ten million files
takes no more memory than one of ten; each file appears under its name only when it is whole.
"""

from __future__ import annotations

import csv
import itertools
import json
import os
import tempfile
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from tidebreak.errors import UsageError
from tidebreak.files import SHARED, as_text, replacing
from tidebreak.media.signatures import REFERENCE, is_reference
from tidebreak.model import Level, State
from tidebreak.scan.items import CSV_COLUMNS, as_json, as_row
from tidebreak.showing import counted, human_size, shown_path, visible
from tidebreak.store.observations import Item, Observations, ScanRecord

MOST_GROUPS = 5_000
"""Contents listed on the page per level; the machine forms list everything."""

MOST_REASONS = 200
"""Reasons named on the page, the most frequent."""

MOST_PATHS = 50
"""Copies of one content, or files with one reason, named on the page."""

_SHOWN_LEVELS = (Level.EXACT, Level.EXACT_WEAK, Level.NEAR, Level.POSSIBLE, Level.LEAD)


@dataclass(slots=True)
class Group:
    """Items that belong on one row: copies of one content, or files with one reason."""

    level: Level
    title: str
    count: int = 0
    paths: list[str] = field(default_factory=list[str])
    matches: Sequence[Mapping[str, Any]] = ()
    content: str = ""
    size: int = 0
    note: str = ""

    @property
    def named(self) -> bool:
        """Whether this content was only named, in a torrent or client store, and not found."""
        return is_reference(self.content)

    def add(self, item: Item) -> None:
        """Count ``item`` and name it while there is room."""
        self.count += 1
        if len(self.paths) < MOST_PATHS:
            self.paths.append(visible(shown_path(item.path, item.member)))


def write_report(folder: Path, observations: Observations, scan: int) -> list[Path]:
    """Write ``items.jsonl``, ``items.csv``, ``manifest.json`` and ``report.html`` to ``folder``."""
    with _plain_errors(folder):
        _write_all(folder, observations, scan)
    return [folder / name for name in ("report.html", "items.jsonl", "items.csv", "manifest.json")]


def check_folder(folder: Path) -> None:
    """Make the folder of a report, so that a scan of days does not end in a mistyped path."""
    with _plain_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"a report can be written here")


@contextmanager
def _plain_errors(folder: Path) -> Generator[None]:
    try:
        yield
    except OSError as error:
        raise UsageError(
            f"The report cannot be written to {folder} ({os.strerror(error.errno or 0)}); "
            "make room there, or name another folder with --report."
        ) from None


def _write_all(folder: Path, observations: Observations, scan: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    record = observations.scan(scan)
    with _whole(folder / "items.jsonl") as lines:
        lines.writelines(as_json(item) + "\n" for item in observations.items(scan))
    with _whole(folder / "items.csv") as table:
        writer = csv.writer(table)
        writer.writerow(CSV_COLUMNS)
        writer.writerows(as_row(item) for item in observations.items(scan))
    with _whole(folder / "manifest.json") as manifest:
        json.dump(_manifest(record), manifest, indent=2, ensure_ascii=False)
    with _whole(folder / "report.html") as page:
        page.writelines(_page(observations, record))


@contextmanager
def _whole(path: Path) -> Generator[IO[str]]:
    """Open a file that takes its name only once it is written."""
    with replacing(path, SHARED) as file, as_text(file) as stream:
        yield stream


def _manifest(record: ScanRecord) -> dict[str, Any]:
    return {
        "scan": record.id,
        "started": record.started,
        "finished": record.finished,
        **record.manifest,
    }


def _page(observations: Observations, record: ScanRecord) -> Iterator[str]:
    environment = Environment(
        loader=PackageLoader("tidebreak.scan", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    counts = observations.counts(record.id)
    files, size = observations.totals(record.id)
    levels = {level: sum(n for (_, at), n in counts.items() if at is level) for level in Level}
    states = {state: sum(n for (at, _), n in counts.items() if at is state) for state in State}
    yield from environment.get_template("report.html.jinja").generate(
        record=record,
        manifest=record.manifest,
        files=files,
        items=sum(counts.values()),
        size=human_size(size),
        counted=counted,
        states=states,
        levels=levels,
        named=observations.recognised(record.id, REFERENCE),
        shown_levels=_SHOWN_LEVELS,
        bars=_bars({level: levels[level] for level in _SHOWN_LEVELS}),
        groups=_matched_groups(observations, record.id),
        reasons=_reason_groups(observations, record.id),
        most_paths=MOST_PATHS,
        most_groups=MOST_GROUPS,
        reasons_left_out=max(0, len(observations.reasons(record.id)) - MOST_REASONS),
        State=State,
    )


def _bars(levels: Mapping[Level, int]) -> list[tuple[Level, int, float]]:
    """Return (level, count, width in percent), wide enough to be seen where not zero."""
    most = max(levels.values(), default=0) or 1
    return [(level, n, max(100 * n / most, 0.6) if n else 0.0) for level, n in levels.items()]


def _matched_groups(observations: Observations, scan: int) -> dict[Level, Iterator[Group]]:
    return {level: _groups_at(observations, scan, level) for level in _SHOWN_LEVELS}


def _groups_at(observations: Observations, scan: int, level: Level) -> Iterator[Group]:
    """Yield one group per content at ``level``, as a stream."""
    items = observations.items(scan, levels=[level], by_path=False)
    # What could not be hashed has no content key and is a content of its own.
    numbered = itertools.count()
    # A name of content is none of its copies.
    by_content = itertools.groupby(
        items, lambda i: (i.content_key or next(numbered), is_reference(i.content))
    )
    for number, (_, copies) in enumerate(by_content, 1):
        if number > MOST_GROUPS:
            return
        first = next(copies)
        group = Group(level, f"{level.value}-{number}", content=first.content, size=first.size)
        group.note = first.note
        group.matches = first.verdict["matches"]
        for item in itertools.chain([first], copies):
            group.add(item)
        yield group


def _reason_groups(observations: Observations, scan: int) -> Iterator[Group]:
    """Yield one group per reason why items were not fully examined, the most frequent first."""
    for reason, count in observations.reasons(scan)[:MOST_REASONS]:
        group = Group(Level.NONE, reason)
        for item in itertools.islice(observations.items(scan, reason=reason), MOST_PATHS):
            group.add(item)
        group.count = count
        yield group
