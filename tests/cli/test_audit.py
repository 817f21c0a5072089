from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from tidebreak.errors import Damaged, UsageError


@pytest.fixture
def used(run):
    run("init")
    run("match", f"md5:{1:032x}")
    run("match", f"md5:{2:032x}")
    return run


def tamper(tmp_path: Path, change: str) -> None:
    log = sqlite3.connect(tmp_path / "home" / "audit.db")
    triggers = "DROP TRIGGER IF EXISTS event_kept; DROP TRIGGER IF EXISTS event_fixed;"
    log.executescript(triggers + change)
    log.close()


def test_an_intact_log_is_verified_and_its_head_told(used):
    said = used("audit", "verify").output
    assert "2 events, unbroken" in said
    found = json.loads(used("audit", "verify", "--json").output)
    assert (found["intact"], found["events"], found["head"]["number"]) == (True, 2, 2)
    head = f"2:{found['head']['hash']}"
    assert head in said
    used("match", f"md5:{3:032x}")
    used("audit", "verify", "--head", head)


def test_a_changed_record_and_a_missing_end_are_found(used, tmp_path: Path):
    head = f"2:{json.loads(used('audit', 'verify', '--json').output)['head']['hash']}"
    tamper(tmp_path, "DELETE FROM event WHERE seq = 2")
    used("audit", "verify")
    said = used("audit", "verify", "--head", head, code=2).output
    assert "record 2: the end of the log is missing" in said
    tamper(tmp_path, "UPDATE event SET body = replace(body, 'match', 'watch')")
    found = json.loads(used("audit", "verify", "--json", code=2).output)
    assert (found["intact"], found["bad"]) == (False, 1)


def test_a_head_is_a_number_and_a_hash(used):
    for head in ("2", "x:y", "2:short"):
        with pytest.raises(UsageError, match="NUMBER:HASH"):
            used("audit", "verify", "--head", head)


def test_events_are_shown_the_newest_last(used):
    said = used("audit", "show", "--last", 1).output
    assert "match" in said
    assert said.count("signals=1") == 1
    events = [json.loads(line) for line in used("audit", "show", "--json").output.splitlines()]
    assert [event["number"] for event in events] == [1, 2]
    assert (events[0]["action"], events[0]["detail"]) == ("match", {"signals": 1})


def test_the_key_is_not_needed_but_a_log_is(used, tmp_path: Path):
    (tmp_path / "key").unlink()
    used("audit", "verify")
    (tmp_path / "home" / "audit.db").unlink()
    with pytest.raises(Damaged, match="is missing"):
        used("audit", "show")
