from __future__ import annotations

import errno
import os
import struct

import pytest

from tidebreak.media.sandbox_seccomp import ALLOW, KILL, MACHINES, Machine, Program, assemble
from tidebreak.media.sandbox_syscalls import ALLOWED, CHECKED, DEADLY, NETWORK, SERVING

PID = 4711
REFUSED = 0x00050000


def answer(program: Program, arch: int, number: int, *arguments: int) -> int:
    """Run a filter as the kernel does (classic BPF, Documentation/networking/filter.rst)."""
    padded = (*arguments, *[0] * (6 - len(arguments)))
    data = struct.pack("<IIQ6Q", number, arch, 0, *padded)
    at = accumulator = 0
    while True:
        code, yes, no, constant = program[at]
        at += 1
        if code == 0x20:
            (accumulator,) = struct.unpack_from("<I", data, constant)
        elif code == 0x06:
            return constant
        else:
            taken = {
                0x15: accumulator == constant,
                0x35: accumulator >= constant,
                0x45: bool(accumulator & constant),
            }[code]
            at += yes if taken else no


@pytest.fixture(params=MACHINES)
def machine(request) -> Machine:
    return MACHINES[request.param]


def asked(machine: Machine, name: str, *arguments: int) -> int | None:
    number = {**ALLOWED, **CHECKED, **DEADLY}[name][machine.column]
    if number is None:
        return None
    return answer(assemble(machine, PID), machine.arch, number, *arguments)


def test_the_program_fits_what_the_kernel_takes(machine: Machine):
    program = assemble(machine, PID)
    assert len(program) <= 4096
    assert all(0 <= yes < 256 and 0 <= no < 256 for _, yes, no, _ in program)


def test_every_call_in_the_tables_gets_its_answer(machine: Machine):
    for name in ALLOWED:
        assert asked(machine, name) in (ALLOW, None), name
    for name in DEADLY:
        assert asked(machine, name) in (KILL, None), name


def test_a_receiver_may_use_the_internet_and_nothing_else_more(machine: Machine):
    program = assemble(machine, PID, network=True)

    def answered(name: str, *arguments: int) -> int:
        row = {**DEADLY, **NETWORK}[name]
        return answer(program, machine.arch, row[machine.column] or 0, *arguments)

    assert [answered(name) for name in NETWORK] == [ALLOW] * len(NETWORK)
    assert [answered("socket", family) for family in (2, 10, 16)] == [ALLOW] * 3
    assert answered("socket", 1) == REFUSED | errno.EPERM
    assert {answered(name) for name in ("listen", "accept4", "execve", "ptrace")} == {KILL}
    assert all(0 <= yes < 256 and 0 <= no < 256 for _, yes, no, _ in program)


def test_no_number_stands_for_two_calls(machine: Machine):
    numbers = [
        row[machine.column] for row in (*ALLOWED.values(), *CHECKED.values(), *DEADLY.values())
    ]
    known = [number for number in numbers if number is not None]
    assert len(known) == len(set(known))


def test_what_is_not_listed_does_not_exist(machine: Machine):
    program = assemble(machine, PID)
    assert answer(program, machine.arch, 435) == REFUSED | errno.ENOSYS  # clone3
    assert answer(program, machine.arch, 437) == REFUSED | errno.ENOSYS  # openat2
    assert answer(program, machine.arch, 9999) == REFUSED | errno.ENOSYS


def test_another_architecture_is_deadly(machine: Machine):
    program = assemble(machine, PID)
    assert answer(program, 0x40000003, 0) == KILL  # 32-bit x86
    assert answer(program, machine.arch, 0x40000000) == KILL  # x32


@pytest.mark.parametrize(("name", "flags_at"), [("open", 1), ("openat", 2)])
def test_files_are_opened_for_reading_only(machine: Machine, name: str, flags_at: int):
    for flags in (os.O_RDONLY, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW):
        assert asked(machine, name, *[0] * flags_at, flags) in (ALLOW, None)
    for flags in (os.O_WRONLY, os.O_RDWR, os.O_CREAT, os.O_TRUNC, os.O_RDWR | os.O_TMPFILE):
        assert asked(machine, name, *[0] * flags_at, flags) in (REFUSED | errno.EACCES, None)


def test_threads_but_no_processes(machine: Machine):
    assert asked(machine, "clone", 0x3D0F00) == ALLOW  # what pthread_create asks for
    assert asked(machine, "clone", 0x1200011) == KILL  # what fork asks for


def test_limits_may_be_asked_for_but_not_set(machine: Machine):
    assert asked(machine, "prlimit64", 0, 7, 0, 0x1000) == ALLOW
    for pointer in (0x1000, 1 << 32):
        assert asked(machine, "prlimit64", 0, 7, pointer, 0) == REFUSED | errno.EPERM


def test_only_its_own_process_can_be_signalled(machine: Machine):
    assert asked(machine, "tgkill", PID, PID, 6) == ALLOW
    assert asked(machine, "tgkill", 1, 1, 9) == REFUSED | errno.EPERM


def test_descriptors_and_devices(machine: Machine):
    assert asked(machine, "fcntl", 3, 3) == ALLOW
    assert asked(machine, "fcntl", 3, 1024) == REFUSED | errno.EPERM  # a lease
    assert asked(machine, "ioctl", 3, 0x5401) == ALLOW
    assert asked(machine, "ioctl", 3, 0x5412) == REFUSED | errno.EPERM  # typing for somebody else


def test_a_server_may_do_more_only_with_sockets_that_it_has(machine: Machine):
    serving = assemble(machine, PID, serving=True)
    for name, row in {**ALLOWED, **DEADLY, **SERVING}.items():
        number = row[machine.column]
        if number is not None:
            expected = KILL if name in DEADLY and name not in SERVING else ALLOW
            assert answer(serving, machine.arch, number) == expected, name
    for name in ("socket", "connect", "bind"):
        assert name not in SERVING
