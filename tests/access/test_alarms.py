from __future__ import annotations

import pytest
from tests.backends import BOTH

from tidebreak.access.alarms import AlarmKind, Alarms, Raised
from tidebreak.access.ledger import Ledger
from tidebreak.errors import UsageError

BACKENDS = BOTH

RAISED = Raised("key:a", "shop", AlarmKind.MANY_HITS, {"asked": 10, "hits": 9})


def test_an_alarm_is_told_once_a_day_by_whichever_process(ledger: Ledger, again: Ledger, clock):
    alarms, others = Alarms(ledger), Alarms(again)
    first = alarms.sound(RAISED)
    assert first is not None
    assert alarms.sound(RAISED) is others.sound(RAISED) is None
    clock.now += 86400
    second = others.sound(RAISED)
    assert second is not None
    assert alarms.everything() == [first, second]
    events = list(ledger.audit.events())
    assert [(one.action, one.object) for one in events] == [("access.alarm", "shop")] * 2
    assert events[0].detail == {"alarm": "many hits", "asked": 10, "hits": 9}


def test_an_alarm_of_a_day_of_its_own_is_told_once_for_that(ledger: Ledger, clock):
    alarms = Alarms(ledger)
    expires = Raised("key:a", "shop", AlarmKind.EXPIRES, {"days": 20}, "2027-02-04")
    assert alarms.sound(expires)
    clock.now += 86400
    assert alarms.sound(expires) is None


def test_somebody_has_looked_at_one(ledger: Ledger, told):
    alarms = Alarms(ledger)
    alarm = alarms.sound(RAISED)
    assert alarm is not None
    alarms.seen(alarm.id, "person ann")
    assert alarms.everything(unseen=True) == []
    assert alarms.everything()[0].seen_by == "person ann"
    assert told()[-1] == ("access.alarm.seen", "person ann", "shop")
    with pytest.raises(UsageError, match="no alarm 99"):
        alarms.seen(99, "person ann")
