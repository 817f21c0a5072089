from __future__ import annotations

import pytest
from tests.backends import BOTH

from tidebreak.access import codes
from tidebreak.access.ledger import Ledger
from tidebreak.access.passwords import Passwords
from tidebreak.access.people import People
from tidebreak.access.roles import Role
from tidebreak.access.setup import SetUp
from tidebreak.errors import UsageError

BACKENDS = BOTH

ADMIN, ANALYST = frozenset({Role.ADMINISTRATOR}), frozenset({Role.ANALYST})
ISSUER = "https://id.example"


@pytest.fixture
def people(ledger: Ledger) -> People:
    return People(ledger)


@pytest.fixture
def settle(ledger: Ledger, passwords: Passwords, clock):
    def settled(invitation: str) -> None:
        desk = SetUp(ledger, passwords)
        secret = desk._invited(invitation)[2]
        clock.now += 60
        code = codes.code_at(secret, int(clock.now) // 30)
        desk.finish(invitation, "correct horse battery", code)

    return settled


def states(people: People, ledger: Ledger) -> dict[str, str]:
    return {one.name: one.state(ledger.now) for one in people.everyone()}


def test_somebody_is_invited_for_three_days(people: People, ledger: Ledger, clock, told):
    people.add("Ann", ADMIN, "uid 0")
    assert states(people, ledger) == {"Ann": "invited"}
    clock.now += 3 * 86400
    assert states(people, ledger) == {"Ann": "invitation expired"}
    assert told() == [("access.person.add", "uid 0", "Ann")]


@pytest.mark.parametrize("name", ["ann", "ANN", " ann", "", "b" * 40])
def test_a_name_is_one_person_s(people: People, name):
    people.add("Ann", ADMIN, "uid 0")
    with pytest.raises(UsageError):
        people.add(name, ANALYST, "uid 0")
    assert len(people.everyone()) == 1


def test_nobody_changes_his_own_roles_and_everybody_has_some(people: People, told):
    people.add("ann", ADMIN, "uid 0")
    people.add("bob", ANALYST, "person ann")
    for name, roles, by in (("ann", ADMIN | ANALYST, "person ann"), ("bob", frozenset(), "uid 0"),
                            ("ANN", ANALYST, "person ann"), ("eve", ANALYST, "uid 0")):  # fmt: skip
        with pytest.raises(UsageError):
            people.set_roles(name, roles, by)
    people.set_roles("bob", ADMIN, "person ann")
    assert people.named("bob").roles == ADMIN
    assert told()[-1] == ("access.person.roles", "person ann", "bob")
    for attempt in (people.reset, people.enable):
        with pytest.raises(UsageError, match="Nobody"):
            attempt("bob", "person bob")


def test_somebody_is_always_left_who_can_administer(people: People, ledger: Ledger, settle):
    settle(people.add("ann", ADMIN, "uid 0"))
    people.add("bob", ADMIN, "uid 0")  # who has not set up anything yet does not count
    for attempt in (
        lambda: people.disable("ann", "uid 0", "left"),
        lambda: people.set_roles("ann", ANALYST, "uid 0"),
    ):
        with pytest.raises(UsageError, match="last administrator"):
            attempt()
    people.disable("bob", "uid 0", "never came")
    people.enable("bob", "uid 0")
    settle(people.reset("bob", "uid 0"))
    people.disable("ann", "person bob", "left")
    assert states(people, ledger) == {"ann": "disabled", "bob": "active"}
    with pytest.raises(UsageError, match="last administrator"):
        people.disable("bob", "uid 0", "left")


def test_somebody_from_a_provider_has_the_roles_of_there(people: People, told):
    id = people.from_provider(ISSUER, "1", "ann", ANALYST)
    assert people.from_provider(ISSUER, "1", "ann renamed", ANALYST) == id
    assert len(told()) == 1
    assert people.from_provider(ISSUER, "1", "ann", ADMIN) == id
    assert people.named("ann").roles == ADMIN
    assert told()[-1] == ("access.person.roles", "provider", "ann")
    assert people.from_provider(ISSUER, "2", "x", ANALYST) != id
    for attempt in (lambda: people.set_roles("ann", ANALYST, "uid 0"),
                    lambda: people.reset("ann", "uid 0")):  # fmt: skip
        with pytest.raises(UsageError, match="provider"):
            attempt()
    people.disable("x", "uid 0", "left")
    with pytest.raises(UsageError, match="disabled"):
        people.from_provider(ISSUER, "2", "x", ANALYST)


@pytest.mark.parametrize("name", ["", " x", "x" * 81, "\x1b[2J", "a" * 40, "ann"])
def test_what_a_provider_calls_somebody_takes_no_name_and_harms_nothing(people: People, name):
    people.add("ann", ADMIN, "uid 0")
    id = people.from_provider(ISSUER, "1", name, ANALYST)
    (found,) = [one for one in people.everyone() if one.id == id]
    assert found.name in (f"person {id}", f"ann ({id})")
    assert people.named("ann").id != id


def test_of_two_who_add_the_same_at_once_one_is_told(people: People, ledger: Ledger):
    people.add("ann", ADMIN, "uid 0")
    with pytest.raises(UsageError, match="meanwhile"), ledger.sql.writing():
        people._insert("other", "Ann", ADMIN, "", "")
    people.from_provider(ISSUER, "1", "bob", ANALYST)
    with pytest.raises(UsageError, match="meanwhile"), ledger.sql.writing():
        people._insert("another", "bob 2", ANALYST, ISSUER, "1")


def test_a_provider_whose_address_looks_like_a_hash_is_no_trouble(people: People, ledger: Ledger):
    people.from_provider(f"https://id.example/{'a1' * 16}", "1", "ann", ANALYST)
    people.from_provider(f"https://{'a1' * 16}.example/", "1", "bob", ANALYST)
    assert [one.detail["at"] for one in ledger.audit.events()] == ["id.example", "a provider"]
