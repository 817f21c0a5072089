from __future__ import annotations

import base64

import pyotp
import pytest
from tests.backends import BOTH

from tidebreak.access.ledger import Ledger
from tidebreak.access.passwords import Passwords
from tidebreak.access.people import People
from tidebreak.access.roles import Role
from tidebreak.access.sessions import Sessions
from tidebreak.access.setup import SetUp
from tidebreak.errors import UsageError
from tidebreak.store.stores import Stores

BACKENDS = BOTH

PHRASE = "correct horse battery"


@pytest.fixture
def people(ledger: Ledger) -> People:
    return People(ledger)


@pytest.fixture
def desk(ledger: Ledger, passwords: Passwords) -> SetUp:
    return SetUp(ledger, passwords)


@pytest.fixture
def invitation(people: People) -> str:
    return people.add("ann", frozenset({Role.ANALYST}), "uid 0")


def code(desk: SetUp, invitation: str, clock) -> str:
    return pyotp.TOTP(desk.begin(invitation).secret).at(int(clock.now))


def test_an_invitation_is_good_once(desk, invitation, clock, people, ledger, told):
    invited = desk.begin(invitation)
    assert invited.name == "ann"
    assert pyotp.parse_uri(invited.uri).secret == invited.secret
    recovery = desk.finish(invitation, PHRASE, code(desk, invitation, clock))
    assert len(recovery) == 10
    assert people.named("ann").state(ledger.now) == "active"
    assert told()[-1] == ("access.person.set-up", "person ann", "ann")
    with pytest.raises(UsageError, match="invitation"):
        desk.begin(invitation)


def test_what_is_wrong_leaves_the_invitation_good(desk, invitation, clock, people, ledger):
    right = code(desk, invitation, clock)
    wrong = f"{(int(right) + 1) % 10**6:06}"
    for password, shown in ((PHRASE, wrong), ("short", right), ("", "")):
        with pytest.raises(UsageError):
            desk.finish(invitation, password, shown)
    assert people.named("ann").state(ledger.now) == "invited"
    desk.finish(invitation, PHRASE, right)


def test_an_invitation_ends(desk, invitation, clock, people):
    for bad in ("", invitation[:-1], invitation.upper()):
        with pytest.raises(UsageError, match="invitation"):
            desk.begin(bad)
    newer = people.reset("ann", "uid 0")
    with pytest.raises(UsageError, match="invitation"):
        desk.begin(invitation)
    desk.begin(newer)
    people.disable("ann", "uid 0", "left")
    with pytest.raises(UsageError, match="invitation"):
        desk.begin(newer)
    people.enable("ann", "uid 0")
    clock.now += 3 * 86400
    with pytest.raises(UsageError, match="invitation"):
        desk.begin(newer)


def test_secrets_are_sealed_at_rest(desk, invitation, clock, files: Stores):
    secret = desk.begin(invitation).secret
    recovery = desk.finish(invitation, PHRASE, code(desk, invitation, clock))
    written = b"".join(path.read_bytes() for path in files.home.iterdir())
    for text in (
        secret,
        invitation,
        PHRASE,
        *recovery,
        *(one.replace("-", "") for one in recovery),
    ):
        assert text.encode() not in written
    assert base64.b32decode(secret) not in written


def test_a_password_is_changed_by_who_knows_the_old_one(desk, invitation, clock, people, ledger):
    desk.finish(invitation, PHRASE, code(desk, invitation, clock))
    id = people.named("ann").id
    session = Sessions(ledger).begin(id)
    for old, new in (("wrong" * 3, "another long one"), (PHRASE, "short")):
        with pytest.raises(UsageError):
            desk.change_password(id, old, new)
    assert Sessions(ledger).principal(session.cookie)
    desk.change_password(id, PHRASE, "another long one")
    assert Sessions(ledger).principal(session.cookie) is None
    desk.change_password(id, "another long one", PHRASE)


def test_new_recovery_codes_take_the_place_of_the_old(desk, invitation, clock, people, ledger):
    first = desk.finish(invitation, PHRASE, code(desk, invitation, clock))
    second = desk.renew_recovery(people.named("ann").id, "ann")
    assert not set(first) & set(second)
    assert ledger.sql.rows("SELECT count(*) FROM recovery") == [(10,)]
