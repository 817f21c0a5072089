"""What the tests of sealed checks share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.seal.sealed_helper import import_numbers, make_keys

from tidebreak.installation import Tidebreak
from tidebreak.seal.online.keys import SealKeys
from tidebreak.seal.online.service import Service


@pytest.fixture
def listed(installation: Tidebreak) -> Tidebreak:
    """An installation that knows the numbers 0 to 19."""
    import_numbers(installation, range(20))
    return installation


@pytest.fixture
def keys(listed: Tidebreak) -> SealKeys:
    return make_keys(listed)


@pytest.fixture
def service(listed: Tidebreak, keys: SealKeys) -> Iterator[Service]:
    made = Service(listed, keys)
    yield made
    made.close()
