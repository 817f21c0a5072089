from __future__ import annotations

from pathlib import Path

import pytest

from tidebreak.gates.room import Room
from tidebreak.spool import NoRoom, TooLarge


def test_all_together_take_no_more_than_there_is_and_give_it_back(tmp_path: Path):
    room = Room(tmp_path, 100)
    one, two = room.spool(80), room.spool(80)
    one.write(bytes(60))
    two.write(bytes(40))
    for full in (one, two):
        with pytest.raises(NoRoom):
            full.write(b"x")
    one.close()
    one.close()
    two.write(bytes(40))
    with pytest.raises(TooLarge):
        two.write(b"x")
    two.close()
    with room.spool(100) as whole:
        whole.write(bytes(100))
        assert whole.size == 100
