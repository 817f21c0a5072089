"""The threat model's figures are those that were measured last."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def threats():
    spec = importlib.util.spec_from_file_location("threats", ROOT / "benchmarks" / "threats.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_shows_what_was_measured_last(threats):
    page = threats.PAGE.read_text()
    report = json.loads(threats.RESULTS.read_text())
    assert threats.table(report) in page
    assert threats.rendered(page, report) == page, "run: python benchmarks/threats.py"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.4, "under 1 s"), (50, "50 s"), (120, "2.0 min"), (7200, "2.0 h"), (86400 * 20, "20 days"),
     (86400 * 365.25 * 3, "3.0 years")],
)  # fmt: skip
def test_times_are_told_in_the_unit_that_fits(threats, seconds, text):
    assert threats.span(seconds) == text
