from __future__ import annotations

import json

from tidebreak.gates.content_policy import ContentPolicy, Outcome, Ruling
from tidebreak.gates.content_status import ContentStatus
from tidebreak.gates.policy import OnFailure


def status_of(**more) -> ContentStatus:
    return ContentStatus("gate", ContentPolicy(**{"on_failure": OnFailure.CLOSED, **more}))


def test_it_counts_outcomes_and_what_was_let_through_unseen():
    status = status_of()
    status.count(Ruling(Outcome.PASS, "", version="7", known=False))
    status.count(Ruling(Outcome.PASS, "let through"))
    status.count(Ruling(Outcome.REFUSE, "", known=True))
    status.count(Ruling(Outcome.FAILURE, "nobody is there"))
    status.kept()
    status.not_opened()
    status.turned_away()
    record = json.loads(json.dumps(status.record()))
    assert record["counts"] == {
        "screened": 4, "pass": 2, "refuse": 1, "failure": 1, "known": 1, "let through": 1,
        "kept": 1, "not opened": 1, "turned away": 1,
    }  # fmt: skip
    assert record["list_version"] == "7"
    assert record["last_failure_why"] == "nobody is there"
    assert "pass 2, refuse 1, failure 1" in status.in_words


def test_its_line_says_which_fail_mode_is_active_and_whether_answers_come():
    status = status_of(on_failure=OnFailure.OPEN)
    assert status.line.startswith("ok; on-failure=open")
    assert status.answered("nobody is there")
    assert not status.answered("nobody is there")
    assert status.failing
    assert status.line.startswith("failing; ")
    assert status.record()["failing_since"]
    assert status.answered()
    assert not status.answered()
    assert status.record()["state"] == "ok"
