from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tidebreak.cli.app import app
from tidebreak.errors import Damaged, UsageError
from tidebreak.gates import alone
from tidebreak.gates.alone import Elsewhere
from tidebreak.gates.keeping import Keeper
from tidebreak.installation import Tidebreak
from tidebreak.model import Level, State
from tidebreak.screens import Action, Decision, Origin, Screened
from tidebreak.spool import Spool


def run(home: Path, *arguments: object) -> str:
    line = ["--home", str(home), "gate", *(str(each) for each in arguments)]
    result = CliRunner().invoke(app, line)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What would have been started."""
    found: list[tuple[Any, ...]] = []
    monkeypatch.setattr(alone, "run", lambda *arguments: found.append(arguments))
    return found


def test_options_are_settings_and_go_before_those_of_a_file(
    installation: Tidebreak, tmp_path: Path, started: list[tuple[Any, ...]]
):
    (tmp_path / "settings.toml").write_text('surface = "public"\nconnections = 7\n')
    run(
        installation.home, "clamd", "--on-failure", "closed", "--listen", "127.0.0.1:3310",
        "--surface", "hosting", "--root", tmp_path, "--report", "--keep", tmp_path / "kept",
        "--settings", tmp_path / "settings.toml",
    )  # fmt: skip
    [(name, values, spool, asked)] = started
    assert (name, spool) == ("clamd", installation.home / "spool")
    assert isinstance(asked, Tidebreak)
    assert values == {
        "on_failure": "closed", "listen": "127.0.0.1:3310", "surface": "hosting",
        "roots": [str(tmp_path)], "on_refusal": "report", "keep": f"{tmp_path}/kept",
        "connections": 7,
    }  # fmt: skip


def test_a_service_elsewhere_needs_no_installation(tmp_path: Path, started: list[tuple[Any, ...]]):
    arguments = ("--server", "https://screen.example", "--key-file", "key", "--ca", "ca.pem")
    run(tmp_path / "none", "icap", "--on-failure", "open", *arguments)
    run(tmp_path / "none", "hooks", "--token-file", "token", *arguments)
    expected = Elsewhere("https://screen.example", Path("key"), Path("ca.pem"))
    assert [asked for *_, asked in started] == [expected, expected]
    assert [values for _, values, *_ in started] == [
        {"on_failure": "open"}, {"token_file": "token"},
    ]  # fmt: skip


def test_half_a_service_and_options_of_other_gates_are_refused(installation: Tidebreak):
    for half in (("--server", "https://x"), ("--key-file", "key")):
        with pytest.raises(UsageError, match="needs both"):
            run(installation.home, "icap", *half)
    with pytest.raises(UsageError, match="put it behind"):
        run(installation.home, "--on-failure", "open", "icap")


def test_the_fail_mode_must_be_stated(tmp_path: Path):
    key = tmp_path / "key"
    key.write_text("tb_id_secret\n")
    key.chmod(0o600)
    with pytest.raises(UsageError, match="on_failure must be stated"):
        run(tmp_path, "icap", "--server", "http://127.0.0.1:1", "--key-file", key)


def test_settings_that_cannot_be_read_are_one_sentence(installation: Tidebreak, tmp_path: Path):
    (tmp_path / "settings.toml").write_text("= nonsense")
    for name in ("settings.toml", "missing.toml"):
        with pytest.raises(UsageError, match=name):
            run(installation.home, "icap", "--settings", tmp_path / name)


def test_a_copy_is_listed_and_comes_back_for_a_stated_reason(
    installation: Tidebreak, tmp_path: Path
):
    decision = Decision(Action.BLOCK, "rule", "why")
    screened = Screened("01ABC", "2026-01-01T00:00:00Z", Origin(client="clamd"), State.MATCHED,
                        Level.EXACT, decision, (), "7")  # fmt: skip
    with Spool(tmp_path, 10) as content:
        content.write(b"benign")
        Keeper(tmp_path / "kept", installation.vault).keep(content, screened)
    assert "01ABC" in run(installation.home, "kept", tmp_path / "kept")
    copy, out = tmp_path / "kept" / "01ABC.kept", tmp_path / "out"
    with pytest.raises(UsageError, match="--reason"):
        run(installation.home, "restore", copy, "--to", out, "--reason", " ")
    run(installation.home, "restore", copy, "--to", out, "--reason", "asked for by the police")
    assert out.read_bytes() == b"benign"
    assert out.stat().st_mode & 0o777 == 0o600
    last = list(installation.audit.events())[-1]
    assert (last.action, last.object) == ("gate.restore", "01ABC")
    with pytest.raises(UsageError):
        run(installation.home, "restore", copy, "--to", out, "--reason", "again")
    copy.write_bytes(copy.read_bytes()[:-1])
    with pytest.raises(Damaged):
        run(installation.home, "restore", copy, "--to", tmp_path / "other", "--reason", "again")
    assert not (tmp_path / "other").exists()
