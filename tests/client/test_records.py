"""Against the service itself: what it says is what the client reads."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import httpx
import pytest
from tests.client.service_helper import QUICK
from tests.service.conftest import shared  # noqa: F401 - a fixture
from tests.service.service_helper import Running, digest

from tidebreak.access.roles import Role
from tidebreak.client import (
    AskPermission,
    AsyncClient,
    CannotAsk,
    CheckKey,
    CorrectRequest,
    LookAgain,
    NameAnother,
    Patience,
)
from tidebreak.client.fields import Fields
from tidebreak.client.records import Filter, Outcome, read_page, read_status
from tidebreak.errors import CannotAsk as ServiceCannotAsk
from tidebreak.model import HashList, Level, ListKind, Signal, State
from tidebreak.screens import Action, Origin, Surface

T = TypeVar("T")
ORIGIN = Origin(Surface.HOSTING, "EU", "upload 1")


def signals(*numbers: int) -> list[list[Signal]]:
    return [[Signal.parse("sha256", digest(number))] for number in numbers]


def ask(
    service: Running,
    do: Callable[[AsyncClient], Awaitable[T]],
    key: str | None = None,
    patience: Patience = QUICK,
) -> T:
    """Ask the service itself, in its own event loop, without a socket."""

    async def call() -> T:
        async with AsyncClient(
            "https://service.example",
            service.key() if key is None else key,
            patience=patience,
            transport=httpx.ASGITransport(service.served),
        ) as client:
            return await do(client)

    return service.portal.call(call)


@pytest.fixture
def service(shared: Running) -> Running:  # noqa: F811
    return shared


def test_content_is_screened_and_found_again(service: Running):
    known = b"harmless 3"
    screened = ask(service, lambda c: c.screen(known, ORIGIN))
    assert (screened.level, screened.state) == (Level.EXACT, State.MATCHED)
    assert screened.decision.action is Action.QUARANTINE
    assert (screened.origin.item, screened.origin.surface) == ("upload 1", Surface.HOSTING)
    assert screened.parts[0].signals == (Signal.parse("sha256", digest(3)),)
    record = ask(service, lambda c: c.verdict(screened.id))
    assert record.screened.id == screened.id
    assert record.screened.parts[0].signals == ()
    reviewed = ask(service, lambda c: c.review(screened.id, Outcome.WRONG, "a logo"))
    assert [one.outcome for one in reviewed.reviews] == [Outcome.WRONG]
    assert not reviewed.waits


def test_signals_are_matched_and_screened(service: Running):
    verdicts, version = ask(service, lambda c: c.match(signals(1, 99)))
    assert [one.level for one in verdicts] == [Level.EXACT, Level.NONE]
    assert version
    known, unknown = ask(service, lambda c: c.screen_signals(signals(1, 99), ORIGIN))
    assert (known.level, unknown.level) == (Level.EXACT, Level.NONE)
    (found,) = ask(service, lambda c: c.hash(b"harmless 1"))
    assert found.signals == (Signal.parse("sha256", digest(1)),)


def test_distances_are_for_those_who_may_see_them(service: Running):
    platform = service.key(Role.PLATFORM)
    (told,), _ = ask(service, lambda c: c.match(signals(1)))
    (untold,), _ = ask(service, lambda c: c.match(signals(1)), platform)
    assert told.matches[0].distance == 3
    assert not untold.matches[0].distance <= 256
    assert untold.matches[0].quality is None


def test_all_pages_are_gone_through(service: Running):
    made = [one.id for one in ask(service, lambda c: c.screen_signals(signals(*range(7)), ORIGIN))]

    async def collect(client: AsyncClient, chosen: Filter) -> list[str]:
        return [one.screened.id async for one in client.verdicts(chosen, page=3)]

    since = Filter(since=datetime.now(UTC) - timedelta(days=36_500))
    assert ask(service, lambda c: collect(c, since))[:7] == made[::-1]
    chosen = Filter(level=Level.EXACT, action=Action.QUARANTINE, retroactive=False, client="all")
    assert set(made) <= set(ask(service, lambda c: collect(c, chosen)))
    assert ask(service, lambda c: collect(c, Filter(client="nobody"))) == []


def test_lists_and_state(service: Running):
    editor = service.parts.opened.catalogue.editor
    editor.create(HashList(0, "own", ListKind.WATCH, owner="us"))
    (found,) = ask(service, lambda c: c.lists())
    assert (found.name, found.kind, found.owner) == ("own", ListKind.WATCH, "us")
    assert found.thresholds == service.parts.opened.catalogue.get("own").thresholds
    status = ask(service, lambda c: c.status())
    assert status.version
    assert status.checks
    assert status.ready == all(check.good for check in status.checks)


@pytest.mark.parametrize(
    ("do", "role", "kind"),
    [
        (lambda c: c.lists(), Role.PLATFORM, AskPermission),
        (lambda c: c.verdict("nothing"), Role.REVIEWER, NameAnother),
        (lambda c: c.screen(b"x", Origin(item="ab" * 32)), Role.PLATFORM, CorrectRequest),
    ],
)
def test_refusals_say_what_to_do(service: Running, do: Any, role: Role, kind: type[Exception]):
    with pytest.raises(kind) as caught:
        ask(service, do, service.key(role))
    assert "ab" * 32 not in str(caught.value)


def test_a_wrong_key_is_one(service: Running):
    with pytest.raises(CheckKey):
        ask(service, lambda c: c.status(), "tb_aaaaaaaa_wrong")


def test_the_same_key_is_the_same_call_and_another_content_is_refused(service: Running):
    first, again = (ask(service, lambda c: c.screen(b"x", key="mine")) for _ in range(2))
    assert first.id == again.id
    with pytest.raises((LookAgain, CorrectRequest)):
        ask(service, lambda c: c.screen(b"y", key="mine"))


def test_no_answer_is_none(service: Running, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(service.screener, "fails", ServiceCannotAsk("No lists."))
    with pytest.raises(CannotAsk):
        ask(service, lambda c: c.screen(b"x"), patience=replace(QUICK, tries=1))


def test_no_page_or_state_of_another_kind_is_read():
    for read in (read_page, read_status):
        with pytest.raises(CannotAsk):
            read(Fields({"items": [{}], "lists": {}}))
