from __future__ import annotations

import pytest

from tidebreak.errors import UsageError
from tidebreak.installation import Tidebreak


def test_a_scan_that_cannot_report_begins_nothing(tmp_path):
    taken = tmp_path / "report"
    taken.mkdir()
    (taken / "own.txt").write_text("somebody's")
    with Tidebreak.create(tmp_path / "home", tmp_path / "key") as installation:
        with pytest.raises(UsageError):
            installation.scan([tmp_path], report=taken)
        with installation.observations() as observations:
            assert observations.last_unfinished() is None


def test_a_scan_without_lists_begins_nothing(tmp_path):
    with Tidebreak.create(tmp_path / "home", tmp_path / "key") as installation:
        with pytest.raises(UsageError, match="list"):
            installation.scan([tmp_path])
        with installation.observations() as observations:
            assert observations.last_unfinished() is None
