"""Landlock: from now on this process may read below a few folders and touch nothing else.

Kernel documentation, userspace-api/landlock. Each version (ABI) of the kernel's part knows more
kinds of access; all that it knows are taken away. Open descriptors stay usable, which is how
a worker gets at the files that it is given.
"""

from __future__ import annotations

import contextlib
import os
import struct
from collections.abc import Iterable

from tidebreak.media.sandbox_libc import syscall

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_ASK_VERSION = 1
_PATH_BENEATH = 1

_EXECUTE, _READ_FILE, _READ_DIR = 1, 1 << 2, 1 << 3
_FS_BITS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
"""Kinds of access to files by ABI; REFER came with 2, TRUNCATE with 3, IOCTL_DEV with 5."""
_NEWEST_KNOWN = 6
_TCP_SINCE, _SCOPE_SINCE = 4, 6
_BIND_AND_CONNECT = 0b11
_ABSTRACT_SOCKETS_AND_SIGNALS = 0b11


def version() -> int:
    """Return the ABI of this kernel's Landlock; raises ``OSError`` where there is none."""
    return syscall(_CREATE_RULESET, None, 0, _ASK_VERSION)


def restrict(readable: Iterable[str], *, network: bool = False, programs: bool = False) -> str:
    """Leave this thread and its children nothing but reading below ``readable``.

    ``network`` leaves it the network as well, ``programs`` to run what lies there. Returns what
    was taken away, in words; raises ``OSError`` when the kernel refuses.
    """
    abi = min(version(), _NEWEST_KNOWN)
    files = (1 << _FS_BITS[min(abi, 5)]) - 1
    tcp = _BIND_AND_CONNECT if abi >= _TCP_SINCE and not network else 0
    scope = _ABSTRACT_SOCKETS_AND_SIGNALS if abi >= _SCOPE_SINCE else 0
    attributes = struct.pack("<3Q", files, tcp, scope)
    # An older kernel takes a shorter structure.
    length = 8 if abi < _TCP_SINCE else 16 if abi < _SCOPE_SINCE else 24
    ruleset = syscall(_CREATE_RULESET, attributes, length, 0)
    try:
        for path in readable:
            # What it cannot reach anyway needs no rule.
            with contextlib.suppress(FileNotFoundError, NotADirectoryError, PermissionError):
                _allow_reading(ruleset, path, _EXECUTE if programs else 0)
        syscall(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)
    taken = ["writing anywhere", "reading outside the libraries"]
    taken += ["TCP"] if tcp else []
    taken += ["abstract sockets and signals to others"] if scope else []
    return f"ABI {abi}: no {', no '.join(taken)}"


def _allow_reading(ruleset: int, path: str, more: int) -> None:
    place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        access = _READ_FILE | _READ_DIR if os.path.isdir(path) else _READ_FILE  # noqa: PTH112
        syscall(_ADD_RULE, ruleset, _PATH_BENEATH, struct.pack("<Qi", access | more, place), 0)
    finally:
        os.close(place)
