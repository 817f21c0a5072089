"""``tidebreak screenings list|review``: what waits for a person, and what that person says."""

from __future__ import annotations

import json
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from tidebreak.cli.context import console, installation, plain, styled, table
from tidebreak.errors import UsageError
from tidebreak.model import Level

if TYPE_CHECKING:
    from tidebreak.screening.records import Records
    from tidebreak.screening.rows import Record
    from tidebreak.screens import Screened


def list_screenings(
    waiting: Annotated[
        bool, typer.Option("--waiting", help="Only what waits for a person.")
    ] = False,
    since: Annotated[
        str, typer.Option(metavar="DATE", help="Only since then: 2026-01-31, midnight UTC.")
    ] = "",
    level: Annotated[Level | None, typer.Option(help="Only of this level.")] = None,
    most: Annotated[int, typer.Option(min=1, max=1000, help="How many, at most.")] = 100,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, one per line.")] = False,
) -> None:
    """Show what was screened, the newest first: what was found, decided, and said of it."""
    from tidebreak.screening.records import Filter

    chosen = Filter(level=level, waits=True if waiting else None, since=_moment(since))
    with _records() as (records, _):
        found = records.page(chosen, limit=most)
        backlog = records.backlog()
    if as_json:
        for record in found:
            typer.echo(json.dumps(_values(record)))
        return
    grid = table("id", "at", "who", "item", "level", "action", "because of", "reviewed")
    for record in found:
        one = record.screened
        grid.add_row(
            one.id, one.at[:19], plain(one.origin.client), plain(one.origin.item),
            styled(one.level), one.decision.action.value, plain(_because(one)),
            "waits" if record.waits else ", ".join(said.outcome for said in record.reviews),
        )  # fmt: skip
    out = console()
    out.print(grid)
    out.print(f"{len(found):,} shown; {backlog:,} wait for a person.")


def review(
    id: Annotated[str, typer.Argument(help="The id of a screening.")],
    outcome: Annotated[
        Literal["confirmed", "wrong", "unclear"],
        typer.Option(help="What you find of the verdict; what is unclear goes on waiting."),
    ],
    note: Annotated[str, typer.Option(help="Why, for whoever reads it later; no hashes.")] = "",
) -> None:
    """Say what you find of a verdict; kept beside what others said, and in the audit log."""
    from tidebreak.screening.records import Outcome

    with _records() as (records, actor):
        record = records.review(id, actor, Outcome(outcome), note)
        backlog = records.backlog()
    times = len(record.reviews)
    typer.echo(f"{id}: {outcome} (review {times}); {backlog:,} wait for a person.")


def _because(one: Screened) -> str:
    """Return each entry that was found, once, with its signals; else why nobody could tell."""
    entries: dict[tuple[str, str], list[str]] = {}
    for part in one.parts:
        for match in part.verdict.matches:
            signals = entries.setdefault((match.list, match.entry), [])
            if match.signal not in signals:
                signals.append(match.signal)
    if entries:
        told = [f"{name} {entry} ({', '.join(how)})" for (name, entry), how in entries.items()]
        return "; ".join(told)
    reasons = dict.fromkeys(part.reason for part in one.parts if part.reason)
    return "; ".join(reasons) or ", ".join(one.decision.holds)


def _values(record: Record) -> dict[str, object]:
    values = asdict(record)
    del values["places"]
    return values.pop("screened") | values


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError("Give the date as 2026-01-31, or 2026-01-31T18:00.") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


@contextmanager
def _records() -> Generator[tuple[Records, str]]:
    """Give the store of screenings, and the name by which the audit log calls who asks."""
    from tidebreak.screening.records import Records
    from tidebreak.screening.start import open_store

    with installation() as opened:
        sql = open_store(opened)
        try:
            yield Records(sql, opened.audit), opened.actor
        finally:
            sql.close()
