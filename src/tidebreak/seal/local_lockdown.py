"""What the process of a local store gives up once it holds its key.

The ladder is that of the workers (``docs/sandbox.md``) with one difference: a store must accept
connections. It opens no socket, no file and no process once it is locked down.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import resource
import struct
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
from tidebreak.media.sandbox_seccomp import ALLOW, MACHINES, Machine, Program, assemble

_MLOCKALL = {"x86_64": 151, "aarch64": 230}
_CURRENT = 1
_SET_FILTER, _ALL_THREADS = 1, 1
_EQUAL, _RETURN = 0x15, 0x06
_PREAMBLE = 6
"""Instructions of every filter that come before the first comparison of a call's number."""

_SERVING: dict[str, tuple[int | None, int | None]] = {
    "accept": (43, 202), "accept4": (288, 242), "getsockopt": (55, 209), "setsockopt": (54, 208),
    "getsockname": (51, 204), "getpeername": (52, 205), "shutdown": (48, 210), "listen": (50, 201),
}  # fmt: skip
"""What a server does with sockets that it has."""


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
        (resource.RLIMIT_FSIZE, 0),
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


def _restrict_calls() -> str:
    machine = MACHINES.get(platform.machine())
    if machine is None:
        raise OSError(errno.ENOSYS, f"no table of system calls for {platform.machine()}")
    program = serving(machine, os.getpid())
    code = b"".join(struct.pack("<HBBI", *instruction) for instruction in program)
    buffer = ctypes.create_string_buffer(code, len(code))
    header = struct.pack("@HP", len(program), ctypes.addressof(buffer))
    syscall(machine.seccomp, _SET_FILTER, _ALL_THREADS, header)
    return "no sockets opened, no processes, no programs"


def serving(machine: Machine, pid: int) -> Program:
    """Return the workers' filter with what a server needs allowed before the rest is asked."""
    program = assemble(machine, pid)
    allowed: Program = []
    for row in _SERVING.values():
        number = row[machine.column]
        if number is not None:
            allowed += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, ALLOW)]
    return [*program[:_PREAMBLE], *allowed, *program[_PREAMBLE:]]
