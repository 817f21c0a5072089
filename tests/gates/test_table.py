from __future__ import annotations

import ipaddress
from pathlib import Path

import pytest

from tidebreak.errors import UsageError
from tidebreak.gates.content_policy import ContentPolicy, OnRefusal
from tidebreak.gates.policy import OnFailure
from tidebreak.gates.table import Table
from tidebreak.screens import Action, Surface


def test_a_policy_is_what_was_stated():
    table = Table("gate", {
        "on_failure": "open", "surface": "hosting", "jurisdiction": "EU", "refuse_from": "block",
        "on_refusal": "report", "most_bytes": 7, "in_flight_bytes": 9,
        "seconds": 2,
    })  # fmt: skip
    assert table.policy() == ContentPolicy(
        OnFailure.OPEN, Surface.HOSTING, "EU", Action.BLOCK, OnRefusal.REPORT, 7, 9, 2
    )
    table.end()


def test_the_fail_mode_must_be_stated():
    with pytest.raises(UsageError, match="on_failure must be stated, one of: closed, open"):
        Table("gate", {}).policy()


@pytest.mark.parametrize(
    ("key", "value"),
    [("on_failure", "maybe"), ("on_failure", True), ("surface", "here"), ("most_bytes", "7"),
     ("most_bytes", True), ("most_bytes", 1.5), ("most_bytes", 0), ("seconds", -1),
     ("jurisdiction", 4), ("refuse_from", 1)],
)  # fmt: skip
def test_what_is_wrong_is_named(key: str, value: object):
    with pytest.raises(UsageError, match=f"'gate', {key} must be"):
        Table("gate", {"on_failure": "closed", key: value}).policy()


def test_a_word_that_is_spelt_wrong_is_not_overlooked():
    table = Table("gate", {"on_failure": "closed", "on_faliure": "open"})
    table.policy()
    with pytest.raises(UsageError, match="no setting on_faliure"):
        table.end()


def test_folders_are_there_and_absolute(tmp_path: Path):
    assert Table("gate", {"roots": [str(tmp_path)]}).folders("roots") == (tmp_path,)
    for wrong in (["here"], [str(tmp_path / "not")], "here", [1]):
        with pytest.raises(UsageError, match="roots must be"):
            Table("gate", {"roots": wrong}).folders("roots")


def test_networks_are_networks():
    table = Table("gate", {"networks": ["10.0.0.0/8", "fd00::/8"]})
    assert table.networks("networks") == (
        ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("fd00::/8"),
    )  # fmt: skip
    with pytest.raises(UsageError, match="networks must be"):
        Table("gate", {"networks": ["10.0.0.1/8"]}).networks("networks")


def test_a_text_without_a_default_must_be_there():
    with pytest.raises(UsageError, match="kind must be a text"):
        Table("gate", {}).text("kind")
