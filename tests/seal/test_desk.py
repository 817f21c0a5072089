from __future__ import annotations

from typing import get_type_hints

from tidebreak.installation import Tidebreak
from tidebreak.seal.desk import Desk


def test_an_installation_is_a_desk(listed: Tidebreak):
    desk: Desk = listed
    for name, kind in get_type_hints(Desk).items():
        assert isinstance(getattr(desk, name), kind)
