"""The soak of ``benchmarks/soak`` in a short form: everything goes wrong, and no answer is."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from benchmarks.soak.__main__ import Plan, soak

PLAN = Plan(
    16, rate=16, lists=0.7, worker=3, replica=7, database=9, disk=0, sample=5
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.timeout(280)
def test_two_replicas_answer_rightly_while_everything_dies_around_them():
    with tempfile.TemporaryDirectory(prefix="tb", ignore_cleanup_errors=True) as name:
        report = soak(Path(name), PLAN)
    counts = report.counts
    assert counts.wrong == []
    assert report.missing == 0
    assert counts.statuses["200"] > 40
    assert len(counts.ids) > 15
    for trouble in ("lists changed", "workers killed", "replicas killed", "database restarted"):
        assert counts.troubles[trouble] >= 1
