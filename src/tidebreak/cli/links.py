"""``tidebreak check`` and ``tidebreak align``: words about media, and files held beside them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def check(
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="INPUT…",
            help="Links, identifiers, torrents, client stores, mail, folders; - reads lines.",
        ),
    ],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object per input.")
    ] = False,
    prose: Annotated[
        bool, typer.Option("--text", help="Look for links in running text; the rest is skipped.")
    ] = False,
    derive: Annotated[
        bool,
        typer.Option(
            " /--no-derive", help="Do not add identifiers of torrents that hold something known."
        ),
    ] = True,
    holding: Annotated[
        list[Path] | None,
        typer.Option(metavar="DIR", help="Compare pieces with files that you lawfully hold here."),
    ] = None,
    case: Annotated[
        str, typer.Option(help="Keep trackers and peers in the output, for the case of this name.")
    ] = "",
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 2 when anything was not fully examined.")
    ] = False,
) -> None:
    """Say whether links and torrents name something known."""
    from tidebreak.cli.check import Options, run

    run(inputs, Options(as_json, prose, derive, holding or [], case, strict))


def align(
    queries: Annotated[
        str, typer.Argument(help="Alignment queries, one JSON object per line; - reads stdin.")
    ],
    folders: Annotated[list[Path], typer.Argument(help="Folders of files that you lawfully hold.")],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object per query.")
    ] = False,
) -> None:
    """Answer for files held here whether a torrent names them.

    Each answer is yes or no; nothing else of the files is told.
    """
    from tidebreak.cli.check import align as run

    run(queries, folders, as_json=as_json)
