from __future__ import annotations

import pytest
from typer.testing import CliRunner

from tidebreak.cli.app import app
from tidebreak.installation import Tidebreak


@pytest.mark.parametrize("command", ["check", "align"])
def test_both_are_commands_and_say_what_they_need(command):
    result = CliRunner().invoke(app, [command])
    assert result.exit_code == 2
    assert "Missing argument" in result.output


def test_a_link_is_read_from_the_command_line(installation: Tidebreak):
    (installation.home / "l.txt").write_text("ab" * 20 + "\n")
    home = ["--home", str(installation.home)]
    listed = ["lists", "import", str(installation.home / "l.txt"), "--name", "L", "--kind",
              "contraband", "--format", "btih"]  # fmt: skip
    assert CliRunner().invoke(app, [*home, *listed]).exit_code == 0
    known, unknown = (f"magnet:?xt=urn:btih:{text * 20}" for text in ("ab", "cd"))
    assert CliRunner().invoke(app, [*home, "check", known]).exit_code == 1
    assert CliRunner().invoke(app, [*home, "check", unknown]).exit_code == 0
