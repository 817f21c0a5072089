"""The commands, each a few lines over one call of the installation."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from tidebreak import __version__
from tidebreak.cli import Stopped
from tidebreak.cli.access import access_app
from tidebreak.cli.audit import audit_app
from tidebreak.cli.backup import backup, restore
from tidebreak.cli.context import use_home
from tidebreak.cli.descriptors import descriptors_app
from tidebreak.cli.gate import gate_app
from tidebreak.cli.gate_content import content_app
from tidebreak.cli.links import align, check
from tidebreak.cli.lists import lists_app
from tidebreak.cli.plugins import plugins_app
from tidebreak.cli.policy import policy_app
from tidebreak.cli.rematch import rematch, screenings_app
from tidebreak.cli.remote import remote_app
from tidebreak.cli.seal import seal_app
from tidebreak.cli.serve import serve
from tidebreak.cli.sightings import sightings_app
from tidebreak.model import Depth


class _Group(TyperGroup):
    """Takes what stops a command out of the framework's hands; `tidebreak.cli` explains it."""

    def make_context(self, *arguments: Any, **more: Any) -> Any:
        with _unframed():
            return super().make_context(*arguments, **more)

    def invoke(self, ctx: Any) -> Any:
        with _unframed():
            return super().invoke(ctx)


@contextmanager
def _unframed() -> Generator[None]:
    try:
        yield
    except (OSError, EOFError, KeyboardInterrupt) as error:
        raise Stopped from error


app = typer.Typer(
    name="tidebreak",
    cls=_Group,
    help="Recognise known content by the content itself.",
    epilog="Exit codes: 0 nothing known found, 1 something known found, 2 an error.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(lists_app, name="lists")
app.add_typer(descriptors_app, name="descriptors")
app.add_typer(seal_app, name="seal")
app.add_typer(sightings_app, name="sightings")
app.add_typer(gate_app, name="gate")
gate_app.add_typer(content_app)
app.add_typer(audit_app, name="audit")
app.add_typer(policy_app, name="policy")
app.add_typer(screenings_app, name="screenings")
app.add_typer(remote_app, name="remote")
app.add_typer(plugins_app, name="plugins")
app.add_typer(access_app, name="access")
app.command()(check)
app.command()(align)
app.command()(rematch)
app.command()(serve)
app.command()(backup)
app.command()(restore)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"tidebreak {__version__}")
        raise typer.Exit


@app.callback()
def common(
    home: Annotated[
        Path | None,
        typer.Option(
            "--home",
            envvar="TIDEBREAK_HOME",
            help="The installation to use. [default: ~/.local/share/tidebreak]",
            show_envvar=True,
        ),
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Recognise known content by the content itself."""
    use_home(home)


@app.command()
def init(
    key_file: Annotated[
        Path | None,
        typer.Option(help="Where to put the key, or an existing key. Keep it apart from the data."),
    ] = None,
) -> None:
    """Make an installation; say where everything is."""
    from tidebreak.cli.init import run

    run(key_file)


@app.command()
def scan(
    paths: Annotated[
        list[str] | None,
        typer.Argument(help="Files and folders; - reads a list of paths from standard input."),
    ] = None,
    report: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write the report to this folder.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object per file instead of a summary.")
    ] = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the scan that was interrupted last.")
    ] = False,
    reread: Annotated[
        bool, typer.Option("--reread", help="Read files again that have not changed.")
    ] = False,
    depth: Annotated[
        Depth | None,
        typer.Option(help="How much to try; overrides the settings and what lists ask for."),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 2 when anything was not fully examined.")
    ] = False,
    null: Annotated[
        bool, typer.Option("--null", "-0", help="Paths on standard input end with a NUL byte.")
    ] = False,
) -> None:
    """Examine files, folders and archives and say what is known."""
    from tidebreak.cli.scan import Options, run

    run(paths or [], Options(report, as_json, resume, reread, strict, null, depth))


@app.command(name="hash")
def hash_(
    files: Annotated[list[str], typer.Argument(help="Files or folders.")],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object per file.")
    ] = False,
    members: Annotated[
        bool, typer.Option("--members", help="Show what is inside archives, too.")
    ] = False,
    vpdq: Annotated[
        bool, typer.Option("--vpdq", help="Print the frames of one video as a vPDQ file, no more.")
    ] = False,
) -> None:
    """Show every signal of a file.

    Nothing is looked up, and no installation is needed.
    """
    from tidebreak.cli.hash import run, run_vpdq

    if vpdq:
        run_vpdq(files)
    else:
        run(files, as_json=as_json, members=members)


@app.command()
def match(
    signals: Annotated[
        list[str],
        typer.Argument(metavar="SIGNAL…", help="type:value, such as pdq:f8f8…; - reads lines."),
    ],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object per signal.")
    ] = False,
) -> None:
    """Show what a given signal resembles, and why."""
    from tidebreak.cli.match import run

    run(signals, as_json=as_json)


@app.command()
def calibrate(
    folder: Annotated[Path, typer.Argument(help="A folder of benign pictures of your own.")],
    report: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write a page with the curve to this folder.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    pictures: Annotated[
        int, typer.Option(min=5, max=500, help="How many pictures are drawn from the folder.")
    ] = 100,
    seed: Annotated[int, typer.Option(help="What is drawn; the same one repeats it.")] = 1,
    depth: Annotated[
        Depth | None, typer.Option(help="How much to try; overrides the settings.")
    ] = None,
    held_out: Annotated[
        bool, typer.Option("--held-out", help="Try further edits that nobody developed against.")
    ] = False,
    enrolled: Annotated[
        bool, typer.Option("--enrolled", help="Measure as if the pictures were enrolled media.")
    ] = False,
) -> None:
    """Measure what is recognised of edited pictures, and what is taken for another.

    The pictures stay where they are; nothing of them is kept.
    """
    from tidebreak.cli.calibrate import Options, run

    run(folder, Options(report, as_json, pictures, seed, depth, held_out, enrolled))


@app.command()
def watch(
    streams: Annotated[
        list[str],
        typer.Argument(
            metavar="URL…",
            help="rtmp, rtsp, http(s) (HLS), tcp, udp (MPEG-TS), srt; a growing file; - for stdin.",
        ),
    ],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object per event.")
    ] = False,
    name: Annotated[
        list[str] | None,
        typer.Option(help="What events call the stream; once for each, in the same order."),
    ] = None,
    webhook: Annotated[
        str, typer.Option(metavar="URL", help="Post every event to this address as well.")
    ] = "",
    webhook_secret: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Sign what is posted with the secret in this file."),
    ] = None,
    depth: Annotated[
        Depth | None,
        typer.Option(help="How much to try; overrides the settings and what lists ask for."),
    ] = None,
) -> None:
    """Watch live streams and say at once when something known is shown.

    Nothing but signals is kept; no picture touches the disk. Ends with Ctrl-C.
    """
    from tidebreak.cli.watch import Options, run

    run(streams, Options(as_json, name or [], webhook, webhook_secret, depth))


@app.command()
def doctor(
    warm: Annotated[
        bool,
        typer.Option("--warm", help="Only compile all kernels; later starts are quick."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Try out what works here and say so.

    Codecs, sandbox, kernels, identifiers, key, index, audit log, disk.
    """
    from tidebreak.cli.doctor import run

    run(warm=warm, as_json=as_json)
