"""One service for the tests of a module: they change nothing that others look at."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.service.service_helper import Running, running

from tidebreak.installation import Tidebreak


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A service that the tests of a module share."""
    place = tmp_path_factory.mktemp("service")
    with Tidebreak.create(place / "home", place / "key") as made, running(made) as service:
        yield service


@pytest.fixture
def service(installation: Tidebreak) -> Iterator[Running]:
    """A service of one's own."""
    with running(installation) as made:
        yield made
