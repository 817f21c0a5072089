"""``tidebreak scan``."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tidebreak.cli.context import console, installation, plain, styled, table
from tidebreak.model import Depth, Level, State
from tidebreak.showing import counted, human_size, shown_path

if TYPE_CHECKING:
    from tidebreak.installation import Tidebreak
    from tidebreak.scan.run import Progress
    from tidebreak.scan.start import ScanResult

_REASONS = 8
"""Reasons named in the summary; the report has them all."""

_FOUND = 20
"""Recognised items named in the summary."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line asked for."""

    report: Path | None
    as_json: bool
    resume: bool
    reread: bool
    strict: bool
    null: bool
    depth: Depth | None = None


def run(paths: list[str], options: Options) -> None:
    """Scan, print a summary or JSON, and exit with the code that says what was found."""
    listed = _read_list(options.null) if "-" in paths else None
    named = [path for path in paths if path != "-"]
    with installation() as opened:
        with _progress(named, counted=listed is None and not options.resume) as on_progress:
            try:
                result = opened.scan(
                    named,
                    listed=listed,
                    report=options.report,
                    resume=options.resume,
                    reread=options.reread,
                    depth=options.depth,
                    on_progress=on_progress,
                )
            except KeyboardInterrupt:
                # What has been found so far is stored: this is an error, not "nothing found".
                print(
                    "tidebreak: interrupted; go on with: tidebreak scan --resume", file=sys.stderr
                )
                sys.exit(2)
        if options.as_json:
            _print_json(opened, result)
        else:
            _print_summary(opened, result)
    _say_what_was_missed(result)
    if options.report is not None:
        console(error=True).print(f"Report: {options.report / 'report.html'}", soft_wrap=True)
    sys.exit(2 if options.strict and result.incomplete else int(result.found > 0))


def _read_list(null: bool) -> Iterator[bytes]:
    """Yield the paths on standard input as they come: there may be millions."""
    if not null:
        for line in sys.stdin.buffer:
            if path := line.rstrip(b"\r\n"):
                yield path
        return
    rest = b""
    while block := os.read(sys.stdin.fileno(), 1 << 16):
        *whole, rest = (rest + block).split(b"\0")
        yield from (path for path in whole if path)
    if rest:
        yield rest


@contextmanager
def _progress(roots: list[str], *, counted: bool) -> Generator[Callable[[Progress], None]]:
    """Show a progress bar on a terminal: files, rate, time left."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich import progress as bar

    columns = (
        bar.TextColumn("{task.description}"),
        bar.BarColumn(),
        bar.MofNCompleteColumn(),
        bar.TextColumn("{task.fields[rate]}"),
        bar.TimeElapsedColumn(),
        bar.TimeRemainingColumn(),
    )
    with bar.Progress(*columns, console=console(error=True), transient=True) as shown:
        task = shown.add_task("scanning", total=None, rate="")
        if counted:
            _count_in_background(roots, lambda n: shown.update(task, total=n))

        def update(progress: Progress) -> None:
            shown.update(
                task,
                completed=progress.files,
                description=f"scanning, {progress.found} recognised",
                rate=_rate(shown.tasks[0].speed),
            )

        yield update


def _rate(speed: float | None) -> str:
    # Nothing is known of the speed until two batches are done.
    return f"{speed:,.0f} files/s" if speed else ""


def _count_in_background(roots: Iterable[str], tell: Callable[[int], object]) -> None:
    """Count what there is to do beside the scan, so that the time left can be told."""
    from tidebreak.scan.walk import walk

    def count() -> None:
        tell(sum(1 for _ in walk(map(os.fsencode, roots))))

    threading.Thread(target=count, daemon=True).start()


def _print_json(opened: Tidebreak, result: ScanResult) -> None:
    from tidebreak.scan.items import as_json

    with opened.observations() as observations:
        for item in observations.items(result.number):
            sys.stdout.write(as_json(item) + "\n")


def _print_summary(opened: Tidebreak, result: ScanResult) -> None:
    from tidebreak.media.signatures import REFERENCE, is_reference

    out = console()
    with opened.observations() as observations:
        counts = observations.counts(result.number)
        files, size = observations.totals(result.number)
        found = observations.items(
            result.number, levels=[level for level in Level if level.found], by_path=False
        )
        grid = table("level", "what", "list", "entry", "why")
        for _, item in zip(range(_FOUND), found, strict=False):
            best = item.verdict["matches"][0]
            path = shown_path(item.path, item.member)
            path = f"named in {path}" if is_reference(item.content) else path
            cells = (path, best["list"], best["entry"], best["reason"])
            grid.add_row(styled(item.level), *map(plain, cells))
        reasons = observations.reasons(result.number)
        named = observations.recognised(result.number, REFERENCE)
    if result.found:
        out.print(grid)
        if result.found > _FOUND:
            out.print(f"… and {result.found - _FOUND:,} more; --report DIR lists them all.")
    items = sum(counts.values())
    seen = f"{counted(items, 'item')} in {counted(files, 'file')}, {human_size(size)}"
    out.print(f"\nScan {result.number}: {seen}")
    for state in (State.MATCHED, State.CLEAR, State.NOT_FULLY_EXAMINED):
        number = sum(n for (at, _), n in counts.items() if at is state)
        out.print(f"  {number:>9,}  {_STATES[state]}")
        if named and state is State.MATCHED:
            out.print(f"             {named:>9,}  only named, in torrents or client stores")
    for reason, number in reasons[:_REASONS]:
        out.print(f"             {number:>9,}  {plain(reason)}")
    if len(reasons) > _REASONS:
        out.print(f"             … and {len(reasons) - _REASONS} other reasons")


_STATES = {
    State.MATCHED: "recognised",
    State.CLEAR: "clear: examined, nothing known found",
    State.NOT_FULLY_EXAMINED: "not fully examined; why (a recognised item may have a reason, too):",
}


def _say_what_was_missed(result: ScanResult) -> None:
    if result.incomplete:
        console(error=True).print(
            f"tidebreak: {counted(result.incomplete, 'item was', 'items were')} not fully examined;"
            " known content there may have been missed.",
            style="yellow",
        )
