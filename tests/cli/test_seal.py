from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.cli.conftest import Run
from tests.seal.sealed_helper import digest

from tidebreak.errors import NotInstalled, UsageError

NUMBERS = range(10)


@pytest.fixture
def sealed(run: Run, tmp_path: Path) -> Run:
    """An installation with a list, and the key of a sealed server."""
    run("init")
    (tmp_path / "list.txt").write_text("".join(f"{digest(n)}\n" for n in NUMBERS))
    run("lists", "import", "list.txt", "--name", "list", "--kind", "contraband", "--format",
        "sha256")  # fmt: skip
    run("seal", "init")
    return run


def test_the_key_is_made_once_and_audited(sealed: Run, tmp_path: Path):
    assert (tmp_path / "key.oprf.key").exists()
    with pytest.raises(UsageError, match="never overwritten"):
        sealed("seal", "init")
    assert "seal.init" in sealed("audit", "show").output


def test_without_a_key_nothing_is_served(run: Run):
    run("init")
    for command in (["seal", "status"], ["seal", "operators"], ["seal", "serve"]):
        with pytest.raises(NotInstalled, match="seal init"):
            run(*command)


def test_a_key_may_lie_elsewhere(run: Run, tmp_path: Path):
    run("init")
    place = tmp_path / "elsewhere"
    shown = run("seal", "init", "--key-file", place).output
    status = json.loads(run("seal", "status", "--key-file", place, "--json").output)
    assert status["public_key"] in shown
    assert status["values"] == 0


def test_operators_are_added_shown_and_revoked(sealed: Run, tmp_path: Path):
    sealed("seal", "operators", "add", "One", "--out", "token", "--per-day", "500")
    (line,) = sealed("seal", "operators", "list", "--json").output.splitlines()
    shown = json.loads(line)
    assert (shown["name"], shown["state"], shown["limits"]["per_day"]) == ("One", "active", 500)
    assert (tmp_path / "token").read_text().split(".")[3].strip() not in line
    assert "One" in sealed("seal", "operators").output
    sealed("seal", "operators", "revoke", "One", "--reason", "test")
    assert "revoked" in sealed("seal", "operators").output
    status = json.loads(sealed("seal", "status", "--json").output)
    assert (status["operators"], status["active"], status["values"]) == (1, 0, len(NUMBERS))
    assert "values: 10" in sealed("seal", "status").output


def test_a_token_is_never_written_over_another_file(sealed: Run, tmp_path: Path):
    (tmp_path / "token").write_text("mine")
    with pytest.raises(UsageError, match="new file"):
        sealed("seal", "operators", "add", "One", "--out", "token")
    assert (tmp_path / "token").read_text() == "mine"
    assert "One" not in sealed("seal", "operators").output
