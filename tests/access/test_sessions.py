from __future__ import annotations

import pytest
from tests.backends import BOTH

from tidebreak.access.ledger import Ledger
from tidebreak.access.people import People
from tidebreak.access.roles import Permission, Role
from tidebreak.access.sessions import (
    COOKIE,
    COOKIE_ATTRIBUTES,
    IDLE_SECONDS,
    LONGEST_SECONDS,
    Session,
    Sessions,
)
from tidebreak.store.stores import Stores

BACKENDS = BOTH

ROLES = frozenset({Role.REVIEWER})


@pytest.fixture
def sessions(ledger: Ledger) -> Sessions:
    return Sessions(ledger)


@pytest.fixture
def people(ledger: Ledger) -> People:
    return People(ledger)


@pytest.fixture
def session(people: People, sessions: Sessions) -> Session:
    people.add("ann", ROLES, "uid 0")
    begun = sessions.begin(people.named("ann").id)
    assert begun is not None
    return begun


def test_a_session_is_somebody_s(sessions: Sessions, session: Session, files: Stores):
    found = sessions.principal(session.cookie)
    assert found == session.principal
    assert (found.name, found.person, found.actor) == ("ann", True, "person ann")
    assert found.may(Permission.VERDICTS_REVIEW)
    assert sessions.principal(session.cookie + "a") is None
    assert sessions.principal("") is None
    written = b"".join(path.read_bytes() for path in files.home.iterdir())
    assert session.cookie.encode() not in written
    assert session.cookie not in repr(session)


def test_a_session_ends_after_a_while_without_use(sessions, session, clock):
    for _ in range(3):
        clock.now += IDLE_SECONDS - 61
        assert sessions.principal(session.cookie)
    clock.now += IDLE_SECONDS + 1
    assert sessions.principal(session.cookie) is None


def test_a_session_ends_after_half_a_day_whatever_is_done(sessions, session, clock):
    for _ in range(LONGEST_SECONDS // 1200):
        clock.now += 1200
        assert sessions.principal(session.cookie)
    clock.now += 1200
    assert sessions.principal(session.cookie) is None


def test_roles_count_at_once_and_whoever_is_disabled_is_out(people, sessions, session):
    people.set_roles("ann", frozenset({Role.ANALYST}), "uid 0")
    assert not sessions.principal(session.cookie).may(Permission.VERDICTS_REVIEW)
    people.disable("ann", "uid 0", "left")
    assert sessions.principal(session.cookie) is None
    assert sessions.begin(people.named("ann").id) is None
    people.enable("ann", "uid 0")
    assert sessions.principal(session.cookie) is None, "an ended session stays ended"
    assert sessions.begin(people.named("ann").id)


def test_a_session_is_ended(sessions: Sessions, session: Session, people: People):
    other = sessions.begin(people.named("ann").id)
    sessions.end(session.cookie)
    assert sessions.principal(session.cookie) is None
    assert other is not None
    assert sessions.principal(other.cookie)


def test_what_changes_something_needs_the_session_s_own_token(sessions, session, people):
    other = sessions.begin(people.named("ann").id)
    assert sessions.is_csrf(session.cookie, session.csrf)
    for token in ("", session.csrf[:-1], other.csrf, session.cookie, "\udcff"):
        assert not sessions.is_csrf(session.cookie, token)


def test_the_cookie_is_for_this_host_over_tls_and_no_script():
    assert COOKIE.startswith("__Host-")
    for needed in ("Path=/", "Secure", "HttpOnly", "SameSite=Strict"):
        assert needed in COOKIE_ATTRIBUTES.split("; ")
