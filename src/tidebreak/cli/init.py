"""``tidebreak init``."""

from __future__ import annotations

from pathlib import Path

from tidebreak.cli.context import console, home
from tidebreak.installation import Tidebreak


def run(key_file: Path | None) -> None:
    """Make an installation and say where everything is."""
    with Tidebreak.create(home(), key_file) as made:
        out = console()
        out.print("A new installation.")
        out.print(f"  data      {made.home}", soft_wrap=True)
        out.print(f"  settings  {made.home / 'settings.toml'}", soft_wrap=True)
        out.print(f"  key       {made.settings.key_file}", soft_wrap=True)
        out.print(
            "Keep a copy of the key in a safe place, apart from the data: without it no list\n"
            "in this installation can be matched, and with it a stolen copy could be."
        )
        out.print("Next: tidebreak lists import FILE --name NAME --kind contraband")
