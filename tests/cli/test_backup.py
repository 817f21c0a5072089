from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from tidebreak.cli.app import app


def run(*arguments: object) -> str:
    done = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert done.exit_code == 0, done.output
    return done.output


def test_there_and_back_again(installation, tmp_path: Path):
    target, home, key = tmp_path / "b.zip", installation.home, tmp_path / "safe" / "key"
    told = run("--home", home, "backup", target)
    assert "2 stores" in told
    assert "THE KEYS ARE NOT IN IT" in told
    told = run("--home", home, "backup", tmp_path / "c.zip", "--with-key", key)
    assert "keep them apart" in told
    told = run("restore", target, "--home", tmp_path / "new", "--key-file", key)
    assert "unbroken audit log" in told
    assert "No lists" in run("--home", tmp_path / "new", "lists")
