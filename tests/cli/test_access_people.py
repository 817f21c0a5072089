from __future__ import annotations

import json
from pathlib import Path

import pyotp
import pytest

from tidebreak.access.passwords import Passwords
from tidebreak.access.setup import SetUp
from tidebreak.access.start import open_access
from tidebreak.errors import UsageError
from tidebreak.installation import Tidebreak


@pytest.fixture
def ready(run):
    run("init")
    return run


@pytest.fixture
def steady(monkeypatch: pytest.MonkeyPatch):
    """A device whose code is the one of now, at whatever time it is typed."""
    monkeypatch.setattr("tidebreak.access.codes.step_of", lambda secret, code, seconds: 1)


def states(run) -> dict[str, str]:
    lines = run("access", "person", "list", "--json").stdout.splitlines()
    return {record["name"]: record["state"] for record in map(json.loads, lines)}


def test_the_first_administrator_is_made_here(ready, steady):
    invitation = ready("access", "person", "add", "ann", "--role", "administrator").stdout.strip()
    assert states(ready) == {"ann": "invited"}
    phrase = "correct horse battery"
    said = ready(
        "access", "person", "set-up", given="\n".join([invitation, phrase, phrase, "1", ""])
    )
    secret, uri = said.stdout.split("authenticator app:")[1].split()[:2]
    assert pyotp.parse_uri(uri).secret == secret
    assert phrase not in said.output
    assert invitation not in said.output
    assert said.stdout.count("-") >= 30
    assert states(ready) == {"ann": "active"}
    assert "administrator" in ready("access", "person", "list").stdout
    with pytest.raises(UsageError, match="invitation"):
        ready("access", "person", "set-up", given=f"{invitation}\n")


def test_people_are_changed(ready, tmp_path: Path, steady):
    for name in ("ann", "bob"):
        invitation = ready("access", "person", "add", name, "--role", "administrator").stdout
        with Tidebreak.open(tmp_path / "home") as opened, open_access(opened) as access:
            desk = SetUp(access.ledger, Passwords())
            desk.finish(invitation.strip(), "correct horse battery", "1")
    ready("access", "person", "roles", "bob", "--role", "analyst", "--role", "reviewer")
    with pytest.raises(UsageError, match="last administrator"):
        ready("access", "person", "disable", "ann", "--reason", "left")
    ready("access", "person", "disable", "bob", "--reason", "left")
    assert states(ready) == {"ann": "active", "bob": "disabled"}
    ready("access", "person", "enable", "bob")
    assert len(ready("access", "person", "reset", "bob").stdout.strip()) == 52
    assert states(ready) == {"ann": "active", "bob": "invited"}
