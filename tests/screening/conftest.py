from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.screening.rig import Rig


@pytest.fixture
def rig(
    tmp_path: Path, backend: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Rig]:
    """A screener without workers over an empty installation."""
    if backend == "postgres":
        address = request.getfixturevalue("postgres").address
        monkeypatch.setenv("TIDEBREAK_DATABASE", address)
    with Rig(tmp_path) as made:
        yield made
