"""``tidebreak rematch``, ``tidebreak screenings``: what was screened, and newer lists."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from tidebreak.cli.context import console, installation, plain, table
from tidebreak.cli.screenings import list_screenings, review
from tidebreak.errors import UsageError
from tidebreak.showing import counted

if TYPE_CHECKING:
    from tidebreak.screening.accuracy import Accuracy

screenings_app = typer.Typer(
    help="What was screened, what people found of it, and what is forgotten.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
screenings_app.command(name="list")(list_screenings)
screenings_app.command()(review)

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def rematch(
    lists: Annotated[
        list[str] | None,
        typer.Option("--list", metavar="NAME", help="Only this list, all of it; may be repeated."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Compare what was screened before with what has come to count since; reads no media again.

    A running service does this by itself; this is for where none runs. Exits with 1 when
    something that was let pass is known now.
    """
    from tidebreak.policy.start import open_book, watching_floods
    from tidebreak.screening.start import rematch as run

    with installation() as opened, watching_floods(opened) as floods:
        opened.audit.append("rematch", opened.actor, ", ".join(lists or ["all lists"]))
        found = run(opened, open_book(opened), lists or (), floods=floods)
    if as_json:
        typer.echo(json.dumps(asdict(found)))
    else:
        typer.echo(
            f"Compared {counted(found.observations, 'observation')} with"
            f" {counted(found.signals, 'signal')} that came to count:"
            f" {counted(found.verdicts, 'new verdict')}."
        )
    raise typer.Exit(int(found.verdicts > 0))


@screenings_app.command()
def forget(
    before: Annotated[
        str, typer.Option(metavar="DATE", help="What is older: 2026-01-31, midnight UTC.")
    ],
) -> None:
    """Forget what was found to be clear before a date. What was found or held stays."""
    from tidebreak.screening.retention import forget as run
    from tidebreak.screening.start import open_store

    try:
        moment = datetime.fromisoformat(before).replace(tzinfo=UTC)
    except ValueError:
        raise UsageError("Give the date as 2026-01-31.") from None
    with installation() as opened:
        sql = open_store(opened)
        try:
            gone = run(sql, opened.audit, opened.actor, moment)
        finally:
            sql.close()
    typer.echo(
        f"Forgot {counted(gone.screenings, 'screening')} and"
        f" {counted(gone.observations, 'observation')}."
    )


@screenings_app.command()
def accuracy(
    days: Annotated[int, typer.Option(help="How far back.", min=1)] = 183,
    as_json: Json = False,
) -> None:
    """Show how often people found verdicts right, by list, signal and distance."""
    from tidebreak.screening.accuracy import accuracy as figures
    from tidebreak.screening.records import Records
    from tidebreak.screening.start import open_store

    with installation() as opened:
        sql = open_store(opened)
        try:
            since = datetime.now(UTC) - timedelta(days=days)
            found = figures(Records(sql, opened.audit).reviewed(since))
        finally:
            sql.close()
    if as_json:
        typer.echo(json.dumps([asdict(one) | {"precision": one.precision} for one in found]))
        return
    _show(found)


def _show(found: list[Accuracy]) -> None:
    if not found:
        typer.echo("Nothing that anything was found in has been reviewed in that time.")
        return
    numbers = ("confirmed", "wrong", "unclear", "right, %")
    grid = table("list", "signal", "distance", *numbers, right=numbers)
    for one in found:
        right = "" if one.precision is None else f"{100 * one.precision:.1f}"
        counts = (str(one.confirmed), str(one.wrong), str(one.unclear), right)
        grid.add_row(plain(one.list), one.signal, one.band, *counts)
    console().print(grid)
