from __future__ import annotations

from tidebreak.access.records import Scope
from tidebreak.access.roles import Role
from tidebreak.access.start import open_access, open_gatekeeper
from tidebreak.installation import Tidebreak


def test_an_installation_has_keys_and_people(installation: Tidebreak):
    with open_access(installation) as access:
        made = access.keys.add("shop", Scope(frozenset({Role.PLATFORM})), installation.actor)
        access.people.add("ann", frozenset({Role.ADMINISTRATOR}), installation.actor)
        assert access.alarms.everything() == []
    with open_gatekeeper(installation) as gatekeeper:
        assert gatekeeper.admit(made.text)
        assert gatekeeper.trouble == ""


def test_another_installation_knows_no_key(installation: Tidebreak, tmp_path):
    with open_access(installation) as access:
        made = access.keys.add("shop", Scope(frozenset({Role.PLATFORM})), "uid 0")
    with (
        Tidebreak.create(tmp_path / "other", tmp_path / "other.key") as other,
        open_gatekeeper(other) as gatekeeper,
    ):
        assert gatekeeper.admit(made.text) is None
    assert installation.access_key != other.access_key
