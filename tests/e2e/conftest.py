"""Command lines for the end-to-end tests."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.e2e.command import CommandLine


@pytest.fixture
def tidebreak(tmp_path: Path) -> CommandLine:
    """A command line without an installation."""
    return CommandLine(tmp_path)


@pytest.fixture
def installed(tidebreak: CommandLine) -> CommandLine:
    """A command line with an empty installation."""
    tidebreak("init")
    return tidebreak
