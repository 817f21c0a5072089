"""The probes: each does what it says where nothing hinders it, and every end has its words."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tidebreak.media import sandbox_probes

SOURCE = str(Path(sandbox_probes.__file__).parents[2])
START = "import sys; sys.path.append(sys.argv[2])\nfrom {} import attempt\n"
FREE = (
    START
    + "from tidebreak.media import sandbox_probes\n"
    + "sandbox_probes.lock_down, sandbox_probes.GIB = (lambda limits: None), 1000\n"
    + "attempt(sys.argv[1])"
)
"""A probe without any sandbox, in which memory is counted in little units."""

LIMITS_ONLY = (
    START
    + "from tidebreak.media import sandbox_landlock, sandbox_seccomp\n"
    + "def missing(*_, **__): raise OSError(38, 'Function not implemented')\n"
    + "sandbox_landlock.restrict = sandbox_seccomp.restrict = missing\n"
    + "attempt(sys.argv[1])"
)
"""A probe on a machine that has neither Landlock nor seccomp."""


def outcome(monkeypatch, run: str, name: str = "read a file that it was not given"):
    monkeypatch.setattr(sandbox_probes, "_RUN", run)
    return sandbox_probes._outcome(name)


@pytest.mark.parametrize("name", sandbox_probes._PROBES)
def test_where_nothing_is_forbidden_every_probe_gets_through(monkeypatch, name: str):
    assert outcome(monkeypatch, FREE, name) == (False, "IT WAS NOT PREVENTED")


@pytest.mark.parametrize(
    ("name", "held"),
    [
        ("open a network socket", False),
        ("read a file that it was not given", False),
        ("list a folder", False),
        ("run a program", False),
        ("signal another process", False),
        ("write a file", True),
        ("take 100 GiB of memory", True),
    ],
)
def test_where_the_kernel_offers_little_the_self_test_says_what_is_open(
    monkeypatch, name: str, held: bool
):
    assert outcome(monkeypatch, LIMITS_ONLY, name)[0] is held


def test_calls_that_are_deadly_are_told_from_those_that_are_refused():
    ends = {name: (held, how) for name, held, how in sandbox_probes.self_test()}
    assert ends["cannot take 100 GiB of memory"] == (True, "refused")
    assert ends["cannot read a file that it was not given"] == (True, "refused")
    assert ends["cannot start a process"] == (True, "killed for trying")


def test_the_filter_kills_with_the_signal_that_the_words_rest_on():
    script = START.format(sandbox_probes.__name__) + "attempt(sys.argv[1])"
    done = subprocess.run(
        [sys.executable, "-I", "-c", script, "start a process", SOURCE],
        check=False,
    )
    assert done.returncode == -31


def test_a_probe_that_hangs_proves_nothing(monkeypatch):
    monkeypatch.setattr(sandbox_probes, "_SECONDS", 0.3)
    held, how = outcome(monkeypatch, "import time; time.sleep(60)")
    assert not held
    assert "did not end within 0.3 s" in how


def test_a_probe_that_dies_of_something_else_proves_nothing(monkeypatch):
    held, how = outcome(monkeypatch, "import os; os.abort()")
    assert (held, "exit code -6" in how) == (False, True)
    held, how = outcome(monkeypatch, "import tidebreak_is_not_there")
    assert not held
    assert how.endswith("No module named 'tidebreak_is_not_there'")


def test_a_probe_knows_nothing_of_the_environment(monkeypatch):
    monkeypatch.setenv("TIDEBREAK_TEST_SECRET", "x")
    run = "import os; raise SystemExit(repr([*sorted(os.environ), os.getcwd()]))"
    _, how = outcome(monkeypatch, run)
    # Python itself sets LC_CTYPE where the locale is C.
    assert how.endswith(("['/']", "['LC_CTYPE', '/']"))
