"""``tidebreak gate clamd|icap|hooks``: content gates alone, and the copies that gates keep."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Any

import typer

from tidebreak.cli.context import console, home, installation, plain, table
from tidebreak.cli.gate_asking import Asking, needed
from tidebreak.errors import UsageError

content_app = typer.Typer(rich_markup_mode=None)
"""Without a name of its own: its commands stand beside those of other gates."""

Failing = Annotated[
    str, typer.Option("--on-failure", metavar="closed|open", help="What to do with no answer.")
]
Listening = Annotated[
    str, typer.Option(metavar="PLACE", help="host:port, or for clamd and ICAP unix:/path.")
]
On = Annotated[
    str, typer.Option(metavar="WHERE", help="Where content is: public, hosting, private-message.")
]
Roots = Annotated[
    list[Path] | None,
    typer.Option("--root", metavar="DIR", help="Files below this may be named; repeat it."),
]
Report = Annotated[bool, typer.Option("--report", help="Refuse nothing; only say what would be.")]
Keep = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Keep sealed copies there of what is refused (see the docs)."),
]
Settings = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Further settings, as in [gates.NAME] of service.toml."),
]
Server = Annotated[str, typer.Option(metavar="URL", help="Have this service screen instead.")]
KeyFile = Annotated[Path | None, typer.Option(metavar="FILE", help="The file with the key for it.")]
Certificate = Annotated[
    Path | None, typer.Option("--ca", metavar="FILE", help="The certificate that it is to have.")
]


@content_app.command()
def clamd(
    context: typer.Context,
    on_failure: Failing = "",
    listen: Listening = "",
    surface: On = "",
    root: Roots = None,
    report: Report = False,
    keep: Keep = None,
    settings: Settings = None,
    server: Server = "",
    key_file: KeyFile = None,
    ca: Certificate = None,
) -> None:
    """Answer clients of ClamAV's daemon until stopped."""
    given = _given(on_failure, listen, surface, root, report, keep)
    _run(context, "clamd", settings, given, (server, key_file, ca))


@content_app.command()
def icap(
    context: typer.Context,
    on_failure: Failing = "",
    listen: Listening = "",
    surface: On = "",
    report: Report = False,
    keep: Keep = None,
    settings: Settings = None,
    server: Server = "",
    key_file: KeyFile = None,
    ca: Certificate = None,
) -> None:
    """Answer proxies and products that speak ICAP until stopped."""
    given = _given(on_failure, listen, surface, None, report, keep)
    _run(context, "icap", settings, given, (server, key_file, ca))


@content_app.command()
def hooks(
    context: typer.Context,
    on_failure: Failing = "",
    listen: Listening = "",
    surface: On = "",
    root: Roots = None,
    token_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Answer only who sends this file's token.")
    ] = None,
    report: Report = False,
    keep: Keep = None,
    settings: Settings = None,
    server: Server = "",
    key_file: KeyFile = None,
    ca: Certificate = None,
) -> None:
    """Answer nginx, tusd, object stores, pict-rs and webhooks until stopped."""
    given = _given(on_failure, listen, surface, root, report, keep)
    if token_file is not None:
        given["token_file"] = str(token_file)
    _run(context, "hooks", settings, given, (server, key_file, ca))


@content_app.command()
def kept(
    folder: Annotated[Path, typer.Argument(help="The folder where a gate keeps copies.")],
) -> None:
    """List the sealed copies that a gate kept of what it refused."""
    from tidebreak.gates.keeping import kept_in

    grid = table("screening", "at", "gate", "bytes", right=("bytes",))
    for each in kept_in(folder):
        grid.add_row(plain(each.screening), plain(each.at), plain(each.gate), f"{each.size:,}")
    console().print(grid)


@content_app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A sealed copy.")],
    to: Annotated[Path, typer.Option(metavar="FILE", help="Where it is written, in the clear.")],
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; it is audited.")],
) -> None:
    """Write what a sealed copy holds to a new file, for those whom the law lets have it."""
    from tidebreak import files
    from tidebreak.gates.keeping import open_kept

    if not reason.strip():
        raise UsageError("Say why, with --reason.")
    with installation() as opened:
        detail = {"reason": reason}
        try:
            with (
                opened.audit.around("gate.restore", opened.actor, file.stem, detail),
                files.creating(to) as out,
            ):
                for part in open_kept(file, opened.vault):
                    out.write(part)
        except OSError as error:
            raise UsageError(f"{error.filename or to}: {error.strerror}; correct that.") from None


def _given(
    on_failure: str,
    listen: str,
    surface: str,
    root: list[Path] | None,
    report: bool,
    keep: Path | None,
) -> dict[str, Any]:
    values = {
        "on_failure": on_failure,
        "listen": listen,
        "surface": surface,
        "roots": [str(each.absolute()) for each in root or []],
        "on_refusal": "report" if report else "",
        "keep": str(keep.absolute()) if keep else "",
    }
    return {name: value for name, value in values.items() if value}


def _run(
    context: typer.Context,
    name: str,
    settings: Path | None,
    given: dict[str, Any],
    server: tuple[str, Path | None, Path | None],
) -> None:
    if context.obj != Asking():
        raise UsageError("What stands before the gate's name is for other gates; put it behind.")
    url, key_file, ca = server
    if bool(url) != (key_file is not None):
        raise UsageError("A service that screens instead needs both: --server and --key-file.")
    values = {**_read(settings), **given}
    with needed():
        from tidebreak.gates.alone import Elsewhere, run

        if url and key_file is not None:
            run(name, values, _spool(), Elsewhere(url, key_file, ca))
            return
        with installation() as opened:
            run(name, values, opened.home / "spool", opened)


def _spool() -> Path:
    """Return where what is on its way in may lie where there is no installation."""
    from tempfile import gettempdir

    from tidebreak import homes

    return home() / "spool" if homes.is_home(home()) else Path(gettempdir())


def _read(file: Path | None) -> dict[str, Any]:
    if file is None:
        return {}
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{file} is no TOML that can be read ({error}); correct it.") from None
