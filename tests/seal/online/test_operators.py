from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.seal.sealed_helper import MASTER

from tidebreak.audit.log import AuditLog
from tidebreak.errors import OverLimit, UsageError
from tidebreak.seal.online.keys import SealKeys
from tidebreak.seal.online.limits import Limits
from tidebreak.seal.online.operators import Operator, Operators, Usage
from tidebreak.seal.online.token import encoded

NOON = 1_800_014_400.0 - 1_800_014_400.0 % 86400 + 43200
SMALL = Limits(per_day=3000, per_second=10.0, burst=1000)


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> float:
        return self.now


Open = Callable[[], Operators]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def reopened(tmp_path: Path, clock: Clock) -> Iterator[Open]:
    """Opens the file again, as a restart or another process does."""
    opened: list[Operators] = []

    def do() -> Operators:
        audit = AuditLog(tmp_path / "audit.db")
        keys = SealKeys.derive(MASTER)
        opened.append(Operators(tmp_path / "operators.db", keys, audit, "tester", clock))
        return opened[-1]

    yield do
    for each in opened:
        each.close()


@pytest.fixture
def operators(reopened: Open) -> Operators:
    return reopened()


def admitted(operators: Operators, limits: Limits = SMALL) -> Operator:
    token = operators.add("one", limits)
    found = operators.admitted(token.operator, token.secret)
    assert found is not None
    return found


def events(tmp_path: Path, action: str) -> list[dict[str, object]]:
    log = AuditLog(tmp_path / "audit.db")
    found = [dict(event.detail) for event in log.events() if event.action == action]
    log.close()
    return found


def test_an_operator_is_admitted_by_its_token_alone(operators: Operators):
    token, other = operators.add("one"), operators.add("two")
    found = operators.admitted(token.operator, token.secret)
    assert found is not None
    assert found.name == "one"
    assert operators.admitted(token.operator, other.secret) is None
    assert operators.admitted(other.operator, token.secret) is None
    assert operators.admitted("aaaaaaaa", token.secret) is None


def test_no_token_is_kept(operators: Operators, tmp_path: Path):
    token = operators.add("one")
    operators.close()
    content = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    for secret in (token.secret, token.secret.hex().encode(), encoded(token.secret).encode()):
        assert secret not in content


def test_revoking_counts_at_once_and_is_audited(
    operators: Operators, reopened: Open, tmp_path: Path
):
    token = operators.add("one")
    other_process = reopened()
    assert other_process.admitted(token.operator, token.secret)
    operators.revoke("one", "contract ended")
    assert other_process.admitted(token.operator, token.secret) is None
    assert [operators.state(one) for one in operators.everyone()] == ["revoked"]
    assert events(tmp_path, "seal.operator.revoke") == [{"reason": "contract ended"}]
    for name in ("one", "nobody"):
        with pytest.raises(UsageError, match="could be revoked"):
            operators.revoke(name, "")


def test_who_was_revoked_can_be_given_a_new_token(operators: Operators):
    old = operators.add("one")
    operators.revoke("one", "lost")
    new = operators.add("one")
    assert operators.admitted(new.operator, new.secret)
    assert operators.admitted(old.operator, old.secret) is None
    assert [operators.state(each) for each in operators.everyone()].count("revoked") == 1


def test_tokens_expire(operators: Operators, clock: Clock):
    token, forever = operators.add("one", days=1), operators.add("two", days=0)
    clock.now += 86399
    assert operators.admitted(token.operator, token.secret)
    clock.now += 1
    assert operators.admitted(token.operator, token.secret) is None
    assert [operators.state(one) for one in operators.everyone()] == ["expired", "active"]
    clock.now += 1e9
    assert operators.admitted(forever.operator, forever.secret)


@pytest.mark.parametrize("name", ["", "x" * 201, "a\nb", "one"])
def test_a_name_must_be_new_and_plain(operators: Operators, name: str):
    operators.add("one")
    with pytest.raises(UsageError):
        operators.add(name)


