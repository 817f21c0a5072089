from __future__ import annotations

import json
from pathlib import Path

from tests.gates.conftest import Oracle, make_torrent

from tidebreak import links
from tidebreak.gates.events import Event, EventKind
from tidebreak.gates.gate import MOST_BYTES, Gate
from tidebreak.gates.policy import Action, OnFailure, OnUnjudged, Policy


def kinds(told: list[Event]) -> list[EventKind]:
    return [each.kind for each in told]


def test_a_known_torrent_is_refused_told_and_passed_on(
    tmp_path: Path, oracle: Oracle, told: list[Event]
):
    data = make_torrent(tmp_path, "known.bin", [40_000], "v2")
    oracle.learn(*links.read_file(data).files[0].signals)
    passed: list[bytes] = []
    gate = Gate(oracle, on_event=told.append, on_metainfo=passed.append)
    assert gate.judge_metainfo(data, "upload 5")[0].action is Action.REFUSE
    assert passed == [data]
    assert kinds(told) == [EventKind.HIT]
    record = json.loads(told[0].as_json())
    assert (record["place"], record["action"], record["list_version"]) == (
        "upload 5",
        "refuse",
        "7",
    )


def test_a_clear_one_is_neither_told_nor_passed_on(
    tmp_path: Path, oracle: Oracle, told: list[Event]
):
    passed: list[bytes] = []
    gate = Gate(oracle, on_event=told.append, on_metainfo=passed.append)
    data = make_torrent(tmp_path, "clear.bin", [40_000])
    assert gate.judge_metainfo(data)[0].action is Action.ALLOW
    assert not told
    assert not passed


def test_what_follows_a_decision_cannot_change_it(
    tmp_path: Path, oracle: Oracle, told: list[Event]
):
    def fail(data: bytes) -> None:
        raise OSError("disk full")

    data = make_torrent(tmp_path, "known.bin", [40_000])
    oracle.learn(*links.read_file(data).signals)
    gate = Gate(oracle, on_event=told.append, on_metainfo=fail)
    assert gate.judge_metainfo(data)[0].action is Action.REFUSE
    assert kinds(told) == [EventKind.WARNING, EventKind.HIT]


def test_failing_and_recovered_are_told_once_each(oracle: Oracle, told: list[Event]):
    gate = Gate(oracle, on_event=told.append)
    announce = [[b"x" * 20]]
    oracle.down("the server is not there")
    assert [gate.judge_infohashes(announce)[0].action for _ in range(3)] == [Action.HOLD] * 3
    assert kinds(told) == [EventKind.FAILING]
    assert "nothing new is let through" in told[0].why
    assert gate.status.failing
    oracle.up()
    assert gate.judge_infohashes(announce)[0].action is Action.ALLOW
    assert kinds(told) == [EventKind.FAILING, EventKind.RECOVERED]
    assert not gate.status.failing


def test_an_open_gate_says_that_it_lets_everything_through(oracle: Oracle, told: list[Event]):
    gate = Gate(oracle, Policy(on_failure=OnFailure.OPEN), told.append)
    oracle.down()
    assert gate.judge_infohashes([[b"x" * 20]])[0].action is Action.ALLOW
    assert "everything is let through" in told[0].why


def test_either_reading_of_an_announce_is_enough(oracle: Oracle):
    oracle.known.add(("btih", b"b" * 20))
    decisions = Gate(oracle).judge_infohashes([[b"a" * 20], [b"a" * 20, b"b" * 20]])
    assert [decision.known for decision in decisions] == [False, True]


def test_what_is_not_certain_is_held_however_it_is_asked_about(tmp_path: Path):
    oracle = Oracle(certain=False)
    data = make_torrent(tmp_path, "x.bin", [40_000])
    reference = links.read_file(data)
    oracle.learn(*reference.signals)
    gate = Gate(oracle)
    infohash = reference.signals[0].value
    decisions = [
        gate.judge_metainfo(data)[0],
        *gate.judge_links([f"magnet:?xt=urn:btih:{infohash.hex()}"], early=True),
        *gate.judge_infohashes([[infohash]]),
        *gate.judge_infohashes([[infohash]]),  # by the answer that is still fresh
    ]
    assert [(each.action, each.known) for each in decisions] == [(Action.HOLD, True)] * 4


def test_what_names_no_file_yet_is_held_for_that_only_where_it_decides(oracle: Oracle):
    gate = Gate(oracle, Policy(on_unjudged=OnUnjudged.HOLD))
    magnet = "magnet:?xt=urn:btih:" + "41" * 20
    assert gate.judge_links([magnet])[0].action is Action.HOLD
    assert gate.judge_links([magnet], early=True)[0].action is Action.ALLOW
    assert gate.judge_infohashes([[b"a" * 20]])[0].action is Action.ALLOW


def test_links_keep_their_order_and_bad_ones_are_no_clear(oracle: Oracle):
    magnet = "magnet:?xt=urn:btih:" + "41" * 20
    oracle.known.add(("btih", b"A" * 20))
    texts = [magnet, "no link at all", magnet.replace("41", "42")]
    decisions = Gate(oracle).judge_links(texts)
    assert [decision.known for decision in decisions] == [True, None, False]
    assert "no link at all" not in decisions[1].why


def test_what_is_no_torrent_or_too_large_is_held(oracle: Oracle, told: list[Event]):
    gate = Gate(oracle, on_event=told.append)
    assert gate.judge_metainfo(b"no torrent")[0].action is Action.HOLD
    assert gate.judge_metainfo(bytes(MOST_BYTES + 1))[0].action is Action.HOLD
    assert kinds(told) == [EventKind.HELD] * 2
    assert gate.status.record()["counts"]["untold"] == 2
