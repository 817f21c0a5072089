from __future__ import annotations

from pathlib import Path

import pytest
from tests.policy.cases import case, match, part

from tidebreak.errors import UsageError
from tidebreak.installation import Tidebreak
from tidebreak.policy.flood_store import Flood, FloodState
from tidebreak.policy.reading import default_text
from tidebreak.policy.start import FloodDesk, open_book, watching_floods
from tidebreak.screens import Action


def actions(installation: Tidebreak) -> list[str]:
    return [event.action for event in installation.audit.events()]


def test_every_policy_in_force_is_kept_and_audited(installation: Tidebreak):
    book = open_book(installation)
    first = book.current.version
    path = installation.home / "policy.toml"
    path.write_text('[[rule]]\nname = "x"\naction = "block"\n')
    second = book.reload().version
    path.write_text("= 1")
    with pytest.raises(UsageError):
        book.reload()
    kept = installation.home / "policies"
    assert (kept / f"{first}.toml").read_text() == default_text()
    assert 'name = "x"' in (kept / f"{second}.toml").read_text()
    events = list(installation.audit.events())[-3:]
    assert [event.action for event in events] == ["policy.in-force"] * 2 + ["policy.refused"]
    assert events[1].object == f"policy {second}"
    assert "not valid TOML" in str(events[2].detail["problem"])


def flood(installation: Tidebreak, folder: Path):
    (installation.home / "policy.toml").write_text(
        default_text().replace("count = 1000", "count = 3")
    )
    return open_book(installation)


def test_a_flood_is_audited_and_ends_by_a_persons_word(installation: Tidebreak, tmp_path: Path):
    book, told = flood(installation, tmp_path), list[Flood]()
    with watching_floods(installation, told.append) as watch:
        one = case(part(match()))
        found = [book.current.decide(one, watch) for _ in range(4)]
        assert [decision.holds for decision in found] == [()] * 2 + [("flood",)] * 2
        assert {decision.action for decision in found} == {Action.QUARANTINE}
        watch.flush()
        assert [flood.name for flood in told] == [("hotline", "#1", "exact")]
        desk = FloodDesk(watch, installation)
        with pytest.raises(UsageError, match="and why"):
            desk.end("hotline", "#1", FloodState.RELEASED, "ann", " ")
        with pytest.raises(UsageError, match="and why"):
            desk.end("hotline", "#1", FloodState.OPEN, "ann", "why")
        with pytest.raises(UsageError, match="does not flood"):
            desk.end("hotline", "#2", FloodState.RELEASED, "ann", "why")
        desk.end("hotline", "#1", FloodState.CONFIRMED, "ann", "a logo, and right")
        assert book.current.decide(one, watch).action is Action.QUARANTINE
    events = list(installation.audit.events())[-3:]
    assert [event.action for event in events] == [
        "flood.began",
        "flood.confirmed.begin",
        "flood.confirmed",
    ]
    assert events[0].object == "hotline #1"
    assert events[0].detail == {"how": "exact", "matches": 4, "usual": 0.0}
    assert (events[1].actor, events[1].detail["reason"]) == ("ann", "a logo, and right")


def test_an_owners_id_that_may_be_a_locator_is_not_told(installation: Tidebreak, tmp_path: Path):
    book = flood(installation, tmp_path)
    one = case(part(match(number=0, entry="ab" * 20)))
    with watching_floods(installation) as watch:
        for _ in range(3):
            book.current.decide(one, watch)
    assert [event.object for event in installation.audit.events()][-1] == "hotline …"
