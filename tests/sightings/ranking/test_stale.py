from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.sightings.made import ranking

from tidebreak.errors import UsageError
from tidebreak.sightings.ranking.exclusions import exclude, version
from tidebreak.sightings.ranking.stale import refuse_other_machines, stale


def test_what_has_changed_is_named_once_and_only_that(opened, audit, tmp_path: Path):
    made = replace(ranking(1), exclusions=version(opened()))
    assert stale(made, made.list_version, opened()) == ""
    refuse_other_machines(made, opened())
    rest = "have changed since this was ranked; rank again."
    assert stale(made, "42", opened()) == f"The lists {rest}"
    (tmp_path / "ours.txt").write_text("192.0.2.0/24\n")
    exclude(opened(), tmp_path / "ours.txt", "ours", audit, "tester")
    machines = f"he machines that are never ranked {rest}"
    assert stale(made, made.list_version, opened()) == f"T{machines}"
    assert stale(made, "42", opened()) == f"The lists and t{machines}"
    with pytest.raises(UsageError, match=rest):
        refuse_other_machines(made, opened())


def test_the_same_machines_listed_again_change_nothing(opened, audit, tmp_path: Path):
    (tmp_path / "ours.txt").write_text("192.0.2.0/24\n")
    exclude(opened(), tmp_path / "ours.txt", "ours", audit, "tester")
    before = version(opened())
    exclude(opened(), tmp_path / "ours.txt", "still ours", audit, "tester")
    assert version(opened()) == before
