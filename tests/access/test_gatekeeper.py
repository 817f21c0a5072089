from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from tests.backends import BOTH

from tidebreak.access.alarms import AlarmKind, Alarms
from tidebreak.access.api_keys import ApiKeys
from tidebreak.access.gatekeeper import STALE_SECONDS, Gatekeeper, Told
from tidebreak.access.ledger import Ledger
from tidebreak.access.limits import Limits
from tidebreak.access.records import Scope
from tidebreak.access.roles import Permission, Role
from tidebreak.errors import CannotAsk, OverLimit, TidebreakError

BACKENDS = BOTH

SCOPE = Scope(frozenset({Role.PLATFORM}), limits=Limits(per_day=100, alarm_hits=30))


@pytest.fixture
def keys(ledger: Ledger) -> ApiKeys:
    return ApiKeys(ledger)


@pytest.fixture
def alarms() -> list[AlarmKind]:
    return []


@pytest.fixture
def gatekeeper(again: Ledger, clock, alarms) -> Gatekeeper:
    """In another process than the keys, and following them only when told to."""
    return Gatekeeper(again, Told(lambda alarm: alarms.append(alarm.kind), clock))


def test_a_key_is_admitted_until_it_is_revoked_elsewhere(keys: ApiKeys, gatekeeper: Gatekeeper):
    made = keys.add("shop", SCOPE, "uid 0")
    assert gatekeeper.admit(made.text) is None
    gatekeeper.refresh()
    principal = gatekeeper.admit(made.text)
    assert principal is not None
    assert principal.may(Permission.SCREEN)
    assert not principal.may(Permission.ACCESS)
    assert gatekeeper.named("shop") == principal
    keys.revoke("shop", "uid 0", "lost")
    gatekeeper.refresh()
    assert gatekeeper.admit(made.text) is None
    assert gatekeeper.named("shop") is None


def test_every_other_text_is_nobody(keys: ApiKeys, gatekeeper: Gatekeeper):
    made = keys.add("shop", SCOPE, "uid 0")
    gatekeeper.refresh()
    other = keys.add("other", SCOPE, "uid 0")
    for text in ("", "tb_", made.text[:-1], made.text + "a", made.text.upper(), other.text,
                 f"tb_{made.id}_{other.secret}", f"tb_{other.id}_{made.secret}", "\udcff" * 64,
                 f"Bearer {made.text}"):  # fmt: skip
        assert gatekeeper.admit(text) is None, text


def test_a_key_ends_at_its_time_and_place(keys: ApiKeys, gatekeeper: Gatekeeper, clock):
    made = keys.add("shop", Scope(SCOPE.roles, networks=("10.0.0.0/8",)), "uid 0", days=1)
    gatekeeper.refresh()
    assert gatekeeper.admit(made.text) is None
    assert gatekeeper.admit(made.text, "192.0.2.1") is None
    assert gatekeeper.admit(made.text, "10.0.0.1")
    clock.now += 86400
    gatekeeper.refresh()
    assert gatekeeper.admit(made.text, "10.0.0.1") is None
    assert gatekeeper.named("shop") is None


def test_nobody_is_let_in_by_tables_that_nobody_could_check(keys, gatekeeper, clock):
    made = keys.add("shop", SCOPE, "uid 0")
    gatekeeper.refresh()
    clock.now += STALE_SECONDS
    assert gatekeeper.admit(made.text)
    clock.now += 1
    with pytest.raises(CannotAsk):
        gatekeeper.admit(made.text)
    gatekeeper.refresh()
    assert gatekeeper.admit(made.text)


def test_quotas_use_and_alarms_are_kept(keys, gatekeeper, ledger, alarms, clock):
    made = keys.add("shop", SCOPE, "uid 0", days=20)
    gatekeeper.refresh()
    principal = gatekeeper.admit(made.text)
    gatekeeper.charge(principal, 90)
    gatekeeper.looked_up(principal, 90, 35, [(bytes(32), True)])
    for _ in range(3):
        gatekeeper.flush()
    expected = [AlarmKind.EXPIRES, AlarmKind.HIGH_SHARE, AlarmKind.MANY_HITS, AlarmKind.QUOTA]
    assert sorted(alarms) == sorted(expected)
    assert len(Alarms(ledger).everything()) == 4
    assert keys.everything()[0].last_used == "2027-01-15"
    with pytest.raises(OverLimit):
        gatekeeper.charge(principal, 11)


def test_alarms_are_told_by_one_process_alone(keys, ledger, again, clock, alarms):
    keys.add("shop", SCOPE, "uid 0", days=20)
    for one in (ledger, again, again):
        Gatekeeper(one, Told(lambda alarm: alarms.append(alarm.kind), clock)).flush()
    assert alarms == [AlarmKind.EXPIRES]


@pytest.fixture
def following(again: Ledger) -> Iterator[Gatekeeper]:
    with Gatekeeper(again) as gatekeeper:
        yield gatekeeper


def seconds_until(so: object) -> float:
    assert callable(so)
    begun = time.monotonic()
    while not so():
        assert time.monotonic() < begun + 5
        time.sleep(0.005)
    return time.monotonic() - begun


def test_it_follows_by_itself_within_a_second(keys: ApiKeys, following: Gatekeeper):
    made = keys.add("shop", SCOPE, "uid 0")
    assert seconds_until(lambda: following.admit(made.text)) < 1
    keys.revoke("shop", "uid 0", "lost")
    assert seconds_until(lambda: not following.admit(made.text)) < 1


def test_a_store_that_fails_is_said_and_tried_again(following, again, monkeypatch, keys):
    def fail(*_: object) -> None:
        raise TidebreakError("the disk is gone")

    with monkeypatch.context() as patch:
        patch.setattr(type(again.sql), "row", fail)
        seconds_until(lambda: following.trouble)
        assert following.trouble == "the disk is gone"
    seconds_until(lambda: not following.trouble)


def test_what_nobody_foresaw_does_not_end_the_following(following, again, monkeypatch, keys):
    def fail(*_: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(type(again.sql), "row", fail)
        seconds_until(lambda: "RuntimeError" in following.trouble)
    made = keys.add("shop", SCOPE, "uid 0")
    seconds_until(lambda: following.admit(made.text))


def test_what_was_counted_is_kept_when_it_ends(keys: ApiKeys, again: Ledger, ledger: Ledger):
    made = keys.add("shop", SCOPE, "uid 0")
    with Gatekeeper(again) as gatekeeper:
        principal = gatekeeper.admit(made.text)
        assert principal is not None
        gatekeeper.charge(principal, 7)
    assert ledger.sql.rows("SELECT asked FROM usage") == [(7,)]
