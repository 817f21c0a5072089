from __future__ import annotations

from tests.screening.rig import Rig, sha256

from tidebreak.screening.health import ScreenerState, state_now
from tidebreak.screening.jobs import Jobs


def state(rig: Rig) -> ScreenerState:
    return state_now(rig.worker, rig.following, rig.writer)  # type: ignore[arg-type]


def test_it_is_ready_only_when_nothing_is_missing(rig: Rig):
    rig.worker.jobs = Jobs(2, 5)  # type: ignore[attr-defined]
    rig.worker.workers = 2  # type: ignore[attr-defined]
    assert not state(rig).ready
    assert "No hash list" in state(rig).reasons[0]
    rig.know("ours", "sha256", sha256(1).text)
    found = state(rig)
    assert found.ready
    assert (found.lists, found.entries, found.version) == (1, 1, rig.opened.catalogue.label)
    assert found.lists_age < 5
    assert (found.workers, found.queued, found.queued_bytes) == (2, 0, 0)
    rig.worker.failure, rig.writer.failure = "no workers", "disk full"
    assert state(rig).reasons == ("no workers", "disk full")
