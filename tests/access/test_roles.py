from __future__ import annotations

from tidebreak.access.roles import GRANTS, Permission, Principal, Role, permissions_of


def test_every_permission_is_given_by_some_role_and_no_role_has_all():
    assert permissions_of(frozenset(Role)) == frozenset(Permission)
    assert all(granted < frozenset(Permission) for granted in GRANTS.values())


def test_who_gives_out_keys_reads_no_verdicts_and_who_screens_sees_no_distances():
    assert Permission.VERDICTS_READ not in GRANTS[Role.ADMINISTRATOR]
    assert Permission.DISTANCES not in GRANTS[Role.PLATFORM]


def test_roles_add_up():
    both = permissions_of(frozenset({Role.PLATFORM, Role.AUDITOR}))
    assert Principal("1", "a", both).may(Permission.AUDIT)
    assert not Principal("1", "a", both).may(Permission.ACCESS)
    assert permissions_of(frozenset()) == frozenset()
