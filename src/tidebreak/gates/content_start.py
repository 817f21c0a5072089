"""Starts content gates by their names: whoever runs them needs to know nothing else of them.

``[gates.NAME]`` of ``service.toml`` is the table of one; ``kind`` says which protocol it speaks
where that is not its name, so that there may be several of a kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from tidebreak.errors import UsageError
from tidebreak.gates.content import ContentGate, Keeps, Place
from tidebreak.gates.events import EventKind, event
from tidebreak.gates.table import Table
from tidebreak.screens import Screens
from tidebreak.store.vault import Vault

KINDS = ("clamd", "icap", "hooks")
"""Each is a folder here, whose module ``serving`` has `settings` and a ``start``."""


class Serving(Protocol):
    """The module of a kind."""

    def settings(self, table: Table) -> object:
        """Take what can be set."""
        ...

    async def start(self, gate: ContentGate, table: Table) -> Server:
        """Listen."""
        ...


class Server(Protocol):
    """What listens for a gate."""

    @property
    def port(self) -> int:
        """The port that it listens at, 0 where there is none."""
        ...

    async def close(self) -> None:
        """Take no more and end what is under way."""
        ...


@dataclass(frozen=True, slots=True)
class Running:
    """A gate at work: ``gate.status`` says how it is doing."""

    gate: ContentGate
    server: Server

    async def close(self) -> None:
        """End it."""
        await self.server.close()
        self.gate.tell(event(EventKind.STOP, self.gate.status.in_words))


async def start(
    name: str,
    values: Mapping[str, object],
    screens: Screens,
    place: Place,
    vault: Vault | None = None,
) -> Running:
    """Start the gate ``name`` as the table ``values`` says.

    ``vault`` seals the copies that ``keep`` asks for. Raises `UsageError` for a setting that is
    missing, wrong or unknown, and where it cannot listen.
    """
    table = Table(name, values)
    kind, keep = _kind(table), table.text("keep", "")
    if keep:
        place = replace(place, keeper=_keeper(name, keep, vault))
    gate = ContentGate(screens, name, table.policy(), place)
    running = Running(gate, await _serving(kind).start(gate, table))
    gate.tell(event(EventKind.START, gate.policy.in_words))
    return running


def check(name: str, values: Mapping[str, object], vault: Vault | None = None) -> None:
    """Raise the `UsageError` that `start` would for these settings; nothing listens."""
    table = Table(name, values)
    kind, keep = _kind(table), table.text("keep", "")
    if keep and (
        vault is None or Path(keep).exists()
    ):  # one that is not there is made at the start
        _keeper(name, keep, vault)
    table.policy()
    _serving(kind).settings(table)


def _kind(table: Table) -> str:
    kind = table.text("kind", table.name)
    if kind not in KINDS:
        raise UsageError(f"The gate '{table.name}' needs a kind, one of: {', '.join(KINDS)}.")
    return kind


def _serving(kind: str) -> Serving:
    try:
        import_module("python_multipart")  # used on the first form: say so before that comes
        return cast("Serving", import_module(f"tidebreak.gates.{kind}.serving"))
    except ImportError as error:
        raise UsageError(
            f"Content gates need {error.name}, which is not installed: pip install"
            " 'tidebreak[service]'"
        ) from None


def _keeper(name: str, folder: str, vault: Vault | None) -> Keeps:
    from tidebreak.gates.keeping import Keeper

    if vault is None:
        raise UsageError(
            f"The gate '{name}' can keep copies only where the installation's key is: take 'keep'"
            " out, or run it there."
        )
    return Keeper(Path(folder), vault)