def test_the_quota_of_a_day_survives_restarts(operators: Operators, reopened: Open, clock: Clock):
    one = admitted(operators)
    for _ in range(3):
        reopened().charge(one, 1000)
        clock.now += 100
    with pytest.raises(OverLimit, match="this day") as caught:
        reopened().charge(one, 1)
    assert caught.value.wait == 43200 - 300
    clock.now += caught.value.wait
    operators.charge(one, 1000)
    assert operators.used(one, days=2) == [
        Usage("2027-01-16", 1000, 0, ()),
        Usage("2027-01-15", 3000, 0, ("nearly all of the quota",)),
    ]


def test_more_than_the_burst_has_to_wait(operators: Operators, reopened: Open, clock: Clock):
    one = admitted(operators)
    operators.charge(one, 1000)
    with pytest.raises(OverLimit, match="at once") as caught:
        reopened().charge(one, 30)
    assert caught.value.wait == pytest.approx(3.0)
    clock.now += caught.value.wait
    reopened().charge(one, 30)
    assert operators.used(one)[0].asked == 1030


def test_what_is_refused_is_not_counted(operators: Operators):
    one = admitted(operators)
    operators.charge(one, 900)
    with pytest.raises(OverLimit):
        operators.charge(one, 500)
    assert operators.used(one)[0].asked == 900


def test_a_clock_that_was_set_back_gives_nothing_away(operators: Operators, clock: Clock):
    one = admitted(operators)
    operators.charge(one, 1000)
    clock.now += 1
    operators.charge(one, 10)
    clock.now -= 3600
    with pytest.raises(OverLimit):
        operators.charge(one, 1)
    clock.now += 3599
    with pytest.raises(OverLimit):
        operators.charge(one, 1)


def test_a_clock_that_went_ahead_and_came_back_stops_nobody(operators: Operators, clock: Clock):
    one = admitted(operators)
    clock.now += 86400 * 365
    operators.charge(one, 10)
    clock.now -= 86400 * 365
    operators.charge(one, 10)
    clock.now += 60
    operators.charge(one, 500)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(1, 1000), st.floats(0, 4000)), max_size=30))
def test_never_more_than_allowed(
    operators: Operators, clock: Clock, steps: list[tuple[int, float]]
):
    clock.now = NOON
    one = operators.everyone()[0] if operators.everyone() else admitted(operators)
    with operators._writing():
        operators._db.change("DELETE FROM usage")
        operators._db.change("UPDATE operator SET allowance = burst, refilled = ?", (clock.now,))
    granted: dict[int, int] = {}
    everything = 0
    for count, pause in steps:
        clock.now += pause
        try:
            operators.charge(one, count)
        except OverLimit:
            continue
        day = int(clock.now // 86400)
        granted[day] = granted.get(day, 0) + count
        everything += count
        assert granted[day] <= SMALL.per_day
        assert everything <= SMALL.burst + (clock.now - NOON) * SMALL.per_second + 1e-6


def test_several_threads_and_processes_count_together(operators: Operators, reopened: Open):
    one = admitted(operators, Limits(per_day=100_000, per_second=1.0, burst=100_000))
    several = [operators, operators, reopened(), reopened()]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda each: [each.charge(one, 10) for _ in range(20)], several))
    assert operators.used(one)[0].asked == 800


def test_alarms_sound_once_a_day_and_are_kept(operators: Operators, tmp_path: Path):
    one = admitted(operators, Limits(alarm_hits=30))
    operators.charge(one, 500)
    operators.hit(one, 19)
    assert not operators.used(one)[0].alarms
    operators.hit(one, 10)
    operators.hit(one, 10)
    operators.hit(one, 10)
    assert operators.used(one)[0].alarms == ("high share of hits", "many hits")
    sounded = [(e["alarm"], e["asked"], e["hits"]) for e in events(tmp_path, "seal.alarm")]
    assert sounded == [("high share of hits", 500, 29), ("many hits", 500, 39)]


def test_an_operator_added_is_audited_without_its_token(operators: Operators, tmp_path: Path):
    token = operators.add("one")
    (detail,) = events(tmp_path, "seal.operator.add")
    assert detail["per_day"] == Limits().per_day
    assert token.operator not in str(detail)


def test_the_file_is_for_its_owner(operators: Operators, tmp_path: Path):
    assert (tmp_path / "operators.db").stat().st_mode & 0o077 == 0
    with sqlite3.connect(tmp_path / "operators.db") as connection:
        names = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
    connection.close()
    assert {"operator", "usage"} <= names
