from __future__ import annotations

import subprocess
import sys
import time

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


def test_a_revocation_at_the_command_line_counts_in_a_running_service(installation: Tidebreak):
    with open_access(installation) as access:
        made = access.keys.add("shop", Scope(frozenset({Role.PLATFORM})), "uid 0")
    with open_gatekeeper(installation) as gatekeeper:
        assert gatekeeper.admit(made.text)
        command = ("access", "key", "revoke", "shop", "--reason", "leaked")
        subprocess.run(
            [sys.executable, "-m", "tidebreak", "--home", installation.home, *command],
            check=True, capture_output=True, timeout=60,
        )  # fmt: skip
        ended = time.monotonic()
        while gatekeeper.admit(made.text):
            assert time.monotonic() < ended + 1
            time.sleep(0.01)


def test_another_installation_knows_no_key(installation: Tidebreak, tmp_path):
    with open_access(installation) as access:
        made = access.keys.add("shop", Scope(frozenset({Role.PLATFORM})), "uid 0")
    with (
        Tidebreak.create(tmp_path / "other", tmp_path / "other.key") as other,
        open_gatekeeper(other) as gatekeeper,
    ):
        assert gatekeeper.admit(made.text) is None
    assert installation.access_key != other.access_key
