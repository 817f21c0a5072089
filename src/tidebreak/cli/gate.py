"""``tidebreak gate``: ask whether something is known where peer-to-peer software calls out."""

from __future__ import annotations

import signal
import sys
import threading
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tidebreak.cli.context import console, home, plain
from tidebreak.cli.gate_asking import Asking, gate_of
from tidebreak.errors import UsageError
from tidebreak.gates.policy import Action, OnFailure, OnHit, OnUnjudged, Policy

if TYPE_CHECKING:
    from tidebreak.gates.gate import Gate
    from tidebreak.gates.patrol import Client
    from tidebreak.gates.trackers import Allowed

gate_app = typer.Typer(
    help="Gates: ask whether something is known where peer-to-peer software calls out.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

User = Annotated[str, typer.Option(help="The user of the client's interface.")]
PasswordFile = Annotated[
    Path | None, typer.Option(metavar="FILE", help="The file with that user's password.")
]
Prepare = Annotated[
    bool, typer.Option("--prepare", help="Set the client to add torrents stopped, if it is not.")
]
Every = Annotated[float, typer.Option(min=0.2, help="Seconds between two looks at the client.")]
Recheck = Annotated[
    float, typer.Option(min=1, help="Seconds after which what was clear is asked about again.")
]
Whitelist = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="A tracker's list of allowed torrents, to add to."),
]
PidFile = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Where the tracker's process number is; it gets SIGHUP."),
]


@gate_app.callback()
def whom_to_ask(
    context: typer.Context,
    ask_url: Annotated[
        str, typer.Option(metavar="URL", help="Ask this sealed server instead.")
    ] = "",
    ask_token_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The file with your token for it.")
    ] = None,
    ask_ca: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The certificate that it is to have.")
    ] = None,
    ask_socket: Annotated[
        Path | None,
        typer.Option(metavar="PATH", help="Ask the local sealed store at this socket instead."),
    ] = None,
    on_hit: Annotated[OnHit, typer.Option(help="What to do with what is known.")] = OnHit.REFUSE,
    on_failure: Annotated[
        OnFailure, typer.Option(help="What to do when nobody can tell.")
    ] = OnFailure.CLOSED,
    on_unjudged: Annotated[
        OnUnjudged,
        typer.Option(help="What to do with a torrent of which some files cannot be told."),
    ] = OnUnjudged.ALLOW,
) -> None:
    """Gates: ask whether something is known where peer-to-peer software calls out.

    The installation is asked, where nobody else is named.
    """
    policy = Policy(on_hit, on_failure, on_unjudged)
    context.obj = Asking(ask_url, ask_token_file, ask_ca, ask_socket, policy)


@gate_app.command()
def serve(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="The address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8399,
    token_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Answer only who sends this file's token.")
    ] = None,
    whitelist: Whitelist = None,
    pid_file: PidFile = None,
) -> None:
    """Answer proxies in front of trackers, and index sites, over HTTP until stopped."""
    with gate_of(context.obj) as gate:
        from tidebreak.gates.serving import serve as run
        from tidebreak.gates.trackers import Allowed
        from tidebreak.gates.web import secret_in

        allowed = Allowed(whitelist, pid_file) if whitelist else None
        run(gate, host, port, token=secret_in(token_file), allowed=allowed)


@gate_app.command()
def qbittorrent(
    context: typer.Context,
    url: Annotated[str, typer.Argument(help="The address of its Web UI.")],
    user: User = "admin",
    password_file: PasswordFile = None,
    prepare: Prepare = False,
    every: Every = 2.0,
    recheck: Recheck = 86_400.0,
) -> None:
    """Judge what is added to a qBittorrent, until stopped; nothing is removed."""
    with gate_of(context.obj) as gate:
        from tidebreak.gates.qbittorrent import QBittorrent
        from tidebreak.gates.web import secret_in

        with closing(QBittorrent(url, home() / "gates", user, secret_in(password_file))) as client:
            _patrol(client, gate, prepare, every, recheck)


