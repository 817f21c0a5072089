from __future__ import annotations

import json

import anyio
import pytest
from tests.service.service_helper import Running

from tidebreak.errors import UsageError
from tidebreak.gates.events import EventKind, event
from tidebreak.gates.policy import Action as Done
from tidebreak.service.gates import OUTCOMES, RunningGate, _told, counted, running_gates

CLAMD = {"listen": "127.0.0.1:0", "on_failure": "closed", "surface": "hosting"}


def test_gates_run_and_are_closed(shared: Running, capsys: pytest.CaptureFixture[str]):
    async def run() -> None:
        screens, opened = shared.parts.screener, shared.parts.opened
        tables = {"clamd": CLAMD, "second": {**CLAMD, "kind": "clamd"}}
        async with running_gates(tables, opened, screens, None) as gates:
            assert [gate.name for gate in gates] == ["clamd", "second"]
            ports = [gate.running.server.port for gate in gates if gate.running]
            for port in ports:
                stream = await anyio.connect_tcp("127.0.0.1", port)
                await stream.send(b"zPING\0")
                assert await stream.receive() == b"PONG\0"
                await stream.aclose()
            assert [(gate, outcome) for gate, outcome, _ in counted(gates)] == [
                (gate, outcome.replace(" ", "_")) for gate in tables for outcome in OUTCOMES
            ]
        for port in ports:
            with pytest.raises(OSError, match="connect"):
                await anyio.connect_tcp("127.0.0.1", port)

    anyio.run(run)
    events = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert {one["event"] for one in events} == {"gate"}
    assert {one["gate"] for one in events} == {"clamd", "second"}


def test_a_gate_that_does_not_say_how_it_fails_is_refused(shared: Running):
    async def run() -> None:
        table = {"clamd": {"listen": "127.0.0.1:0"}}
        async with running_gates(table, shared.parts.opened, shared.parts.screener, None):
            raise AssertionError("it started")

    with pytest.raises(UsageError):
        anyio.run(run)


def test_what_a_gate_tells_is_a_line(capsys: pytest.CaptureFixture[str]):
    _told("proxy", event(EventKind.HELD, "nobody answers", "d3b07384d1", Done.HOLD, "7.1"))
    told = json.loads(capsys.readouterr().err)
    # A user's reference leads here.
    assert (told["gate"], told["why"], told["place"]) == ("proxy", "nobody answers", "d3b07384d1")
    assert (told["action"], told["list_version"]) == ("hold", "7.1")


def test_the_facade_is_a_gate_of_its_own_kind():
    state = RunningGate("hma", {"listen": "127.0.0.1:5100"}).told()
    assert (state.listen, state.on_failure, state.trouble) == ("127.0.0.1:5100", "", "")
