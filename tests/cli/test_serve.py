from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from tidebreak.cli.app import app
from tidebreak.installation import Tidebreak
from tidebreak.service.config import FILE, ServiceConfig, load, parsed


def run(home: Path, *arguments: str):
    return CliRunner().invoke(app, ["--home", str(home), "serve", *arguments])


def test_what_is_in_force_is_shown(installation: Tidebreak):
    (installation.home / FILE).write_text("[intake]\nupload_bytes = 77\n")
    result = run(installation.home, "--check", "--port", "0")
    assert result.exit_code == 0
    config = parsed(result.output, "output")
    assert (config.intake.upload_bytes, config.listen.port) == (77, 0)


def test_a_file_that_explains_itself_is_written_once(installation: Tidebreak):
    assert run(installation.home, "--init").exit_code == 0
    assert load(installation.home) == ServiceConfig()
    again = run(installation.home, "--init")
    assert "there already" in str(again.exception)


@pytest.mark.parametrize(
    "arguments", [("--host", "0.0.0.0"), ("--tls-cert", "c"), ("--host", "192.0.2.1")]
)
def test_nothing_is_served_that_others_could_read(
    installation: Tidebreak, arguments: tuple[str, ...]
):
    result = run(installation.home, "--port", "0", *arguments)
    assert result.exit_code != 0
    assert "TLS" in str(result.exception)


def test_a_broken_file_is_told(installation: Tidebreak):
    (installation.home / FILE).write_text("[listn]")
    assert "listn" in str(run(installation.home, "--check").exception)


def test_a_check_refuses_gates_that_could_not_start(installation: Tidebreak):
    token = installation.home / "token"
    token.write_text("a token of the gate's own\n")
    token.chmod(0o644)
    hooks = f'[gates.hooks]\non_failure = "closed"\ntoken_file = "{token}"\n'
    for text, why in (
        ('[gates.mine]\non_failure = "closed"\n', "needs a kind"),
        ('[gates.clamd]\n', "on_failure must be stated"),
        ('[gates.hma]\nlists = 7\n', "'lists' must be a list of texts"),
        (hooks, "600"),
    ):  # fmt: skip
        (installation.home / FILE).write_text(text)
        assert why in str(run(installation.home, "--check").exception)
    token.chmod(0o600)
    assert run(installation.home, "--check").exit_code == 0
