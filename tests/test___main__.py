from __future__ import annotations

import subprocess
import sys
from pathlib import Path


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


def test_help_does_not_load_what_is_slow():
    slow = {"numpy", "numba", "PIL", "sqlite3", "rich"}
    code = f"import sys, tidebreak.cli.app; print({slow} & set(sys.modules))"
    assert run(code=code).stdout.strip() == "set()"
