from __future__ import annotations

import multiprocessing
import os
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import pytest

from tidebreak.errors import Busy, UsageError
from tidebreak.media.sandbox_ladder import Posture, Rung
from tidebreak.model import HashList, Level, ListKind, Observation, State, Verdict
from tidebreak.scan import start
from tidebreak.settings import Limits, Settings
from tidebreak.store.observations import FileOutcome, FileState, Observations, Outcome, ScanRecord


def hold(lock: Path, ready, leave) -> None:
    with start.alone(lock):
        ready.set()
        leave.wait(20)


def test_one_scan_at_a_time_until_its_process_is_gone(tmp_path: Path):
    context = multiprocessing.get_context("fork")
    ready, leave = context.Event(), context.Event()
    other = context.Process(target=hold, args=(tmp_path / "lock", ready, leave))
    other.start()
    assert ready.wait(20)
    with pytest.raises(Busy, match="under way"), start.alone(tmp_path / "lock"):
        raise AssertionError("two at a time")
    other.kill()
    other.join()
    with start.alone(tmp_path / "lock"):
        pass


def test_roots_are_absolute_and_what_is_not_there_is_refused(tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    odd = os.fsencode(tmp_path) + b"/\xff"
    with open(odd, "w"):  # noqa: PTH123 - no UTF-8
        pass
    assert start.roots_of([".", odd], None, others=False) == [os.fsencode(tmp_path), odd]
    with pytest.raises(UsageError, match="gone is not there"):
        start.roots_of(["gone"], None, others=False)


def test_nothing_named_means_the_interrupted_scan_or_what_comes_on_standard_input(tmp_path: Path):
    last = ScanRecord(3, "", "", {"roots_hex": [os.fsencode(tmp_path).hex()]})
    assert start.roots_of([], last, others=False) == [os.fsencode(tmp_path)]
    assert start.roots_of([], last, others=True) == []
    with pytest.raises(UsageError, match="at least one"):
        start.roots_of([], None, others=False)


def test_without_a_list_there_is_nothing_to_recognise():
    start.check_lists([HashList(1, "a", ListKind.WATCH)])
    with pytest.raises(UsageError, match="lists import"):
        start.check_lists([])


def test_the_engine_changes_with_whatever_changes_an_outcome():
    usual = start.engine(Settings())
    for decoder in ("pillow", "av"):  # one that is installed later reads what was passed over
        assert f"{decoder} {version(decoder)}" in usual
    assert start.engine(Settings(workers=9)) == usual
    others = [Settings(heif=False), Settings(limits=replace(Limits(), frames=1))]
    assert len({usual, *map(start.engine, others)}) == 3


def test_the_manifest_names_all_that_a_second_laboratory_needs():
    lists = [HashList(1, "ours", ListKind.CONTRABAND)]
    settings = Settings(key_file="/secret/place")
    told = start.manifest(
        [b"/a\xff"], lists, 7, settings, Posture((Rung("process", True, "held"),))
    )
    assert told["roots_hex"] == [b"/a\xff".hex()]
    assert told["roots"] == ["/a?"]
    assert told["lists"][0]["thresholds"]["near"] == 31
    assert told["snapshot_covers"] == 7
    assert told["sandbox"] == {"level": 1, "detail": "process: held"}
    assert "secret" not in str(told)


def test_a_result_counts_items(tmp_path: Path):
    with Observations(tmp_path / "observations.db") as observations:
        with pytest.raises(UsageError, match="No scan was interrupted"):
            start.interrupted(observations)
        number = observations.begin_scan({})
        assert start.interrupted(observations).id == number
        outcomes = tuple(
            Outcome(Observation(str(i), 1, ""), state, Verdict(level), "")
            for i, (state, level) in enumerate([
                (State.MATCHED, Level.NEAR), (State.MATCHED, Level.LEAD),
                (State.NOT_FULLY_EXAMINED, Level.NONE), (State.CLEAR, Level.ALLOWED),
            ])
        )  # fmt: skip
        observations.record(number, [FileOutcome(b"/a", FileState(), outcomes)], "engine")
        assert start.result(observations, number) == start.ScanResult(number, 2, 1, False)
        observations.finish_scan(number)
        assert start.result(observations, number).finished
