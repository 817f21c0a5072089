from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidebreak.access.limits import Limits
from tidebreak.access.records import (
    ApiKey,
    Person,
    Scope,
    Secret,
    checked_name,
    later,
    parse_network,
    roles_of,
    roles_text,
)
from tidebreak.access.roles import GRANTS, Permission, Role
from tidebreak.errors import UsageError
from tidebreak.screens import Surface

NOW = "2026-06-01T00:00:00+00:00"


def key(expires: str, revoked: str = "") -> ApiKey:
    secrets = () if revoked else (Secret("a", NOW, expires),)
    return ApiKey("i", "shop", Scope(frozenset({Role.PLATFORM})), NOW, revoked, "", "", secrets)


def person(**more: object) -> Person:
    values = dict.fromkeys(("disabled_at", "disabled_why", "invited_to", "issuer"), "")
    return Person(
        **{"id": "i", "name": "ann", "roles": frozenset({Role.ANALYST}), "made_at": NOW,
           "has_password": False, **values, **more}
    )  # fmt: skip


@settings(deadline=None)
@given(
    st.frozensets(st.sampled_from(Role), min_size=1),
    st.frozensets(st.text(max_size=8), max_size=3),
    st.frozensets(st.sampled_from(Surface)),
    st.integers(1, 10**9),
)
def test_a_scope_survives_being_written(roles, lists, surfaces, per_day):
    scope = Scope(roles, lists=lists, surfaces=surfaces, networks=("10.0.0.0/8",),
                  limits=Limits(per_day=per_day))  # fmt: skip
    assert Scope.from_text(scope.to_text()) == scope


def test_permissions_are_only_ever_narrowed():
    roles = frozenset({Role.PLATFORM})
    assert Scope(roles).permissions == GRANTS[Role.PLATFORM]
    assert Scope(roles, frozenset({Permission.MATCH})).permissions == {Permission.MATCH}
    for bad in (Scope(frozenset()), Scope(roles, frozenset({Permission.ACCESS})),
                Scope(roles, frozenset({Permission.MATCH, Permission.ACCESS}))):  # fmt: skip
        with pytest.raises(UsageError):
            bad.checked()


@pytest.mark.parametrize("text", ["", "10.0.0.1/8", "10.0.0.0/33", "example.org", "::/129"])
def test_a_network_is_written_exactly(text):
    with pytest.raises(UsageError, match="192"):
        parse_network(text)


def test_the_states_of_a_key():
    assert key("").state(NOW) == "active"
    assert key(later(NOW, 31)).state(NOW) == "active"
    assert key(later(NOW, 30)).state(NOW) == "expires soon"
    assert key(NOW).state(NOW) == "expired"
    assert key("", NOW).state(NOW) == "revoked"
    assert key("").principal.actor == "key shop"


def test_the_states_of_a_person():
    assert person(has_password=True).state(NOW) == "active"
    assert person(issuer="https://a").state(NOW) == "active"
    assert person(invited_to=later(NOW, 1)).state(NOW) == "invited"
    assert person(invited_to=NOW).state(NOW) == "invitation expired"
    assert person(has_password=True, disabled_at=NOW).state(NOW) == "disabled"


@pytest.mark.parametrize("name", ["", " a", "a\n", "a\x1b[1m", "a" * 101])
def test_names_are_plain(name):
    with pytest.raises(UsageError, match="A key needs a name"):
        checked_name(name, "A key")


def test_roles_are_kept_as_one_text():
    roles = frozenset({Role.REVIEWER, Role.ANALYST})
    assert roles_text(roles) == "analyst,reviewer"
    assert roles_of(roles_text(roles)) == roles
    assert roles_of("") == frozenset()
