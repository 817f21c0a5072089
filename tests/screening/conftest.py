from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.screening.rig import Rig


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    """A screener without workers over an empty installation."""
    with Rig(tmp_path) as made:
        yield made
