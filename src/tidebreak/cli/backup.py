"""``tidebreak backup`` and ``tidebreak restore``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tidebreak.cli.context import console, home, plain
from tidebreak.showing import counted


def backup(
    target: Annotated[Path, typer.Argument(metavar="FILE|FOLDER", help="A new file, or a folder.")],
    with_key: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Copy the keys, too: to this new file, kept apart."),
    ] = None,
) -> None:
    """Back the installation up, while it runs; its keys are not in it.

    Without its key nobody can use a backup, you neither: keep a copy of that elsewhere.
    """
    from tidebreak.backups.make import backup as make

    made = make(home(), target, with_key)
    out = console()
    out.print(
        f"{plain(str(made.path))}: {counted(len(made.stores), 'store')},"
        f" {counted(made.others, 'other file')}, {made.size:,} bytes",
        soft_wrap=True,
    )
    if made.keys:
        out.print(f"keys: {', '.join(plain(str(path)) for path in made.keys)}", soft_wrap=True)
        out.print("Whoever has both can read all of it: keep them apart.")
    else:
        out.print(
            "THE KEYS ARE NOT IN IT: without a copy of them, kept elsewhere, it is worth nothing.\n"
            "Readable in it without them: names, owners and ids of lists and entries, settings, the"
            " audit log."
        )


def restore(
    file: Annotated[Path, typer.Argument(help="A backup.")],
    new_home: Annotated[
        Path, typer.Option("--home", metavar="FOLDER", help="Where the installation is to be.")
    ],
    key_file: Annotated[
        Path | None, typer.Option(help="Its key, where that is now. [default: as it was]")
    ] = None,
    database: Annotated[
        str,
        typer.Option(
            metavar="URL", help="A PostgreSQL database for its stores. [default: files there]"
        ),
    ] = "",
) -> None:
    """Bring a backup back as a new installation, checked, whole or not at all."""
    from tidebreak.backups.restore import restore as bring_back

    made = bring_back(file, new_home, database=database, key_file=key_file)
    out = console()
    out.print(
        f"{plain(str(made.home))}: {counted(len(made.stores), 'store')} as of {made.made_at};"
        f" {counted(made.events, 'event')} in an unbroken audit log",
        soft_wrap=True,
    )
    out.print(f"Next: tidebreak --home {plain(str(made.home))} doctor", soft_wrap=True)
