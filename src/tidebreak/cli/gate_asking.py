"""Who answers a gate, and to whom it tells what happens."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tidebreak.cli.context import installation
from tidebreak.errors import UsageError
from tidebreak.gates.policy import Policy

if TYPE_CHECKING:
    from tidebreak.asking import Asker
    from tidebreak.gates.events import Event
    from tidebreak.gates.gate import Gate


@dataclass(frozen=True, slots=True)
class Asking:
    """Whom to ask, the installation where nobody else is named, and what to do then."""

    url: str = ""
    token_file: Path | None = None
    ca: Path | None = None
    socket: Path | None = None
    policy: Policy = field(default_factory=Policy)


@contextmanager
def gate_of(asking: Asking, *, told: bool = True) -> Generator[Gate]:
    """Open a gate; its events are printed where they are ``told``, and audited if they can be."""
    if asking.url or asking.socket:
        with needed(), _elsewhere(asking) as asker, _running(asker, asking.policy, told) as gate:
            yield gate
        return
    with needed(), installation() as opened:

        def audit(happened: Event) -> None:
            detail = {"why": happened.why, "action": happened.action or ""}
            opened.audit.append(f"gate.{happened.kind}", opened.actor, happened.place, detail)

        with _running(opened, asking.policy, told, audit, opened.answers.derive) as gate:
            yield gate


@contextmanager
def needed() -> Generator[None]:
    """Say which extra is missing."""
    try:
        yield
    except ImportError as error:
        raise UsageError(
            f"Gates need {error.name}, which is not installed: pip install 'tidebreak[gates]'"
        ) from None


@contextmanager
def _running(
    asker: Asker,
    policy: Policy,
    told: bool,
    audit: Callable[[Event], None] = lambda _: None,
    on_metainfo: Callable[[bytes], object] | None = None,
) -> Generator[Gate]:
    from tidebreak.gates.events import EventKind, event
    from tidebreak.gates.gate import Gate

    def tell(happened: Event) -> None:
        audit(happened)
        if told:
            sys.stdout.write(happened.as_json() + "\n")
            sys.stdout.flush()

    gate = Gate(asker, policy, tell, on_metainfo)
    gate.tell(event(EventKind.START, policy.in_words))
    try:
        yield gate
    finally:
        gate.tell(event(EventKind.STOP, gate.status.in_words))


@contextmanager
def _elsewhere(asking: Asking) -> Generator[Asker]:
    """Open whoever is asked instead of the installation."""
    if asking.url and asking.socket:
        raise UsageError("Ask either a server or a local store: give --ask-url or --ask-socket.")
    if asking.socket:
        from tidebreak.seal.local.client import LocalStore

        yield LocalStore(asking.socket)
        return
    if asking.token_file is None:
        raise UsageError("A sealed server answers who has a token: give --ask-token-file.")
    from tidebreak.seal.online.client import Client
    from tidebreak.seal.online.token import load

    with Client(asking.url, load(asking.token_file), ca=asking.ca) as client:
        yield client
