from __future__ import annotations

import threading

import pyotp
import pytest
from argon2 import PasswordHasher
from tests.backends import BOTH

from tidebreak.access.alarms import AlarmKind, Alarms
from tidebreak.access.entrance import Denied, Entrance
from tidebreak.access.ledger import Ledger
from tidebreak.access.passwords import Passwords
from tidebreak.access.people import People
from tidebreak.access.roles import Role
from tidebreak.access.throttle import CODE
from tidebreak.errors import OverLimit, UsageError

BACKENDS = BOTH

PHRASE, HERE = "correct horse battery", "192.0.2.1"


@pytest.fixture
def entrance(ledger: Ledger, passwords: Passwords) -> Entrance:
    return Entrance(ledger, passwords)


@pytest.fixture
def people(ledger: Ledger) -> People:
    return People(ledger)


class Ann:
    """Somebody who has set up the account, and the device with the codes."""

    def __init__(self, people: People, entrance: Entrance, clock) -> None:
        invitation = people.add("Ann", frozenset({Role.ANALYST}), "uid 0")
        self.clock, self.device = clock, pyotp.TOTP(entrance.set_up.begin(invitation).secret)
        self.recovery = entrance.set_up.finish(invitation, PHRASE, self.code)
        self.wait()

    @property
    def code(self) -> str:
        return self.device.at(int(self.clock.now))

    @property
    def wrong(self) -> str:
        near = {self.device.at(int(self.clock.now) + away) for away in (-30, 0, 30)}
        return next(f"{n:06}" for n in range(9) if f"{n:06}" not in near)

    def wait(self, seconds: float = 30) -> None:
        self.clock.now += seconds


@pytest.fixture
def ann(people: People, entrance: Entrance, clock) -> Ann:
    return Ann(people, entrance, clock)


def test_the_right_ones_get_in_and_out(entrance: Entrance, ann: Ann, told):
    session = entrance.log_in("ann", PHRASE, ann.code, HERE)
    assert session.principal.name == "Ann"
    assert told()[-1] == ("access.login", "person Ann", "session")
    entrance.log_out(session.cookie)
    assert entrance.sessions.principal(session.cookie) is None
    assert told()[-1] == ("access.logout", "person Ann", "session")


def test_all_that_is_wrong_has_one_answer(entrance: Entrance, ann: Ann, people: People, told):
    people.add("bob", frozenset({Role.ANALYST}), "uid 0")  # invited: has no password yet
    people.from_provider("https://id.example", "1", "eve", frozenset({Role.ANALYST}))
    answers = set()
    for name, password, code in (("Ann", PHRASE, ann.wrong), ("Ann", "wrong", ann.code),
                                 ("nobody", PHRASE, ann.code), ("bob", "", ""), ("bob", PHRASE, ""),
                                 ("eve", "", ""), ("Ann", PHRASE, "")):  # fmt: skip
        with pytest.raises(Denied) as error:
            entrance.log_in(name, password, code, HERE)
        answers.add(str(error.value))
    assert len(answers) == 1
    failed = [name for action, _, name in told() if action == "access.login.failed"]
    assert failed == ["Ann"] * 3, "what was typed for a name may be anything: it is not kept"


def test_a_code_is_good_once_in_whichever_process(entrance, ann, again, passwords):
    code = ann.code
    entrance.log_in("ann", PHRASE, code, HERE)
    for one in (entrance, Entrance(again, passwords)):
        with pytest.raises(Denied):
            one.log_in("ann", PHRASE, code, HERE)
    ann.wait()
    entrance.log_in("ann", PHRASE, ann.code, HERE)


