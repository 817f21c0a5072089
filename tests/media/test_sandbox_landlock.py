from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tidebreak.media import sandbox_landlock

SOURCE = Path(sandbox_landlock.__file__).parents[2]

try:
    ABI = sandbox_landlock.version()
except OSError:
    ABI = 0


def restricted(tmp_path: Path, attempt: str, more: str = "") -> str:
    """Return what a process says that may read below ``tmp_path / "mine"`` only."""
    Path(tmp_path, "mine").mkdir()
    Path(tmp_path, "mine/a").write_text("mine")
    Path(tmp_path, "yours").write_text("yours")
    script = (
        f"import sys; sys.path.append({str(SOURCE)!r})\n"
        "import os, socket\n"
        "from tidebreak.media import sandbox_landlock\n"
        "from tidebreak.media.sandbox_libc import PR_SET_NO_NEW_PRIVS, prctl\n"
        f"folder = {str(tmp_path)!r}\n"
        "kept = open(folder + '/yours')\n"
        "prctl(PR_SET_NO_NEW_PRIVS, 1)\n"
        f"sandbox_landlock.restrict([folder + '/mine', '/no/such/folder']{more})\n"
        "try:\n"
        f"    print({attempt})\n"
        "except OSError as error:\n"
        "    print('refused', error.errno)\n"
    )
    done = subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, check=True)
    return done.stdout.decode().strip()


@pytest.mark.skipif(not ABI, reason="this kernel has no Landlock")
@pytest.mark.parametrize(
    ("attempt", "said"),
    [
        ("open(folder + '/mine/a').read()", "mine"),
        ("os.listdir(folder + '/mine')", "['a']"),
        ("kept.read()", "yours"),
        ("open(folder + '/yours').read()", "refused 13"),
        ("os.listdir(folder)", "refused 13"),
        ("open(folder + '/mine/a', 'w')", "refused 13"),
        ("open(folder + '/mine/new', 'w')", "refused 13"),
        ("os.unlink(folder + '/mine/a')", "refused 13"),
        ("os.mkdir(folder + '/mine/b')", "refused 13"),
        ("open('/proc/self/fd/0').read()", "refused 13"),
        ("os.kill(os.getppid(), 0)", "refused 1" if ABI >= 6 else "None"),
        (
            "socket.socket().connect(('127.0.0.1', 9))",
            "refused 13" if ABI >= 4 else "refused 111",
        ),
    ],
)
def test_reading_below_one_folder_and_nothing_else(tmp_path: Path, attempt: str, said: str):
    assert restricted(tmp_path, attempt) == said


@pytest.mark.skipif(not ABI, reason="this kernel has no Landlock")
def test_a_receiver_keeps_the_network(tmp_path: Path):
    attempt = "socket.socket().connect(('127.0.0.1', 9))"
    assert restricted(tmp_path, attempt, ", network=True") == "refused 111"


@pytest.mark.skipif(not ABI, reason="this kernel has no Landlock")
@pytest.mark.parametrize(("more", "said"), [("", "refused 13"), (", programs=True", "ran")])
def test_programs_run_only_where_that_is_left(tmp_path: Path, more: str, said: str):
    system = " + ['/bin', '/usr/bin', '/lib', '/lib64', '/usr/lib']"
    attempt = "os.execv('/bin/echo', ['echo', 'ran'])"
    assert restricted(tmp_path, attempt, system + more) == said
