"""``tidebreak seal``: let others ask whether something is known, and ask so, without a list."""

from __future__ import annotations

import json
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tidebreak.cli import seal_store
from tidebreak.cli.context import console, home, installation, plain, table
from tidebreak.cli.seal_ask import ask, sealed_extra

if TYPE_CHECKING:
    from tidebreak.installation import Tidebreak
    from tidebreak.seal.online.keys import SealKeys
    from tidebreak.seal.online.operators import Operators
    from tidebreak.seal.online.service import Service

seal_app = typer.Typer(
    help="Sealed checks: ask and answer whether something is known, without handing over a list.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
operators_app = typer.Typer(
    help="Who may ask the sealed server.", invoke_without_command=True, rich_markup_mode=None
)
seal_app.add_typer(operators_app, name="operators")
for one in (ask, seal_store.issue, seal_store.store, seal_store.trace):
    seal_app.command()(one)

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
KeyFile = Annotated[
    Path | None,
    typer.Option(help="The server's key. [default: beside the installation's own]"),
]
Name = Annotated[str, typer.Argument(help="The name of an operator.")]


@seal_app.command()
def init(key_file: KeyFile = None) -> None:
    """Make the key of a sealed server; say where it is.

    It is never overwritten: all tokens depend on it.
    """
    with installation() as opened, sealed_extra():
        from tidebreak.seal.online import keys

        place = key_file or _place(opened)
        made = keys.create(place)
        opened.audit.append("seal.init", opened.actor, "sealed server")
    console().print(f"key: {plain(str(place))}\npublic key: {_shown(made.public)}")


@seal_app.command()
def serve(
    host: Annotated[str, typer.Option(help="The address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8470,
    tls_cert: Annotated[Path | None, typer.Option(help="The certificate, with its chain.")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="The certificate's key.")] = None,
    insecure_bind: Annotated[
        bool, typer.Option("--insecure-bind", help="Let others reach it without TLS.")
    ] = False,
    workers: Annotated[int, typer.Option(min=1, help="Processes that answer.")] = 1,
    key_file: KeyFile = None,
) -> None:
    """Answer operators until stopped.

    Nothing of what is asked is logged.
    """
    with sealed_extra():
        from tidebreak.seal.online.serving import Bind, listen
        from tidebreak.seal.online.serving import serve as run

    _keys(key_file)  # a missing key is better told before anything listens
    bind = Bind(host, port, tls_cert, tls_key, insecure_bind, workers)
    listening = listen(bind)
    address = f"{host}:{listening.getsockname()[1]}"
    sys.stderr.write(f"Sealed checks at {'https' if tls_cert else 'http'}://{address}\n")
    run(lambda: _service(key_file), bind, listening)


@seal_app.command()
def status(key_file: KeyFile = None, as_json: Json = False) -> None:
    """Bring the sealed set up to date and show what it holds.

    What is new on the lists is computed, about 30,000 values per second.
    """
    with _service(key_file, show=True) as service:
        known, operators = service.known, service.operators.everyone()
        active = sum(service.operators.state(one) == "active" for one in operators)
        public = _shown(_keys(key_file).public)
    record = {"version": known.version, "values": len(known.values), "public_key": public,
              "operators": len(operators), "active": active}  # fmt: skip
    if as_json:
        sys.stdout.write(json.dumps(record) + "\n")
        return
    for name, value in record.items():
        console().print(f"{name.replace('_', ' ')}: {value}")


@operators_app.callback()
def show_all(context: typer.Context) -> None:
    """Who may ask the sealed server."""
    if context.invoked_subcommand is None:
        list_()


@operators_app.command(name="list")
def list_(key_file: KeyFile = None, as_json: Json = False) -> None:
    """Show all operators, what they asked today, and their alarms."""
    with _operators(key_file) as operators:
        rows = [
            (one, operators.state(one), next(iter(operators.used(one)), None))
            for one in operators.everyone()
        ]
    if as_json:
        for one, state, used in rows:
            record = {**asdict(one), "state": state, "today": asdict(used) if used else None}
            sys.stdout.write(json.dumps(record) + "\n")
        return
    grid = table("name", "state", "expires", "asked today", "of", "hits", "alarms",
                 right=("asked today", "of", "hits"))  # fmt: skip
    for one, state, used in rows:
        asked, hits = (used.asked, used.hits) if used else (0, 0)
        grid.add_row(
            plain(one.name), state, one.expires_at[:10] or "never", f"{asked:,}",
            f"{one.limits.per_day:,}", f"{hits:,}", ", ".join(used.alarms) if used else "",
        )  # fmt: skip
    console().print(grid)


@operators_app.command()
def add(
    name: Name,
    out: Annotated[Path, typer.Option(metavar="FILE", help="Write the token to this file.")],
    per_day: Annotated[int, typer.Option(min=1, help="Identifiers that may be asked a day.")] = (
        100_000
    ),
    per_second: Annotated[float, typer.Option(min=0.001, help="And on average.")] = 2000.0,
    days: Annotated[int, typer.Option(min=0, help="Until the token expires; 0: never.")] = 365,
    key_file: KeyFile = None,
) -> None:
    """Let an operator ask; its token is written once and cannot be shown again."""
    from tidebreak.seal.online.limits import Limits
    from tidebreak.seal.online.token import write

    limits = Limits(per_day=per_day, per_second=per_second)
    with _operators(key_file) as operators:
        write(out, lambda: operators.add(name, limits, days=days))
    console().print(f"{plain(name)}: hand over {plain(str(out))}, and keep no copy")


@operators_app.command()
def revoke(
    name: Name,
    reason: Annotated[str, typer.Option("--reason", help="Why; it is kept in the audit log.")],
    key_file: KeyFile = None,
) -> None:
    """Refuse an operator from now on."""
    with _operators(key_file) as operators:
        operators.revoke(name, reason)
    console().print(f"{plain(name)}: revoked")


@contextmanager
def _service(key_file: Path | None, *, show: bool = False) -> Generator[Service]:
    with installation() as opened:
        keys = _keys(key_file, opened)
        from tidebreak.seal.online.service import Service

        service = Service(opened, keys, _told if show else lambda done, total: None)
        try:
            yield service
        finally:
            service.close()


@contextmanager
def _operators(key_file: Path | None) -> Generator[Operators]:
    with installation() as opened:
        keys = _keys(key_file, opened)
        from tidebreak.seal.online.service import open_operators

        operators = open_operators(opened, keys)
        try:
            yield operators
        finally:
            operators.close()


def _keys(key_file: Path | None, opened: Tidebreak | None = None) -> SealKeys:
    with sealed_extra():
        from tidebreak.seal.online import keys

        if key_file is not None:
            return keys.load(key_file)
        if opened is not None:
            return keys.load(_place(opened))
        with installation() as own:
            return keys.load(_place(own))


def _place(opened: Tidebreak) -> Path:
    from tidebreak.homes import default_key_file
    from tidebreak.seal.online.keys import place_of

    named = opened.settings.key_file
    return place_of(Path(named) if named else default_key_file(home()))


def _told(done: int, total: int) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{done:,} of {total:,} values computed")


def _shown(public: bytes) -> str:
    from tidebreak.seal.online.token import encoded

    return encoded(public)
