"""``tidebreak check`` and ``tidebreak align``."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from tidebreak.cli.context import console, installation, plain, styled, table
from tidebreak.model import State
from tidebreak.showing import counted

if TYPE_CHECKING:
    from rich.table import Table

    from tidebreak.check.records import Checked
    from tidebreak.check.run import Tally

_FOUND = 20
"""Recognised inputs named in the summary; ``--json`` has them all."""

_REASONS = 8
_WIDEST = 48


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line asked for."""

    as_json: bool = False
    prose: bool = False
    derive: bool = True
    held: list[Path] = field(default_factory=list[Path])
    case: str = ""
    strict: bool = False


def run(arguments: list[str], options: Options) -> None:
    """Check, print a summary or JSON lines, and exit with the code that says what was found."""
    with installation() as opened:
        check = opened.check(
            arguments, prose=options.prose, derive=options.derive, held=options.held,
            case=options.case, found_only=not options.as_json,
        )  # fmt: skip
        if options.as_json:
            _print_json(check)
        else:
            _print_summary(check, check.tally)
    if check.unread:
        console(error=True).print(f"{counted(check.unread, 'file')} held could not be opened")
    states = check.tally.states
    missed = states[State.NOT_FULLY_EXAMINED]
    if missed and options.as_json:
        console(error=True).print(f"{counted(missed, 'input')} not fully examined")
    sys.exit(2 if options.strict and missed else int(states[State.MATCHED] > 0))


def _print_json(results: Iterable[Checked]) -> None:
    from tidebreak.check.records import record

    encode = json.JSONEncoder(ensure_ascii=False).encode
    for checked in results:
        sys.stdout.write(encode(record(checked)) + "\n")


def _print_summary(results: Iterable[Checked], tally: Tally) -> None:
    found = table("input", "level", "list", "entry", "named in it", "why")
    shown = 0
    for checked in results:
        shown += 1
        if shown <= _FOUND:
            _add(found, checked)
    reasons = tally.reasons
    out = console()
    if shown:
        out.print(found)
        if shown > _FOUND:
            out.print(f"and {shown - _FOUND:,} more: --json has them all\n")
    for state in (State.MATCHED, State.CLEAR, State.NOT_FULLY_EXAMINED):
        out.print(f"{tally.states[state]:>12,}  {state.value}")
    for reason, number in reasons.most_common(_REASONS):
        out.print(f"{number:>12,}    {plain(reason)}")
    if len(reasons) > _REASONS:
        out.print(f"              and {len(reasons) - _REASONS} other reasons: --json has them")
    if tally.derived:
        entries = counted(tally.derived, "entry", "entries")
        out.print(f"{entries} derived: torrents are known by their own identifiers from now on")


def _add(grid: Table, checked: Checked) -> None:
    label = checked.input if len(checked.input) <= _WIDEST else f"{checked.input[: _WIDEST - 1]}…"
    hits = [file for file in checked.files if file.verdict.level.found]
    named = checked.name or (hits[0].path if hits else "")
    if hits and len(checked.files) > 1:
        named = f"{len(hits):,} of {len(checked.files):,} files: {hits[0].path}"
    first = checked.verdict.matches[0]
    grid.add_row(
        plain(label), styled(checked.verdict.level), plain(first.list), plain(first.entry),
        plain(named), plain(first.reason),
    )  # fmt: skip


def align(queries: str, folders: list[Path], *, as_json: bool) -> None:
    """Put alignment queries to the files in ``folders`` and print yes or no for each."""
    from tidebreak.check.align import answer_all
    from tidebreak.check.held import HeldFiles
    from tidebreak.errors import UsageError

    held = HeldFiles(folders)
    if queries == "-":
        answers = answer_all(sys.stdin.buffer, held)
    else:
        try:
            data = Path(queries).read_bytes()
        except OSError as error:
            raise UsageError(f"The queries cannot be read ({error.strerror}).") from None
        answers = answer_all(BytesIO(data), held)
    if as_json:
        for answer in answers:
            record = {"line": answer.line, "path": answer.path, "answer": answer.answer.value}
            sys.stdout.write(json.dumps(record, ensure_ascii=False) + "\n")
    else:
        grid = table("line", "file", "answer", right=("line",))
        for answer in answers:
            grid.add_row(str(answer.line), plain(answer.path), answer.answer.value)
        console().print(grid)
        files = counted(len(held), "file")
        console().print(f"{counted(len(answers), 'query', 'queries')} put to {files}")
    if held.unread:
        console(error=True).print(f"{counted(held.unread, 'file')} could not be opened")
    sys.exit(2 if held.unread else int(any(a.answer.value == "yes" for a in answers)))
