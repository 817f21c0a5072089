from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


def run(*arguments: str, code: str = "") -> subprocess.CompletedProcess[str]:
    start = ["-c", code] if code else ["-m", "tidebreak"]
    return subprocess.run(
        [sys.executable, *start, *arguments], capture_output=True, text=True, check=False
    )


def test_the_module_is_the_command_line(tmp_path: Path):
    assert run("--help").returncode == 0
    done = run("--home", str(tmp_path), "lists")
    assert done.returncode == 2
    assert done.stderr.startswith("tidebreak: There is no installation at")
    assert "Traceback" not in done.stderr


def test_a_mistake_of_ours_does_not_look_like_a_recognition():
    code = (
        "import tidebreak.cli.app as a, tidebreak.cli as c\n"
        "def broken(): raise ZeroDivisionError\n"
        "a.app = broken\n"
        "c.main()\n"
    )
    done = run(code=code)
    assert done.returncode == 2
    assert "please report it" in done.stderr


@pytest.mark.parametrize(
    ("raised", "said"),
    [
        ("KeyboardInterrupt", "tidebreak: interrupted\n"),
        ("BrokenPipeError(32, 'Broken pipe')", ""),
        (
            "OSError(28, 'No space left on device', '/a')",
            "tidebreak: No space left on device: /a; ",
        ),
        ("EOFError", "Traceback"),
    ],
)
def test_no_stop_looks_like_a_recognition(raised: str, said: str):
    """Typer itself would exit with 1 or 130."""
    code = (
        "import sys, tidebreak.cli.doctor as d, tidebreak.cli as c\n"
        f"def stop(**_): raise {raised}\n"
        "d.run = stop\n"
        "sys.argv = ['tidebreak', 'doctor']\n"
        "c.main()\n"
    )
    done = run(code=code)
    assert done.returncode == 2
    assert done.stderr.startswith(said)
    assert bool(done.stderr) == bool(said)


@pytest.mark.parametrize("redirect", ["> /dev/full", "| true", ">&-"])
def test_output_that_nobody_gets_is_no_success(redirect: str):
    script = f"set -o pipefail; {sys.executable} -m tidebreak --help {redirect}"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == (0 if redirect == ">&-" else 2)
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


def test_help_does_not_load_what_is_slow():
    slow = {"numpy", "numba", "PIL", "sqlite3", "rich"}
    code = f"import sys, tidebreak.cli.app; print({slow} & set(sys.modules))"
    assert run(code=code).stdout.strip() == "set()"
