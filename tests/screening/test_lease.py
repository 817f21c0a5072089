from __future__ import annotations

import pytest
from tests.backends import BOTH
from tests.screening.rig import Rig

from tidebreak.errors import Busy
from tidebreak.screening.lease import SECONDS, Lease


@pytest.mark.parametrize("backend", BOTH)
def test_one_at_a_time_until_it_is_given_back_or_dies(rig: Rig):
    now = [1000.0]
    one, other = (Lease(rig.store(), "work", lambda: now[0]) for _ in range(2))
    with one.held():
        with pytest.raises(Busy, match="Another process"), other.held():
            pass
        assert one.renew()
        assert Lease(rig.store(), "other work", lambda: now[0]).renew()
    with other.held():
        assert not one.renew()
        now[0] += SECONDS + 1
        assert one.renew()  # the other shows no life any more
        assert not other.renew()


def test_who_was_taken_over_gives_back_nothing(rig: Rig):
    now = [0.0]
    one, other = (Lease(rig.store(), "work", lambda: now[0]) for _ in range(2))
    with one.held():
        now[0] += SECONDS + 1
        assert other.renew()
    assert not one.renew()
