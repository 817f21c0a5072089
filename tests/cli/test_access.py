from __future__ import annotations

import json
from pathlib import Path

import pytest

from tidebreak.access.alarms import AlarmKind, Alarms, Raised
from tidebreak.access.start import open_access, open_gatekeeper
from tidebreak.errors import UsageError
from tidebreak.installation import Tidebreak


@pytest.fixture
def ready(run):
    run("init")
    return run


def listed(run) -> dict[str, dict]:
    lines = run("access", "key", "list", "--json").stdout.splitlines()
    return {record["name"]: record for record in map(json.loads, lines)}


def admitted(home: Path, text: str, address: str = ""):
    with Tidebreak.open(home) as opened, open_gatekeeper(opened) as gatekeeper:
        return gatekeeper.admit(text, address)


def test_a_key_is_shown_once_and_lets_in(ready, tmp_path: Path):
    said = ready("access", "key", "add", "shop", "--role", "platform", "--only", "match",
                 "--list", "own", "--surface", "hosting", "--network", "10.0.0.0/8", "--days", 10,
                 "--per-second", 5, "--burst", 6, "--per-day", 7, "--alarm-hits", 8,
                 "--alarm-share", 0.5, "--alarm-variants", 9)  # fmt: skip
    text = said.stdout.strip()
    principal = admitted(tmp_path / "home", text, "10.1.1.1")
    assert principal.permissions == {"match"}
    assert (principal.lists, principal.surfaces) == ({"own"}, {"hosting"})
    limits = principal.limits
    assert (limits.per_second, limits.burst, limits.per_day) == (5, 6, 7)
    assert (limits.alarm_hits, limits.alarm_share, limits.alarm_variants) == (8, 0.5, 9)
    record = listed(ready)["shop"]
    assert record["state"] == "expires soon"
    assert record["scope"]["permissions"] == ["match"]
    shown = ready("access", "key", "list").stdout
    assert ["10.0.0.0/8", "hosting", "match", "own"][0] in shown
    assert text.split("_")[2] not in shown + json.dumps(record)


def test_a_key_is_written_to_a_new_file_or_not_made(ready, tmp_path: Path):
    out = tmp_path / "shop.key"
    said = ready("access", "key", "add", "shop", "--role", "platform", "--out", out)
    assert out.stat().st_mode & 0o077 == 0
    assert out.read_text().strip() not in said.output
    with pytest.raises(UsageError, match="name a new file"):
        ready("access", "key", "add", "other", "--role", "platform", "--out", out)
    assert list(listed(ready)) == ["shop"]


def test_a_key_is_rotated_and_revoked(ready, tmp_path: Path):
    home = tmp_path / "home"
    old = ready("access", "key", "add", "shop", "--role", "platform").stdout.strip()
    new = ready("access", "key", "rotate", "shop", "--overlap", 1).stdout.strip()
    assert admitted(home, old)
    assert admitted(home, new)
    newest = ready("access", "key", "rotate", "shop", "--overlap", 0).stdout.strip()
    assert admitted(home, new) is None
    ready("access", "key", "revoke", "shop", "--reason", "leaked")
    assert admitted(home, newest) is None
    assert listed(ready)["shop"]["revoked_why"] == "leaked"
    assert "revoked" in ready("access", "key", "list").stdout
    events = ready("audit", "show", "--json").stdout
    assert [json.loads(line)["action"] for line in events.splitlines()] == [
        "access.key.add", "access.key.rotate", "access.key.rotate", "access.key.revoke",
    ]  # fmt: skip


def test_a_role_must_be_given_and_known(ready):
    ready("access", "key", "add", "shop", code=2)
    ready("access", "key", "add", "shop", "--role", "boss", code=2)


def test_alarms_are_shown_until_somebody_looked(ready, tmp_path: Path):
    with Tidebreak.open(tmp_path / "home") as opened, open_access(opened) as access:
        raised = Raised("key:a", "shop", AlarmKind.VARIANTS, {"variants": 20, "misses": 12})
        alarm = Alarms(access.ledger).sound(raised)
    assert alarm is not None
    shown = ready("access", "alarms").stdout
    assert "variants of one hit" in shown
    assert "misses 12" in shown
    assert "shop" not in ready("access", "alarms", "--seen", alarm.id).stdout
    found = json.loads(ready("access", "alarms", "--all", "--json").stdout)
    assert (found["kind"], found["seen_by"][:3]) == ("variants of one hit", "uid")
