from __future__ import annotations

import pytest

from tidebreak.calibration import run
from tidebreak.calibration.start import calibrate
from tidebreak.errors import UsageError
from tidebreak.settings import Settings


def test_a_report_that_cannot_be_written_is_refused_before_anything_is_measured(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(run, "calibrate", lambda *_, **__: pytest.fail("it was measured"))
    taken = tmp_path / "own.txt"
    taken.write_text("somebody's")
    with pytest.raises(UsageError):
        calibrate(
            tmp_path, Settings(), [], pictures=1, seed=1, held_out=False, enrolled=False,
            report=taken, on_progress=lambda *_: None,
        )  # fmt: skip
