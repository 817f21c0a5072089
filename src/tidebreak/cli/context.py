"""What the commands share: which installation, and how results look on a terminal."""

from __future__ import annotations

import sys
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING

from tidebreak.model import Level, Verdict
from tidebreak.showing import visible

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from tidebreak.installation import Tidebreak

_home: ContextVar[Path | None] = ContextVar("home", default=None)

LEVEL_STYLES = {
    Level.EXACT: "bold red",
    Level.EXACT_WEAK: "red",
    Level.NEAR: "red",
    Level.POSSIBLE: "yellow",
    Level.LEAD: "cyan",
}


def use_home(home: Path | None) -> None:
    """Note which installation this run is about."""
    _home.set(home)


def home() -> Path:
    """Return the home of the installation that this run is about."""
    from tidebreak.homes import default_home

    return _home.get() or default_home()


def installation() -> Tidebreak:
    """Open the installation that this run is about."""
    from tidebreak.installation import Tidebreak

    return Tidebreak.open(home())


def console(*, error: bool = False) -> Console:
    """Return the terminal, as wide as it is, or wide enough for a pipe."""
    from rich.console import Console

    stream = sys.stderr if error else sys.stdout
    width = None if stream.isatty() else 160
    return Console(stderr=error, highlight=False, width=width, soft_wrap=False)


def table(*columns: str, right: tuple[str, ...] = ()) -> Table:
    """Return an empty table in the house's style."""
    from rich import box
    from rich.table import Table

    grid = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")
    for column in columns:
        grid.add_column(column, justify="right" if column in right else "left", overflow="fold")
    return grid


def plain(text: str) -> str:
    r"""Return untrusted ``text`` as the terminal may show it: no markup, no control characters.

    A file's name could otherwise move the cursor and rewrite what an examiner sees.
    """
    from rich.markup import escape

    return escape(visible(text))


def styled(level: Level) -> str:
    """Return the name of a level, coloured where the terminal can."""
    style = LEVEL_STYLES.get(level)
    return f"[{style}]{level.value}[/]" if style else level.value


def exit_code(verdicts: list[Verdict]) -> int:
    """Return 1 when any verdict found something known, else 0."""
    return int(any(verdict.level.found for verdict in verdicts))
