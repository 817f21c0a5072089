from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from tests.seal.local_helper import known
from typer.testing import CliRunner

from tidebreak.cli import seal_store
from tidebreak.errors import UsageError
from tidebreak.seal.local.client import LocalStore

APP = typer.Typer()
for command in (seal_store.issue, seal_store.store, seal_store.trace):
    APP.command()(command)

_STORE = "from tests.cli.test_seal_store import APP; APP()"


@pytest.fixture
def sealed(run, tmp_path: Path):
    """Runs one of the commands; there is a list of the numbers below 20."""
    run("init")
    (tmp_path / "list").write_text("".join(f"sha256:{known(n).text}\n" for n in range(20)))
    run("lists", "import", "list", "--name", "known", "--kind", "contraband")
    (tmp_path / "keys").mkdir()

    def invoke(*arguments: object, code: int = 0) -> str:
        result = CliRunner().invoke(APP, [str(a) for a in arguments])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == code, result.output
        return result.output

    return invoke


ISSUE = ("issue", "small-index", "--out", "store", "--key-file", "keys/store", "--work", 1)


def test_a_store_is_issued_asked_and_traced(sealed, tmp_path: Path):
    said = sealed(*ISSUE, "--per-day", 1 << 31)
    assert "20 identifiers" in said
    assert "expires: 20" in said
    arguments = ["store", "store", "--key-file", "keys/store", "--socket", "socket"]
    with subprocess.Popen(
        [sys.executable, "-c", _STORE, *arguments],
        cwd=tmp_path, stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
    ) as process:  # fmt: skip
        assert process.stderr is not None
        assert b"answers; expires: 20" in process.stderr.readline()
        assert b"landlock" in process.stderr.readline()
        answers = LocalStore(tmp_path / "socket").ask([[known(n)] for n in (3, 30)])
        assert [answer.known for answer in answers] == [True, False]
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
        assert process.stderr.read() == b""
    said = sealed("trace", "store", code=1)
    assert "small-index" in said
    assert "256 of 256" in said


def test_everything_can_be_had_as_json(sealed):
    made = json.loads(sealed(*ISSUE, "--days", 0, "--json"))
    assert (made["operator"], made["identifiers"], made["expires"]) == ("small-index", 20, None)
    found = json.loads(sealed("trace", "store", "--json", code=1))
    assert (found["operator"], found["issue"]) == ("small-index", made["issue"])
    assert (found["found"], found["of"]) == (256, 256)
    assert found["chance_log2"] < -5000


def test_a_copy_of_somebody_else_is_nobodys(sealed, run, tmp_path: Path, monkeypatch):
    sealed(*ISSUE)
    monkeypatch.setenv("TIDEBREAK_KEY_FILE", str(tmp_path / "other-key"))
    run("--home", tmp_path / "other", "init")
    assert "not issued here" in sealed("trace", "store")


def test_nothing_is_overwritten(sealed):
    sealed(*ISSUE)
    with pytest.raises(UsageError, match="never overwritten"):
        sealed(*ISSUE)
