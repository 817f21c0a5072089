from __future__ import annotations

from pathlib import Path

import pytest

from tidebreak.cli.context import use_home
from tidebreak.cli.gate_asking import Asking, gate_of, needed
from tidebreak.errors import UsageError
from tidebreak.gates.policy import Action, OnFailure, Policy
from tidebreak.installation import Tidebreak

INFOHASH = [[b"a" * 20]]


def test_without_a_list_nobody_can_tell(installation: Tidebreak, capsys: pytest.CaptureFixture):
    use_home(installation.home)
    with gate_of(Asking()) as gate:
        assert gate.judge_infohashes(INFOHASH)[0].action is Action.HOLD
    said = capsys.readouterr().out.splitlines()
    assert [line.split('"')[3] for line in said] == ["start", "failing", "stop"]
    kinds = [event.action for event in installation.audit.events()]
    assert [kind for kind in kinds if kind.startswith("gate")] == [
        "gate.start", "gate.failing", "gate.stop",
    ]  # fmt: skip


def test_a_local_store_that_is_not_there_is_no_answer(tmp_path: Path):
    asking = Asking(socket=tmp_path / "socket", policy=Policy(on_failure=OnFailure.OPEN))
    with gate_of(asking, told=False) as gate:
        [decision] = gate.judge_infohashes(INFOHASH)
    assert (decision.action, decision.known) == (Action.ALLOW, None)


@pytest.mark.parametrize(
    ("asking", "why"),
    [
        (Asking("https://127.0.0.1:9"), "--ask-token-file"),
        (Asking("https://127.0.0.1:9", socket=Path("x")), "either"),
    ],
)
def test_whom_to_ask_must_be_plain(asking: Asking, why: str):
    with pytest.raises(UsageError, match=why), gate_of(asking):
        pass


def test_a_missing_library_names_the_extra():
    with pytest.raises(UsageError, match=r"tidebreak\[gates\]"), needed():
        raise ImportError(name="starlette")
