"""What all tests share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tidebreak.installation import Tidebreak


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Tidebreak]:
    """An empty installation of its own."""
    with Tidebreak.create(tmp_path / "home", tmp_path / "key") as made:
        yield made


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the slow tests last, so that a mistake shows early."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is not None)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport():
    """Where everything is required, as in CI, a skipped test is a failed one."""
    _forbid_skipping((yield).get_result())


@pytest.hookimpl(hookwrapper=True)
def pytest_make_collect_report():
    """The same for a module that skips itself."""
    _forbid_skipping((yield).get_result())


def _forbid_skipping(report: pytest.TestReport | pytest.CollectReport) -> None:
    if report.skipped and os.environ.get("TIDEBREAK_REQUIRE_ALL"):
        report.outcome = "failed"
        report.longrepr = f"skipped although everything is required: {report.longrepr}"
