from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest
from tests.service.service_helper import Running


def test_what_the_service_is_made_of_stays(shared: Running):
    with pytest.raises(FrozenInstanceError):
        shared.parts.fetcher = None  # type: ignore[misc]
    assert shared.parts.fetcher is None
    assert shared.parts.begun > 0
