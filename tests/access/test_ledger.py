from __future__ import annotations

import pytest
from tests.backends import BOTH

from tidebreak.access.ledger import Ledger, at

BACKENDS = BOTH


def test_a_change_is_told_before_it_is_made_and_counted(ledger: Ledger, again: Ledger, told):
    before = again.revision()
    with ledger.changing("key.add", "uid 0", "shop", {}):
        assert told() == [("access.key.add", "uid 0", "shop")]
    assert again.revision() == before + 1


def test_a_change_that_fails_changes_nothing(ledger: Ledger, told):
    def fail() -> None:
        with ledger.changing("key.add", "uid 0", "shop", {}):
            ledger.sql.change("DELETE FROM revision")
            raise ZeroDivisionError

    before = ledger.revision()
    with pytest.raises(ZeroDivisionError):
        fail()
    assert ledger.revision() == before
    assert len(told()) == 1


def test_times_are_utc(ledger: Ledger, clock):
    assert at(0) == "1970-01-01T00:00:00+00:00"
    assert ledger.now == at(clock.now) == "2027-01-15T08:00:00+00:00"
