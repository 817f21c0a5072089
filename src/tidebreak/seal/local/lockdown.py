"""What the process of a local store gives up once it holds its key.

The ladder is that of the workers (``docs/sandbox.md``) with one difference: a store must accept
connections. It opens no socket, no file and no process once it is locked down.
"""

from __future__ import annotations

import errno
import os
import platform
import resource
import stat
from collections.abc import Callable

from tidebreak.media.sandbox import Posture, Rung
from tidebreak.media.sandbox_landlock import restrict as restrict_files
from tidebreak.media.sandbox_libc import (
    PR_SET_DUMPABLE,
    PR_SET_NO_NEW_PRIVS,
    drop_capabilities,
    prctl,
    syscall,
)
from tidebreak.media.sandbox_seccomp import restrict as restrict_calls

_MLOCKALL = {"x86_64": 151, "aarch64": 230}
_CURRENT = 1
_WORDS = 4096
"""Bytes that may be said to a file once all is given up."""


def refuse_dumps() -> None:
    """Before a key is loaded: no core file, and no other process of this user may look inside."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    prctl(PR_SET_DUMPABLE, 0)


def lock_down(descriptors: int) -> Posture:
    """Give up everything but memory, clocks and open descriptors; there is no way back.

    ``descriptors`` is how many may be open. What the machine does not offer is in the result.
    """
    # In this order: locking memory needs a privilege that the limits take away.
    memory = _climb("memory", _keep_in_memory)
    limits = _climb("limits", lambda: _limit(descriptors))
    files = _climb("landlock", lambda: restrict_files([]))
    calls = _climb("seccomp", _restrict_calls)
    return Posture((limits, files, calls, memory))


def _climb(name: str, step: Callable[[], str]) -> Rung:
    try:
        return Rung(name, held=True, detail=step())
    except (OSError, ValueError) as error:
        return Rung(name, held=False, detail=f"not available here ({error})")


def _keep_in_memory() -> str:
    number = _MLOCKALL.get(platform.machine())
    if number is None:
        raise OSError(errno.ENOSYS, f"no number of mlockall for {platform.machine()}")
    syscall(number, _CURRENT)
    return "the key and the digests are never swapped out"


def _limit(descriptors: int) -> str:
    for what, most in (
        (resource.RLIMIT_FSIZE, _last_words()),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, descriptors),
    ):
        _, hard = resource.getrlimit(what)
        lowest = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (lowest, lowest))
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    drop_capabilities()
    prctl(PR_SET_DUMPABLE, 0)
    return "no dumps, no files written, no privileges gained or kept"


def _last_words() -> int:
    """Return how large a file may become: where stderr is one, it takes a few last words."""
    try:
        told = os.fstat(2)
    except OSError:
        return 0
    return told.st_size + _WORDS if stat.S_ISREG(told.st_mode) else 0


def _restrict_calls() -> str:
    restrict_calls(serving=True)
    return "no sockets opened, no processes, no programs"
