from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from tests.gates.conftest import Oracle, make_torrent

from tidebreak import links
from tidebreak.errors import TidebreakError, UsageError
from tidebreak.gates import allowing
from tidebreak.gates.allowing import allow, recheck
from tidebreak.gates.events import Event, EventKind
from tidebreak.gates.gate import Gate
from tidebreak.gates.policy import Action, OnFailure, OnHit, Policy
from tidebreak.gates.trackers import Allowed, tracker_ids

A, B, C = (bytes([number]) * 20 for number in (1, 2, 3))


@pytest.fixture
def allowed(tmp_path: Path) -> Allowed:
    return Allowed(tmp_path / "list")


@pytest.fixture
def gate(oracle: Oracle, told: list[Event]) -> Gate:
    return Gate(oracle, on_event=told.append)


@pytest.mark.parametrize("form", ["v1", "v2", "hybrid"])
def test_what_is_clear_is_allowed_and_what_is_known_is_not(
    form: str, gate: Gate, oracle: Oracle, allowed: Allowed, tmp_path: Path
):
    data = make_torrent(tmp_path, "x.bin", [40_000], form)
    assert allow(gate, allowed, data).action is Action.ALLOW
    ids = tracker_ids(links.read_file(data))
    assert allowed.ids() == sorted(set(ids))
    other = make_torrent(tmp_path, "y.bin", [40_000], form, seed=2)
    oracle.learn(*links.read_file(other).signals)
    assert allow(gate, allowed, other).action is Action.REFUSE
    assert allowed.ids() == sorted(set(ids))


def test_what_is_not_certain_is_held(gate: Gate, oracle: Oracle, allowed: Allowed, tmp_path: Path):
    oracle.certain = False
    data = make_torrent(tmp_path, "x.bin", [40_000])
    oracle.learn(*links.read_file(data).signals)
    assert allow(gate, allowed, data).action is Action.HOLD
    assert allowed.ids() == []


def test_what_is_read_is_read_once(
    gate: Gate, allowed: Allowed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    reads: list[bytes] = []
    read_file = links.read_file
    monkeypatch.setattr(links, "read_file", lambda data: reads.append(data) or read_file(data))
    allow(gate, allowed, make_torrent(tmp_path, "x.bin", [40_000]))
    assert len(reads) == 1


def test_a_tracker_that_cannot_be_told_holds(
    gate: Gate, allowed: Allowed, told: list[Event], tmp_path: Path
):
    (tmp_path / "list").write_text("no list\n")
    decision = allow(gate, allowed, make_torrent(tmp_path, "x.bin", [40_000]))
    assert (decision.action, decision.known, decision.version) == (Action.HOLD, False, "7")
    assert "whitelist" in decision.why
    assert [each.kind for each in told] == [EventKind.WARNING]


def test_what_an_open_gate_lets_through_unread_cannot_be_served(oracle: Oracle, allowed: Allowed):
    decision = allow(Gate(oracle, Policy(on_failure=OnFailure.OPEN)), allowed, b"no torrent")
    assert (decision.action, decision.known) == (Action.HOLD, None)
    assert allowed.ids() == []


def test_what_became_known_goes_and_nothing_else(
    gate: Gate, oracle: Oracle, allowed: Allowed, told: list[Event]
):
    allowed.add([A, B, C])
    oracle.known.add(("btih", B))
    found = recheck(gate, allowed)
    assert (found.asked, found.known, found.untold, found.removed) == (3, 1, 0, 1)
    assert allowed.ids() == [A, C]
    assert [(each.kind, each.why) for each in told] == [(EventKind.RECHECKED, found.in_words)]
    assert recheck(gate, allowed).removed == 0


def test_what_was_just_answered_is_asked_about_again(gate: Gate, oracle: Oracle, allowed: Allowed):
    allowed.add([A])
    gate.judge_infohashes([[A]])
    oracle.known.add(("btih", A))
    assert recheck(gate, allowed).removed == 1


@pytest.mark.parametrize(("drop", "stays"), [(False, [A, B]), (True, [])])
def test_what_nobody_can_tell_about_now_was_clear_once(
    drop: bool, stays: list[bytes], gate: Gate, oracle: Oracle, allowed: Allowed
):
    allowed.add([A, B])
    oracle.down()
    found = recheck(gate, allowed, drop_untold=drop)
    assert (found.untold, found.removed) == (2, 2 - len(stays))
    assert allowed.ids() == stays


def test_answers_that_cease_half_way_cost_only_what_is_known(
    allowed: Allowed, monkeypatch: pytest.MonkeyPatch
):
    class Ceases(Oracle):
        def ask(self, items):
            if self.asked:
                self.down()
            return super().ask(items)

    monkeypatch.setattr(allowing, "_AT_ONCE", 2)
    allowed.add([A, B, C])
    found = recheck(Gate(Ceases({("btih", A), ("btih", C)})), allowed)
    assert (found.known, found.untold, allowed.ids()) == (1, 1, [B, C])


@pytest.mark.parametrize(
    "policy", [Policy(on_hit=OnHit.REPORT), Policy(on_hit=OnHit.HOLD), Policy()]
)
def test_the_policy_says_whether_what_is_known_may_stay(
    policy: Policy, oracle: Oracle, allowed: Allowed
):
    allowed.add([A])
    oracle.known.add(("btih", A))
    found = recheck(Gate(oracle, policy), allowed)
    assert (found.known, found.removed) == (1, policy.on_hit is not OnHit.REPORT)


def test_an_open_policy_drops_nothing_that_nobody_can_tell_about(oracle: Oracle, allowed: Allowed):
    allowed.add([A])
    oracle.down()
    gate = Gate(oracle, Policy(on_failure=OnFailure.OPEN))
    assert recheck(gate, allowed, drop_untold=True).removed == 0


def test_a_tracker_that_was_not_told_is_an_error_and_an_event(
    gate: Gate, oracle: Oracle, tmp_path: Path, told: list[Event]
):
    Allowed(tmp_path / "list").add([A])
    oracle.known.add(("btih", A))
    with pytest.raises(TidebreakError, match="SIGHUP"):
        recheck(gate, Allowed(tmp_path / "list", tmp_path / "missing"))
    assert [each.kind for each in told] == [EventKind.RECHECKED, EventKind.WARNING]
    (tmp_path / "list").write_text("no list\n")
    with pytest.raises(UsageError):
        recheck(gate, Allowed(tmp_path / "list"))


def test_the_tracker_reads_its_list_again_only_if_it_changed(
    gate: Gate, oracle: Oracle, tmp_path: Path
):
    heard: list[int] = []
    before = signal.signal(signal.SIGHUP, lambda number, _: heard.append(number))
    try:
        (tmp_path / "pid").write_text(f"{os.getpid()}\n")
        allowed = Allowed(tmp_path / "list", tmp_path / "pid")
        allowed.add([A, B])
        recheck(gate, allowed)
        assert len(heard) == 1
        oracle.known.add(("btih", A))
        recheck(gate, allowed)
        assert len(heard) == 2
    finally:
        signal.signal(signal.SIGHUP, before)
