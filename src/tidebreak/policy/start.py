"""The policy and the floods of an installation, every change of them audited."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tidebreak.audit.log import AuditLog
from tidebreak.errors import UsageError
from tidebreak.files import replace_whole
from tidebreak.locators import without
from tidebreak.policy.book import FILE_NAME, PolicyBook
from tidebreak.policy.flood_store import Flood, FloodState, FloodStore
from tidebreak.policy.floods import FloodWatch
from tidebreak.policy.policy import Policy
from tidebreak.sql import Sql
from tidebreak.store.stores import Stores


class Desk(Protocol):
    """What of an installation the policy needs."""

    @property
    def home(self) -> Path:
        """Where it lies."""
        ...

    @property
    def stores(self) -> Stores:
        """Its stores."""
        ...

    @property
    def audit(self) -> AuditLog:
        """Its audit log."""
        ...

    @property
    def actor(self) -> str:
        """Who the audit log says it is."""
        ...


def open_book(desk: Desk) -> PolicyBook:
    """Return the policy of an installation; raise `BadPolicy` when its file is none.

    Every policy that comes into force, and every file that does not, is an audit event; what was
    in force is kept in ``policies/``, so that an old decision can be explained.
    """

    def changed(policy: Policy, text: str) -> None:
        _keep(desk.home / "policies" / f"{policy.version}.toml", text)
        desk.audit.append("policy.in-force", desk.actor, f"policy {policy.version}")

    def refused(problem: str) -> None:
        desk.audit.append("policy.refused", desk.actor, "policy", {"problem": _safe(problem)})

    return PolicyBook(desk.home / FILE_NAME, on_change=changed, on_problem=refused)


def open_floods(desk: Desk) -> Sql:
    """Open the store of floods of an installation."""
    return desk.stores.open("floods", "tidebreak.policy")


@contextmanager
def watching_floods(
    desk: Desk, on_flood: Callable[[Flood], None] = lambda _: None
) -> Generator[FloodWatch]:
    """Watch for floods meanwhile; each is an audit event, and then told to ``on_flood``."""

    def flooded(flood: Flood) -> None:
        usual = round(flood.usual, 1)
        detail = {"how": flood.how, "matches": flood.matches, "usual": usual}
        desk.audit.append("flood.began", desk.actor, _safe(f"{flood.list} {flood.entry}"), detail)
        on_flood(flood)

    store = FloodStore(open_floods(desk))
    try:
        watch = FloodWatch(store, on_flood=flooded)
        with watch.running():
            yield watch
    finally:
        store.close()


@dataclass(frozen=True, slots=True)
class FloodDesk:
    """What a person does about floods; every word is audited before it counts."""

    watch: FloodWatch
    desk: Desk

    def end(self, list: str, entry: str, state: FloodState, who: str, reason: str) -> None:
        """Say that an entry's floods are over, or that the entry is right, and why.

        Raises `UsageError` when it does not flood.
        """
        if state is FloodState.OPEN or not reason.strip():
            raise UsageError("Say whether the flood is released or confirmed, and why.")
        if not any((list, entry) == (flood.list, flood.entry) for flood in self.watch.open()):
            raise UsageError("That entry does not flood; tidebreak policy floods shows what does.")
        detail = {"reason": reason}
        with self.desk.audit.around(f"flood.{state}", who, _safe(f"{list} {entry}"), detail):
            self.watch.end(list, entry, state, who)


def _safe(text: str) -> str:
    """Return ``text`` without what may be a locator, as an owner's id of an entry may."""
    return without(text)


def _keep(path: Path, text: str) -> None:
    if not path.exists():
        path.parent.mkdir(mode=0o700, exist_ok=True)
        replace_whole(path, text.encode())
