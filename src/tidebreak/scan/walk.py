"""Find every file below the given paths, each once, without following links into loops.

Everything met ends as something: a file to examine, or a result that says why it is none.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tidebreak.errors import UsageError
from tidebreak.media.opening import NO_PATH, why_no_file, why_not_opened

_PSEUDO = frozenset({
    "autofs", "binfmt_misc", "bpf", "cgroup", "cgroup2", "configfs", "debugfs", "devpts",
    "devtmpfs", "efivarfs", "fusectl", "hugetlbfs", "mqueue", "nsfs", "proc", "pstore",
    "rpc_pipefs", "securityfs", "selinuxfs", "sysfs", "tracefs",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Found:
    """A path that the walk met. ``reason`` is empty for a file to examine."""

    path: bytes
    size: int = 0
    reason: str = ""


def as_bytes(paths: Iterable[str | bytes | Path]) -> list[bytes]:
    """Return ``paths`` as the system has them; raise `UsageError` for an empty one.

    It would be taken for the current folder: a script with an empty variable would scan that.
    """
    encoded = [os.fsencode(path) for path in paths]
    if b"" in encoded:
        raise UsageError("A path is empty; name a file or folder, or . for this folder.")
    return encoded


def walk(roots: Iterable[bytes]) -> Iterator[Found]:
    """Yield everything below ``roots``, which may be files or folders.

    A root that is a symbolic link is followed, since the user named it; inside, links are
    results. Folders are read as a stream: a folder of a million names costs no memory.
    """
    pseudo = _pseudo_mounts()
    for root in roots:
        try:
            status = root_status(root)
        except OSError as error:
            yield Found(root, reason=why_not_opened(error))
            continue
        except ValueError:
            yield Found(root, reason=NO_PATH)
            continue
        if stat.S_ISDIR(status.st_mode):
            yield from _walk_folder(_absolute(root), pseudo)
        else:
            yield _classify(_absolute(root), status)


def _absolute(root: bytes) -> bytes:
    # Links in the root's own path stay as the user wrote them: the report repeats them.
    return os.path.abspath(root)  # noqa: PTH100


def root_status(root: bytes) -> os.stat_result:
    """Return what ``root`` is; raises ``OSError`` when it is not there, ``ValueError`` for none."""
    return Path(os.fsdecode(root)).stat()


def _walk_folder(top: bytes, pseudo: frozenset[bytes]) -> Iterator[Found]:
    waiting = [top]
    while waiting:
        folder = waiting.pop()
        if folder in pseudo:
            yield Found(folder, reason="folder of the kernel's own making: it holds no files")
            continue
        try:
            with os.scandir(folder) as names:
                for name in names:
                    yield from _visit(name, waiting)
        except OSError as error:
            yield Found(folder, reason=f"folder: {why_not_opened(error)}")


def _visit(name: os.DirEntry[bytes], waiting: list[bytes]) -> Iterator[Found]:
    try:
        if name.is_dir(follow_symlinks=False):
            waiting.append(name.path)
            return
        yield _classify(name.path, name.stat(follow_symlinks=False))
    except OSError as error:
        yield Found(name.path, reason=why_not_opened(error))


def _classify(path: bytes, status: os.stat_result) -> Found:
    reason = why_no_file(status.st_mode)
    return Found(path, 0 if reason else status.st_size, reason)


def _pseudo_mounts() -> frozenset[bytes]:
    """Mount points under which the kernel makes files up (proc(5), mountinfo)."""
    try:
        lines = Path("/proc/self/mountinfo").read_bytes().splitlines()
    except OSError:
        return frozenset()
    mounts: set[bytes] = set()
    for line in lines:
        before, _, after = line.partition(b" - ")
        if after.split(b" ", 1)[0].decode(errors="replace") in _PSEUDO:
            mounts.add(before.split(b" ")[4].replace(b"\\040", b" "))
    return frozenset(mounts)
