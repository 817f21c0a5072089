"""System calls that Python has no names for, through the C library."""

from __future__ import annotations

import ctypes
import os

_LIBC = ctypes.CDLL(None, use_errno=True)

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_NO_NEW_PRIVS = 38


def prctl(option: int, value: int) -> None:
    """Change an attribute of this process. Raises ``OSError``; the manual page is prctl in 2."""
    unused = ctypes.c_ulong(0)
    _check(_LIBC.prctl(option, ctypes.c_ulong(value), unused, unused, unused))


def syscall(number: int, *arguments: object) -> int:
    """Call syscall ``number`` with integers, bytes, pointers or None; raises ``OSError``."""
    _LIBC.syscall.restype = ctypes.c_long
    wide = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    return _check(_LIBC.syscall(ctypes.c_long(number), *wide))


def drop_capabilities() -> None:
    """Give up every capability for good (capabilities(7), version 3); raises ``OSError``."""
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    nothing = (ctypes.c_uint32 * 6)()
    _check(_LIBC.capset(header, nothing))


def _check(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
