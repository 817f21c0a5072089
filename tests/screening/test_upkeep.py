from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
from tests.screening.rig import Rig, sha256

from tidebreak.errors import Busy, UsageError
from tidebreak.screening import observed, upkeep
from tidebreak.screening.lease import Lease
from tidebreak.screening.upkeep import Upkeep


@pytest.fixture
def keeping(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> Iterator[Upkeep]:
    monkeypatch.setattr(upkeep, "_TICK_SECONDS", 0.02)
    monkeypatch.setattr(observed, "BLOCK", 2)
    rig.know("ours", "sha256", sha256(99).text)
    made = Upkeep(rig.store(), rig.rematch(), lambda: rig.following.current.version)
    made.start()
    yield made
    made.stop()


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def blocks(rig: Rig) -> int:
    row = rig.sql.row("SELECT count(*) FROM block")
    return row[0] if row else 0


def test_a_new_list_is_matched_by_itself_and_rows_are_packed(rig: Rig, keeping: Upkeep):
    ids = [rig.keep(rig.observed(sha256(n))) for n in range(5)]
    until(lambda: blocks(rig) == 2)
    rig.know("news", "sha256", sha256(1).text, sha256(4).text)
    until(lambda: len(rig.heard) == 2)
    assert {earlier for _, earlier in rig.heard} == {ids[1], ids[4]}
    until(lambda: keeping.last is not None)
    assert keeping.failure == ""


def test_what_is_written_late_is_matched_without_another_change(rig: Rig, keeping: Upkeep):
    before = int(rig.opened.catalogue.label.partition(".")[0])
    rig.keep(rig.observed(sha256(5)))
    rig.know("news", "sha256", sha256(1).text)
    until(lambda: keeping.last is not None)
    late = rig.keep(rig.observed(sha256(1)), lists=before)
    until(lambda: [earlier for _, earlier in rig.heard] == [late])


def test_an_order_is_carried_out_or_says_why_not(rig: Rig, keeping: Upkeep):
    rig.keep(rig.observed(sha256(1)))
    assert keeping.rematch(["ours"]).result(10).observations == 1
    with pytest.raises(UsageError, match="no list called"):
        keeping.rematch(["other"]).result(10)
    with Lease(rig.store(), "rematch").held(), pytest.raises(Busy):
        keeping.rematch().result(10)
    assert keeping.rematch().result(10).verdicts == 0


def test_another_process_that_matches_is_left_to_it(rig: Rig, keeping: Upkeep):
    rig.keep(rig.observed(sha256(1)))
    with Lease(rig.store(), "rematch").held():
        rig.know("news", "sha256", sha256(1).text)
        time.sleep(0.2)
        assert rig.heard == []
        assert keeping.failure == ""
    until(lambda: len(rig.heard) == 1)


def test_a_failure_is_shown_and_tried_again(
    rig: Rig, keeping: Upkeep, monkeypatch: pytest.MonkeyPatch
):
    def failing(sql: object) -> int:
        raise ValueError

    with monkeypatch.context() as patched:
        patched.setattr(upkeep, "compact", failing)
        until(lambda: keeping.failure == "ValueError")
    until(lambda: keeping.failure == "")


def test_what_waits_when_it_stops_is_told(rig: Rig):
    rig.know("ours", "sha256", sha256(99).text)
    idle = Upkeep(rig.store(), rig.rematch(), lambda: "1.1")
    order = idle.rematch()
    idle._stopping.set()
    idle.start()
    idle.stop()
    with pytest.raises(Busy, match="stopped"):
        order.result(10)
