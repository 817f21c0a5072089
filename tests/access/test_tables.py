from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidebreak.access import tables
from tidebreak.access.api_keys import ApiKeys
from tidebreak.access.ledger import Ledger
from tidebreak.access.limits import Limits
from tidebreak.access.records import Scope
from tidebreak.access.roles import Principal, Role
from tidebreak.access.tables import Admitted
from tidebreak.screens import Surface

NOBODY = Principal("key:x", "x", frozenset())


def admitted(*networks: str) -> Admitted:
    return Admitted(b"", 0, tuple(map(ipaddress.ip_network, networks)), NOBODY)


def test_everything_that_a_key_may_do_is_in_the_tables(ledger: Ledger):
    scope = Scope(frozenset({Role.PLATFORM}), lists=frozenset({"own"}),
                  surfaces=frozenset({Surface.HOSTING}), limits=Limits(per_day=7))  # fmt: skip
    made = ApiKeys(ledger).add("shop", scope, "uid 0")
    found = tables.load(ledger)
    assert found.revision == ledger.revision()
    principal = found.secrets[made.id].principal
    assert (principal.name, principal.permissions) == ("shop", scope.permissions)
    assert principal.sees("own")
    assert not principal.sees("other")
    assert principal.at(Surface.HOSTING)
    assert not principal.at(Surface.PUBLIC)
    assert principal.limits.per_day == 7
    assert NOBODY.sees("other")
    assert NOBODY.at(Surface.PUBLIC)


@pytest.mark.parametrize(
    ("networks", "address", "inside"),
    [
        ((), "", True),
        (("10.0.0.0/8",), "10.1.2.3", True),
        (("10.0.0.0/8",), "::ffff:10.1.2.3", True),
        (("10.0.0.0/8",), "11.1.2.3", False),
        (("10.0.0.0/8", "2001:db8::/32"), "2001:db8::1", True),
        (("10.0.0.0/8",), "", False),
        (("10.0.0.0/8",), "unix", False),
        (("0.0.0.0/0",), "2001:db8::1", False),
    ],
)
def test_a_key_may_be_bound_to_networks(networks, address, inside):
    assert admitted(*networks).from_here(address) == inside


@settings(deadline=None)
@given(st.text())
def test_no_address_is_too_odd(address):
    admitted("10.0.0.0/8").from_here(address)
