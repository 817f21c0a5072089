from __future__ import annotations

import subprocess
import sys

import pytest

TRIES = {
    "reading": "open('/etc/hostname')",
    "writing": "open('/tmp/x', 'w')",
    "a socket": "socket.socket()",
    "another's socket": "socket.socket(socket.AF_UNIX).connect('/x')",
    "a process": "os.fork()",
    "a program": "os.execv('/bin/true', ['true'])",
    "a signal": "os.kill(os.getppid(), 0)",
    "privileges": "os.setuid(1)",
}

_TRY = """
import hashlib, os, socket
from tidebreak.seal.local.lockdown import lock_down, refuse_dumps
refuse_dumps()
posture = lock_down(64)
print(posture.level, flush=True)
try:
    {}
except OSError as error:
    print("refused", flush=True)
else:
    print("done", flush=True)
"""


def tried(action: str) -> tuple[int, str, int]:
    """Return level, what was printed, and how the process ended."""
    ran = subprocess.run(
        [sys.executable, "-c", _TRY.format(action)], capture_output=True, text=True
    )
    level, *rest = ran.stdout.split()
    return int(level), " ".join(rest), ran.returncode


@pytest.mark.parametrize("what", TRIES)
def test_a_locked_down_store_can_do_nothing_but_answer(what):
    level, said, code = tried(TRIES[what])
    if level < 3:
        pytest.skip("this machine has neither Landlock nor seccomp")
    assert said == "refused" or code == -31


def test_what_it_has_it_keeps():
    work = "[os.getrandom(8), os.getpid(), hashlib.scrypt(b'', salt=b'', n=2, r=8, p=1)]"
    assert tried(work)[1:] == ("done", 0)


def test_a_file_for_what_it_says_takes_that_and_no_more(tmp_path):
    said = tmp_path / "log"
    said.write_bytes(b"x" * 100_000)
    with said.open("ab") as stream:
        code = _TRY.format("os.write(2, b'ready'); os.write(2, bytes(10_000)); os.write(2, b'y')")
        ran = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=stream)
    assert b"refused" in ran.stdout
    assert said.read_bytes()[100_000:].startswith(b"ready")
    assert said.stat().st_size < 105_000