@gate_app.command()
def transmission(
    context: typer.Context,
    url: Annotated[str, typer.Argument(help="The address of its RPC: http://…/transmission/rpc")],
    user: User = "",
    password_file: PasswordFile = None,
    prepare: Prepare = False,
    once: Annotated[
        bool, typer.Option("--once", help="Look once and end, as a script that it calls must.")
    ] = False,
    every: Every = 2.0,
    recheck: Recheck = 86_400.0,
) -> None:
    """Judge what is added to a Transmission, until stopped; nothing is removed."""
    with gate_of(context.obj) as gate:
        from tidebreak.gates.transmission import Transmission
        from tidebreak.gates.web import secret_in

        with closing(Transmission(url, user, secret_in(password_file))) as client:
            _patrol(client, gate, prepare, 0.0 if once else every, recheck)


@gate_app.command()
def allow(
    context: typer.Context,
    whitelist: Annotated[
        Path, typer.Option(metavar="FILE", help="The tracker's list of allowed torrents.")
    ],
    files: Annotated[list[Path] | None, typer.Argument(help="Torrent files.")] = None,
    pid_file: PidFile = None,
    remove: Annotated[
        bool, typer.Option("--remove", help="Allow them no longer; nobody is asked.")
    ] = False,
    recheck: Annotated[
        bool, typer.Option("--recheck", help="Take out of the list what is known by now.")
    ] = False,
    drop_untold: Annotated[
        bool, typer.Option("--drop-untold", help="And what nobody can tell about now.")
    ] = False,
) -> None:
    """Let a tracker serve torrents that are clear, or look again at all that it may serve.

    Exits with 1 when something known was among them, else with 2 when one may not be served, or
    could not be told.
    """
    from tidebreak.gates.trackers import Allowed

    if recheck == bool(files) or (remove and recheck) or (drop_untold and not recheck):
        raise UsageError("Name torrent files, or give --recheck, with or without --drop-untold.")
    allowed = Allowed(whitelist, pid_file)
    if recheck:
        _recheck(context.obj, allowed, drop_untold)
    elif remove:
        _remove(files or [], allowed)
    else:
        _allow(context.obj, files or [], allowed)


def _allow(asking: Asking, files: list[Path], allowed: Allowed) -> None:
    known = kept_back = False
    with gate_of(asking, told=False) as gate:
        from tidebreak.gates.allowing import allow

        for number, file in enumerate(files, 1):
            decision = allow(gate, allowed, _bytes_of(number, file), str(file))
            known |= decision.known is True
            kept_back |= decision.action is not Action.ALLOW
            _say(number, file, f"{decision.action}: {decision.why}")
    sys.exit(1 if known else 2 if kept_back else 0)


def _remove(files: list[Path], allowed: Allowed) -> None:
    from tidebreak import links
    from tidebreak.gates.trackers import tracker_ids

    for number, file in enumerate(files, 1):
        changed = allowed.remove(tracker_ids(links.read_file(_bytes_of(number, file))))
        _say(number, file, "removed" if changed else "was not there")


def _recheck(asking: Asking, allowed: Allowed, drop_untold: bool) -> None:
    with gate_of(asking, told=False) as gate:
        from tidebreak.gates.allowing import recheck

        found = recheck(gate, allowed, drop_untold=drop_untold)
    console().print(found.in_words)
    sys.exit(1 if found.known else 2 if found.untold else 0)


def _say(number: int, file: Path, what: str) -> None:
    console().print(f"{plain(_name(number, file))}: {plain(what)}", soft_wrap=True)


def _name(number: int, file: Path) -> str:
    """Return what a file is called; the ``number`` tells which one, if that is an identifier."""
    from tidebreak.gates.events import redacted

    name = redacted(str(file))
    return name if name == str(file) else f"{name} (file {number})"


def _patrol(client: Client, gate: Gate, prepare: bool, every: float, recheck: float) -> None:
    """Steer a client until stopped."""
    from tidebreak.gates.patrol import Patrol

    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())  # pyright: ignore[reportUnknownLambdaType]
    Patrol(client, gate, recheck=recheck).run(stopped, every=every, prepare=prepare)


def _bytes_of(number: int, file: Path) -> bytes:
    from tidebreak.gates.gate import MOST_BYTES

    try:
        with file.open("rb") as opened:
            return opened.read(MOST_BYTES + 1)
    except OSError as error:
        name = _name(number, file)
        raise UsageError(f"{name} cannot be read ({error.strerror}); correct that.") from None
