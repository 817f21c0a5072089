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
