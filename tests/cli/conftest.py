"""The command line in this process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tidebreak.cli.app import app

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command against an installation of its own; errors of ours are raised."""
    monkeypatch.setenv("TIDEBREAK_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TIDEBREAK_KEY_FILE", str(tmp_path / "key"))
    monkeypatch.chdir(tmp_path)

    def invoke(*arguments: object, code: int = 0, given: str | None = None) -> Result:
        result = CliRunner().invoke(app, [str(a) for a in arguments], input=given)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == code, result.output
        return result

    return invoke
