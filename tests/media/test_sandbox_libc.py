"""System calls without a name in Python, against what the kernel then says of the process."""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import select
import subprocess
import sys
from pathlib import Path

import pytest

from tidebreak.media import sandbox_libc
from tidebreak.media.sandbox_libc import PR_SET_NO_NEW_PRIVS, prctl, syscall

SOURCE = str(Path(sandbox_libc.__file__).parents[2])
ARM = platform.machine() == "aarch64"
WRITE, LSEEK, GETPID, GETRANDOM = (64, 62, 172, 278) if ARM else (1, 8, 39, 318)


def in_a_process(code: str) -> str:
    script = (
        f"import sys; sys.path.append({SOURCE!r})\n"
        "import ctypes, os, signal, time\n"
        "from pathlib import Path\n"
        "from tidebreak.media.sandbox_libc import *\n"
        f"{code}"
    )
    done = subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def fields(status: str) -> dict[str, str]:
    return dict(line.split(":\t") for line in status.splitlines() if ":\t" in line)


def test_the_names_are_those_of_the_kernels_headers():
    header = Path("/usr/include/linux/prctl.h")
    if not header.exists():
        pytest.skip("needs the kernel's headers (linux-libc-dev)")
    known = dict(
        line.split()[1:3] for line in header.read_text().splitlines()
        if line.startswith("#define PR_SET_") and len(line.split()) > 2
    )  # fmt: skip
    mine = {name: value for name, value in vars(sandbox_libc).items() if name.startswith("PR_")}
    assert len(mine) == 3
    assert {name: int(known[name], 0) for name in mine} == mine


def test_a_privilege_once_given_up_shows_in_the_status_of_the_process():
    status = "print(Path('/proc/self/status').read_text())\n"
    before = fields(in_a_process(status))
    after = fields(in_a_process(f"prctl(PR_SET_NO_NEW_PRIVS, 1)\n{status}"))
    assert (before["NoNewPrivs"], after["NoNewPrivs"]) == ("0", "1")


def test_memory_is_no_longer_dumped():
    ask = "print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))\n"  # PR_GET_DUMPABLE
    assert in_a_process(f"{ask}prctl(PR_SET_DUMPABLE, 0)\n{ask}").split() == ["1", "0"]


def test_a_process_dies_with_its_parent():
    reader, writer = os.pipe()
    script = (
        f"import os, sys, time; sys.path.append({SOURCE!r})\n"
        "from tidebreak.media.sandbox_libc import PR_SET_PDEATHSIG, prctl\n"
        "told, tell = os.pipe()\n"
        "if not os.fork():\n"
        "    prctl(PR_SET_PDEATHSIG, 9)\n"
        "    os.write(tell, b'x')\n"
        "    time.sleep(60)\n"
        "os.read(told, 1)\n"
    )
    subprocess.run([sys.executable, "-I", "-c", script], pass_fds=[writer], check=True)
    os.close(writer)
    # The pipe ends when the last process that holds it does.
    ended, _, _ = select.select([reader], [], [], 10)
    assert ended
    assert os.read(reader, 1) == b""
    os.close(reader)


def test_every_capability_is_given_up():
    status = "print(Path('/proc/self/status').read_text())\n"
    before = fields(in_a_process(status))
    after = fields(in_a_process(f"drop_capabilities()\n{status}"))
    assert bool(int(before["CapEff"], 16)) or os.geteuid() != 0
    assert {int(after[name], 16) for name in ("CapInh", "CapPrm", "CapEff", "CapAmb")} == {0}


def test_what_was_given_up_cannot_be_used_or_taken_back():
    said = in_a_process(
        "drop_capabilities()\n"
        "header = (ctypes.c_uint32 * 2)(0x20080522, 0)\n"
        "everything = (ctypes.c_uint32 * 6)(*[0xffffffff] * 6)\n"
        "print(ctypes.CDLL(None).capset(header, everything))\n"
        "try: os.chroot('/')\n"
        "except PermissionError: print('refused')\n"
    )
    assert said.split() == ["-1", "refused"]


def test_a_call_by_number_does_what_the_named_one_does():
    assert syscall(GETPID) == os.getpid()


def test_bytes_and_buffers_are_passed_as_pointers():
    reader, writer = os.pipe()
    assert syscall(WRITE, writer, b"a\0b", 3) == 3
    assert os.read(reader, 10) == b"a\0b"
    os.close(reader)
    os.close(writer)
    buffer = ctypes.create_string_buffer(64)
    assert syscall(GETRANDOM, buffer, 64, 0) == 64
    assert buffer.raw != bytes(64)


def test_numbers_beyond_32_bits_pass_in_both_directions():
    file = os.memfd_create("far")
    assert syscall(LSEEK, file, 5 << 30, os.SEEK_SET) == 5 << 30
    assert os.lseek(file, 0, os.SEEK_CUR) == 5 << 30
    os.close(file)


def test_a_refusal_is_an_error_with_its_number():
    with pytest.raises(OSError, match="Bad file descriptor") as closed:
        syscall(WRITE, -1, b"x", 1)
    assert closed.value.errno == errno.EBADF
    file = os.memfd_create("none")
    with pytest.raises(OSError, match="Bad address") as nowhere:
        syscall(WRITE, file, None, 1)
    os.close(file)
    assert nowhere.value.errno == errno.EFAULT
    with pytest.raises(OSError, match="Invalid argument") as wrong:
        prctl(PR_SET_NO_NEW_PRIVS, 2)
    assert wrong.value.errno == errno.EINVAL