def test_of_a_code_sent_twice_at_once_one_gets_in(entrance, ann):
    outcomes: list[str] = []
    code, begin = ann.code, threading.Barrier(4)

    def attempt(number: int) -> None:
        begin.wait()
        try:
            entrance.log_in("ann", PHRASE, code, f"192.0.2.{number}")
            outcomes.append("in")
        except Denied:
            outcomes.append("out")

    threads = [threading.Thread(target=attempt, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["in", "out", "out", "out"]


def test_a_recovery_code_is_good_once(entrance: Entrance, ann: Ann, told):
    code = ann.recovery[3].upper().replace("-", " ")
    entrance.log_in("ann", PHRASE, code, HERE)
    assert ("access.recovery.used", "person Ann", "Ann") in told()
    with pytest.raises(Denied):
        entrance.log_in("ann", PHRASE, code, HERE)
    entrance.log_in("ann", PHRASE, ann.recovery[4], HERE)


def test_guessing_a_password_is_slow_and_others_get_in(entrance: Entrance, ann: Ann):
    for _ in range(5):
        with pytest.raises(Denied):
            entrance.log_in("ann", "guess", ann.code, HERE)
    with pytest.raises(OverLimit) as error:
        entrance.log_in("ann", PHRASE, ann.code, HERE)
    assert error.value.wait <= 1
    assert entrance.log_in("ann", PHRASE, ann.code, "198.51.100.7")
    ann.wait(1)
    ann.wait()
    assert entrance.log_in("ann", PHRASE, ann.code, HERE)


def failures_before_waiting(entrance: Entrance, name: str) -> int:
    for count in range(100):
        try:
            entrance.log_in(name, "guess", "", HERE)
        except Denied:
            continue
        except OverLimit:
            return count
    return 100


def test_unknown_names_are_slowed_down_as_known_ones_are(entrance: Entrance, ann: Ann):
    known = failures_before_waiting(entrance, "ann")
    assert known == failures_before_waiting(entrance, "nobody") == 5


def test_guessing_codes_with_the_password_ends_and_is_told(entrance, ann, ledger, clock):
    for number in range(CODE.free + 1):
        with pytest.raises(Denied):
            entrance.log_in("ann", PHRASE, ann.wrong, f"192.0.2.{number}")
    # Now even the right one is refused for a while, with the same answer.
    with pytest.raises(Denied):
        entrance.log_in("ann", PHRASE, ann.code, "198.51.100.7")
    (alarm,) = Alarms(ledger).everything()
    assert (alarm.kind, alarm.name) == (AlarmKind.GUESSING, "Ann")
    ann.wait(CODE.longest)
    assert entrance.log_in("ann", PHRASE, ann.code, "198.51.100.7")


def test_whoever_is_disabled_or_reset_is_out(entrance: Entrance, ann: Ann, people: People):
    people.disable("ann", "uid 0", "left")
    with pytest.raises(Denied):
        entrance.log_in("ann", PHRASE, ann.code, HERE)
    people.enable("ann", "uid 0")
    entrance.log_in("ann", PHRASE, ann.code, HERE)
    people.reset("ann", "uid 0")
    ann.wait()
    for code in (ann.code, ann.recovery[0]):
        with pytest.raises(Denied):
            entrance.log_in("ann", PHRASE, code, HERE)


def test_a_hash_of_former_parameters_is_renewed(entrance: Entrance, ann: Ann, ledger: Ledger):
    stronger = Passwords(PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))
    Entrance(ledger, stronger).log_in("ann", PHRASE, ann.code, HERE)
    [(kept,)] = ledger.sql.rows("SELECT password FROM person")
    assert not stronger.is_old(kept)
    ann.wait()
    entrance.log_in("ann", PHRASE, ann.code, HERE)


def test_somebody_changes_the_own_password(entrance: Entrance, ann: Ann):
    principal = entrance.log_in("ann", PHRASE, ann.code, HERE).principal
    with pytest.raises(UsageError, match="old password"):
        entrance.change_password(principal, "wrong", "another long one")
    entrance.change_password(principal, PHRASE, "another long one")
    ann.wait()
    assert entrance.log_in("ann", "another long one", ann.code, HERE)
    for _ in range(CODE.free):
        with pytest.raises(UsageError):
            entrance.change_password(principal, "wrong", "another long one")
    with pytest.raises(OverLimit):
        entrance.change_password(principal, PHRASE, "another long one")
