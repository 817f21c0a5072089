from __future__ import annotations

from pathlib import Path

import pytest
from tests.gates.screening import Screener, gate_of

from tidebreak.gates.clamd.replies import commands, fault, ruled, shown, stats, version
from tidebreak.gates.content_policy import Outcome, Ruling


@pytest.mark.parametrize(
    ("outcome", "reply"),
    [(Outcome.PASS, "stream: OK"), (Outcome.REFUSE, "stream: Tidebreak.Known FOUND"),
     (Outcome.FAILURE, "stream: Could not be examined. ERROR")],
)  # fmt: skip
def test_replies_have_the_shapes_of_clamd(outcome: Outcome, reply: str):
    # What clamdscan looks at: how a reply ends, and its last colon (clamdscan/proto.c).
    assert ruled("stream", Ruling(outcome, "why", "scr-1", "7")) == reply


def test_a_file_cannot_end_a_reply_and_begin_another_by_its_name():
    name = "/a\nstream: OK\0\r"
    assert shown(name) == "/a?stream: OK??"
    assert ruled(name, Ruling(Outcome.REFUSE, "")).count("\n") == 0
    assert fault(name, "No such file") == "/a?stream: OK??: No such file. ERROR"


def test_version_and_statistics_say_the_fail_mode(tmp_path: Path):
    gate = gate_of(Screener(), tmp_path)
    assert version(gate).startswith("Tidebreak ")
    assert version(gate).endswith("/on-failure=closed")
    assert commands(gate).partition("| COMMANDS: ")[2].split()[0] == "PING"
    said = stats(gate, 3)
    assert "STATE: VALID PRIMARY\n" in said
    assert "QUEUE: 3 items\n" in said
    assert "GATE: ok; on-failure=closed" in said
    assert said.endswith("END")
    gate.status.answered("nobody is there")
    assert "STATE: INVALID" in stats(gate, 0)
