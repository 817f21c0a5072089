from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.conftest import Run
from tests.seal.sealed_helper import digest, serving

from tidebreak.errors import CannotAsk, UsageError

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


@pytest.mark.slow
def test_asking_a_server(sealed: Run, tmp_path: Path):
    sealed("seal", "operators", "add", "One", "--out", "token")
    lines = [f"sha256:{digest(3)}", "rubbish", f"magnet:?xt=urn:sha256:{digest(50)}", digest(4)]
    (tmp_path / "lines").write_text("\n".join(lines))
    with serving(tmp_path / "home") as running:
        asking = ("--server", running.url, "--token-file", "token", "--cache", "set")
        shown = sealed("seal", "ask", "lines", *asking, code=1).output
        assert "line 1: known\n" in shown
        assert "line 2: could not be asked" in shown
        assert "4 asked, 2 known, 1 could not be asked" in shown
        assert not [n for n in (3, 50, 4) if digest(n)[:16] in shown]
        given = f"{digest(50)}\n{digest(51)}\n"
        answers = sealed("seal", "ask", "-", *asking, "--json", given=given).output.splitlines()
        assert [json.loads(line)["answer"]["known"] for line in answers] == [False, False]
        sealed("seal", "ask", "-", *asking, code=2, given="rubbish\n")
    assert (tmp_path / "set").exists()
    with pytest.raises(CannotAsk, match="does not answer"):
        sealed("seal", "ask", "-", *asking, given=given)
    with pytest.raises(UsageError, match="cannot be read"):
        sealed("seal", "ask", "nothing", *asking)


def test_asking_a_local_store(sealed: Run, tmp_path: Path):
    (tmp_path / "keys").mkdir()
    sealed("seal", "issue", "One", "--out", "store", "--key-file", "keys/store", "--work", 1)
    given = f"sha256:{digest(3)}\nrubbish\n{digest(50)}\n"
    with subprocess.Popen(
        [sys.executable, "-m", "tidebreak", "seal", "store", "store", "--key-file", "keys/store",
         "--socket", "socket"], cwd=tmp_path, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        try:
            assert process.stderr is not None
            assert b"answers" in process.stderr.readline()
            shown = sealed("seal", "ask", "-", "--socket", "socket", code=1, given=given).output
        finally:
            process.send_signal(signal.SIGTERM)
    assert "line 1: known\n" in shown
    assert "3 asked, 1 known, 1 could not be asked" in shown
    with pytest.raises(CannotAsk, match="does not answer"):
        sealed("seal", "ask", "-", "--socket", "socket", given=given)


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["--server", "https://x.example"],
        ["--server", "https://x.example", "--token-file", "t", "--socket", "s"],
        ["--socket", "s", "--token-file", "t"],
    ],
)
def test_one_is_asked_and_with_what_it_takes(run: Run, options: list[str]):
    with pytest.raises(UsageError):
        run("seal", "ask", "-", *options, given="")
