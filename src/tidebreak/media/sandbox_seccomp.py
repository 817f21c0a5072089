"""seccomp: a filter in the kernel that every system call of this process passes through.

The program is classic BPF as seccomp(2) describes it, put together here from the tables of
`sandbox_syscalls`: a chain of comparisons on the number of the call, each with its answer.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
from collections.abc import Iterable
from dataclasses import dataclass

from tidebreak.media.sandbox_libc import syscall
from tidebreak.media.sandbox_syscalls import ALLOWED, CHECKED, DEADLY, NETWORK, SERVING

ALLOW = 0x7FFF0000
KILL = 0x80000000
_ERRNO = 0x00050000

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCH, _ARGUMENTS = 0, 4, 16
_X32 = 0x40000000
"""Numbers from here on are the second set of calls that x86-64 has; nothing uses it."""

_SET_FILTER, _ALL_THREADS = 1, 1

_FAMILIES = (2, 10, 16)
"""Sockets of the Internet, and of the kernel, which says what interfaces there are."""


@dataclass(frozen=True, slots=True)
class Machine:
    """What differs between processors: AUDIT_ARCH, column in the tables, number of seccomp(2)."""

    arch: int
    column: int
    seccomp: int


MACHINES = {
    "x86_64": Machine(0xC000003E, 0, 317),
    "aarch64": Machine(0xC00000B7, 1, 277),
}

Instruction = tuple[int, int, int, int]
"""Code, instructions to skip when true, when false, and a constant: ``struct sock_filter``."""

Program = list[Instruction]


def restrict(*, network: bool = False, serving: bool = False) -> str:
    """Filter every further system call of this process, in all of its threads, for good.

    ``network`` leaves it what a client of the Internet needs, ``serving`` what a server does with
    sockets that it has. Returns what that means, in words;
    raises ``OSError`` when the kernel refuses. The process must have set no_new_privs.
    """
    machine = MACHINES.get(platform.machine())
    if machine is None:
        raise OSError(errno.ENOSYS, f"no table of system calls for {platform.machine()}")
    program = assemble(machine, os.getpid(), network=network, serving=serving)
    code = b"".join(struct.pack("<HBBI", *instruction) for instruction in program)
    buffer = ctypes.create_string_buffer(code, len(code))
    header = struct.pack("@HP", len(program), ctypes.addressof(buffer))
    syscall(machine.seccomp, _SET_FILTER, _ALL_THREADS, header)
    more = {"socket", *NETWORK} if network else set[str]()
    more |= set(SERVING) if serving else set[str]()
    allowed, deadly = {*ALLOWED, *CHECKED, *more}, set(DEADLY) - more
    return f"{len(allowed)} system calls allowed, {len(deadly)} are deadly"


def assemble(
    machine: Machine, pid: int, *, network: bool = False, serving: bool = False
) -> Program:
    """Return the filter for a process ``pid`` on ``machine``; the rest is as in `restrict`."""
    program: Program = [
        (_LOAD, 0, 0, _ARCH),
        (_EQUAL, 1, 0, machine.arch),
        (_RETURN, 0, 0, KILL),
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, 0, 1, _X32),
        (_RETURN, 0, 0, KILL),
    ]
    answers: list[tuple[int | None, Program]] = []
    if network:  # before the same calls are deadly: the first answer counts
        answers += [(row[machine.column], _answer(ALLOW)) for row in NETWORK.values()]
        answers += [(DEADLY["socket"][machine.column], _if_one_of(0, _FAMILIES))]
    if serving:
        answers += [(row[machine.column], _answer(ALLOW)) for row in SERVING.values()]
    answers += [(row[machine.column], _answer(ALLOW)) for row in ALLOWED.values()]
    answers += [(row[machine.column], _answer(KILL)) for row in DEADLY.values()]
    checks = _checks(pid)
    answers += [(row[machine.column], checks[name]) for name, row in CHECKED.items()]
    for number, answer in answers:
        if number is not None:
            program += [(_EQUAL, 0, len(answer), number), *answer]
    return [*program, *_refuse(errno.ENOSYS)]


def _checks(pid: int) -> dict[str, Program]:
    """Return the answers to calls that depend on their arguments."""
    writing = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
    new_thread = 0x10000
    # Duplicate, and get or set the flags of a descriptor or of what it stands for.
    descriptor_commands = (0, 1, 2, 3, 4, 1030)
    # Is it a terminal; bytes waiting; close on exec; do not block.
    harmless_ioctls = (0x5401, 0x541B, 0x5451, 0x5421)
    return {
        "open": _if_any_bit(1, writing, _refuse(errno.EACCES), _answer(ALLOW)),
        "openat": _if_any_bit(2, writing, _refuse(errno.EACCES), _answer(ALLOW)),
        "clone": _if_any_bit(0, new_thread, _answer(ALLOW), _answer(KILL)),
        "fcntl": _if_one_of(1, descriptor_commands),
        "ioctl": _if_one_of(1, harmless_ioctls),
        # Limits may be asked for, not set.
        "prlimit64": [(_LOAD, 0, 0, _argument(2) + 4), (_EQUAL, 0, 3, 0), *_if_one_of(2, (0,))],
        # abort() signals its own process.
        "tgkill": _if_one_of(0, (pid,)),
    }


def _answer(action: int) -> Program:
    return [(_RETURN, 0, 0, action)]


def _refuse(number: int) -> Program:
    return _answer(_ERRNO | number)


def _argument(index: int) -> int:
    """Return the offset of the low half of an argument, on a little-endian machine."""
    return _ARGUMENTS + 8 * index


def _if_any_bit(index: int, mask: int, then: Program, otherwise: Program) -> Program:
    test = (_ANY_BIT, 0, len(then), mask)
    return [(_LOAD, 0, 0, _argument(index)), test, *then, *otherwise]


def _if_one_of(index: int, values: Iterable[int]) -> Program:
    program: Program = [(_LOAD, 0, 0, _argument(index))]
    for value in values:
        program += [(_EQUAL, 0, 1, value), *_answer(ALLOW)]
    return program + _refuse(errno.EPERM)
