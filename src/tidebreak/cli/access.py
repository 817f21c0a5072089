"""``tidebreak access``: who may do what by the service: keys, people, alarms."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tidebreak.access.limits import Limits
from tidebreak.access.roles import Permission, Role
from tidebreak.cli.access_people import person_app
from tidebreak.cli.context import console, installation, plain, table
from tidebreak.errors import UsageError
from tidebreak.screens import Surface

if TYPE_CHECKING:
    from tidebreak.access.bearer import Bearer
    from tidebreak.access.records import ApiKey
    from tidebreak.access.start import Access

access_app = typer.Typer(
    help="Who may do what by the service.", no_args_is_help=True, rich_markup_mode=None
)
key_app = typer.Typer(help="API keys, for programs.", no_args_is_help=True, rich_markup_mode=None)
access_app.add_typer(key_app, name="key")
access_app.add_typer(person_app, name="person")

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Name = Annotated[str, typer.Argument(help="The name of a key.")]
Out = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Write the key to this new file instead of the terminal."),
]
Days = Annotated[int, typer.Option(min=0, max=3650, help="Until it expires; 0: never.")]
_USUAL = Limits()


@key_app.command()
def add(
    name: Name,
    role: Annotated[list[Role], typer.Option(help="What it may do; may be repeated.")],
    only: Annotated[
        list[Permission] | None, typer.Option(help="Of that, only this; may be repeated.")
    ] = None,
    lists: Annotated[
        list[str] | None,
        typer.Option("--list", metavar="NAME", help="Only about this list; may be repeated."),
    ] = None,
    surface: Annotated[
        list[Surface] | None, typer.Option(help="Only what is there; may be repeated.")
    ] = None,
    network: Annotated[
        list[str] | None,
        typer.Option(metavar="CIDR", help="Only from there, as 192.0.2.0/24; may be repeated."),
    ] = None,
    days: Days = 365,
    per_second: Annotated[
        float, typer.Option(min=0.001, help="Look-ups per second, on average.")
    ] = _USUAL.per_second,
    burst: Annotated[
        int, typer.Option(min=1, help="Look-ups at once, after a pause.")
    ] = _USUAL.burst,
    per_day: Annotated[int, typer.Option(min=1, help="Look-ups per day.")] = _USUAL.per_day,
    alarm_hits: Annotated[
        int, typer.Option(min=1, help="Hits in a day that raise an alarm.")
    ] = _USUAL.alarm_hits,
    alarm_share: Annotated[
        float, typer.Option(min=0, max=1, help="Share of hits in an hour that does.")
    ] = _USUAL.alarm_share,
    alarm_variants: Annotated[
        int, typer.Option(min=2, help="Contents that all look like one hit, which do.")
    ] = _USUAL.alarm_variants,
    out: Out = None,
) -> None:
    """Make a key; it is shown once and cannot be shown again."""
    from tidebreak.access.records import Scope

    limits = Limits(per_second, burst, per_day, alarm_hits, alarm_share, alarm_variants)
    scope = Scope(
        frozenset(role), frozenset(only or ()), frozenset(lists or ()), frozenset(surface or ()),
        tuple(network or ()), limits,
    )  # fmt: skip
    with _access() as (access, by):
        _hand_over(lambda: access.keys.add(name, scope, by, days=days), out)


@key_app.command()
def rotate(
    name: Name,
    overlap: Annotated[
        float, typer.Option(min=0, max=30, metavar="DAYS", help="How long the old one stays valid.")
    ] = 7,
    days: Days = 365,
    out: Out = None,
) -> None:
    """Make a new key in place of one; both are valid for a while."""
    with _access() as (access, by):
        _hand_over(lambda: access.keys.rotate(name, by, overlap_days=overlap, days=days), out)


@key_app.command()
def revoke(
    name: Name,
    reason: Annotated[str, typer.Option(help="Why; it is kept in the audit log.")],
) -> None:
    """Refuse a key, at once and everywhere."""
    with _access() as (access, by):
        access.keys.revoke(name, by, reason)
    console().print(f"{plain(name)}: revoked")


@key_app.command(name="list")
def list_keys(as_json: Json = False) -> None:
    """Show all keys, what they may do, and until when. Never the keys themselves."""
    with _access() as (access, _):
        keys, now = access.keys.everything(), access.ledger.now
    if as_json:
        for key in keys:
            sys.stdout.write(json.dumps(_record(key, now)) + "\n")
        return
    grid = table("name", "state", "roles", "narrowed to", "expires", "last used", "per day",
                 right=("per day",))  # fmt: skip
    for key in keys:
        grid.add_row(
            plain(key.name), key.state(now), ", ".join(sorted(key.scope.roles)), _narrowed(key),
            key.expires_at[:10] or ("" if key.revoked_at else "never"), key.last_used or "never",
            f"{key.scope.limits.per_day:,}",
        )  # fmt: skip
    console().print(grid)


@access_app.command()
def alarms(
    everything: Annotated[
        bool, typer.Option("--all", help="Also those that somebody has looked at.")
    ] = False,
    seen: Annotated[
        int, typer.Option(metavar="NUMBER", help="Note that you looked at this one.")
    ] = 0,
    as_json: Json = False,
) -> None:
    """Show what somebody should look at: callers that look like they try the lists out."""
    with _access() as (access, by):
        if seen:
            access.alarms.seen(seen, by)
        found = access.alarms.everything(unseen=not everything)
    if as_json:
        for alarm in found:
            sys.stdout.write(json.dumps({**asdict(alarm), "detail": dict(alarm.detail)}) + "\n")
        return
    grid = table("number", "at", "who", "alarm", "detail", "seen by", right=("number",))
    for alarm in found:
        detail = ", ".join(f"{name} {value:,}" for name, value in alarm.detail.items())
        grid.add_row(str(alarm.id), alarm.raised_at, plain(alarm.name), alarm.kind, detail,
                     plain(alarm.seen_by))  # fmt: skip
    console().print(grid)


def _hand_over(make: Callable[[], Bearer], out: Path | None) -> None:
    """Write the key to a file, which can be had before it is made, or to the terminal."""
    if out is None:
        made = make()
        sys.stdout.write(f"{made.text}\n")
    else:
        from tidebreak import files

        try:
            with files.creating(out) as file:
                file.write(f"{make().text}\n".encode())
        except OSError as error:
            raise UsageError(
                f"The key cannot be written to {out} ({error.strerror}); name a new file."
            ) from None
    console(error=True).print("Hand the key over and keep no copy: it is not shown again.")


def _record(key: ApiKey, now: str) -> dict[str, object]:
    scope = {**json.loads(key.scope.to_text()), "permissions": sorted(key.scope.permissions)}
    return {**asdict(key), "scope": scope, "state": key.state(now), "expires_at": key.expires_at}


def _narrowed(key: ApiKey) -> str:
    scope = key.scope
    parts = (scope.only, scope.lists, scope.surfaces, scope.networks)
    return plain(", ".join(text for part in parts for text in sorted(part)))


@contextmanager
def _access() -> Generator[tuple[Access, str]]:
    from tidebreak.access.start import open_access

    with installation() as opened, open_access(opened) as access:
        yield access, opened.actor
