from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest
from tests.plugins.plugin_helper import needs_threatexchange, write


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A plug-in that Python finds; returns its file."""
    needs_threatexchange()
    folder = tmp_path / "packages"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    importlib.invalidate_caches()
    made = write(folder)
    assert made.stem not in sys.modules
    return made
