"""``tidebreak access person``: accounts of people."""

from __future__ import annotations

import json
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from tidebreak.access.roles import Role
from tidebreak.cli.context import console, installation, plain, table

if TYPE_CHECKING:
    from tidebreak.access.start import Access

person_app = typer.Typer(help="Accounts of people.", no_args_is_help=True, rich_markup_mode=None)

Name = Annotated[str, typer.Argument(help="The name of a person.")]
Roles = Annotated[list[Role], typer.Option("--role", help="May be repeated.")]


@person_app.command()
def add(name: Name, role: Roles) -> None:
    """Add somebody; prints an invitation, good once and for three days, to hand over."""
    with _access() as (access, by):
        _invite(access.people.add(name, frozenset(role), by))


@person_app.command()
def reset(name: Name) -> None:
    """Take away password and codes, end all sessions, and print a new invitation."""
    with _access() as (access, by):
        _invite(access.people.reset(name, by))


@person_app.command(name="set-up")
def set_up() -> None:
    """Choose a password and set up codes, with an invitation, here at the terminal."""
    from tidebreak.access.passwords import Passwords
    from tidebreak.access.setup import SetUp

    with _access() as (access, _):
        desk = SetUp(access.ledger, Passwords())
        invitation = typer.prompt("Invitation", hide_input=True)
        invited = desk.begin(invitation)
        console().print(f"Welcome, {plain(invited.name)}. Put this into an authenticator app:")
        console().print(f"  {invited.secret}\n  {plain(invited.uri)}", soft_wrap=True)
        password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
        codes = desk.finish(invitation, password, typer.prompt("Code of now"))
    console().print("Recovery codes, each good once; keep them where the device is not:")
    for code in codes:
        console().print(f"  {code}")


@person_app.command()
def roles(name: Name, role: Roles) -> None:
    """Give somebody these roles, and no others."""
    with _access() as (access, by):
        access.people.set_roles(name, frozenset(role), by)
    console().print(f"{plain(name)}: {', '.join(sorted(role))}")


@person_app.command()
def disable(
    name: Name,
    reason: Annotated[str, typer.Option(help="Why; it is kept in the audit log.")],
) -> None:
    """Let somebody in no more, at once and everywhere."""
    with _access() as (access, by):
        access.people.disable(name, by, reason)
    console().print(f"{plain(name)}: disabled")


@person_app.command()
def enable(name: Name) -> None:
    """Let somebody in again, with the roles of before."""
    with _access() as (access, by):
        access.people.enable(name, by)
    console().print(f"{plain(name)}: enabled")


@person_app.command(name="list")
def list_people(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show everybody with an account."""
    with _access() as (access, _):
        people, now = access.people.everyone(), access.ledger.now
    if as_json:
        for one in people:
            record = {**asdict(one), "roles": sorted(one.roles), "state": one.state(now)}
            sys.stdout.write(json.dumps(record) + "\n")
        return
    grid = table("name", "state", "roles", "logs in", "added")
    for one in people:
        where = f"at {plain(one.issuer)}" if one.issuer else "here"
        grid.add_row(plain(one.name), one.state(now), ", ".join(sorted(one.roles)), where,
                     one.made_at[:10])  # fmt: skip
    console().print(grid)


def _invite(invitation: str) -> None:
    sys.stdout.write(f"{invitation}\n")
    console(error=True).print(
        "An invitation, good once and for three days: for 'Set up your account' on the service's"
        " status page (/), or for tidebreak access person set-up, here."
    )


@contextmanager
def _access() -> Generator[tuple[Access, str]]:
    from tidebreak.access.start import open_access

    with installation() as opened, open_access(opened) as access:
        yield access, opened.actor
