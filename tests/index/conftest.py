from __future__ import annotations

import numpy as np
import pytest

from tidebreak.index import cold


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20)


@pytest.fixture(params=["kernels", "plain"])
def either_way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Run a test once with the compiled kernels and once without."""
    monkeypatch.setattr(cold, "_FEW", -1 if request.param == "kernels" else 1 << 60)
    return request.param
