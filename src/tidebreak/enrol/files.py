"""The files below the paths that are enrolled, in an order that is the same every time."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from tidebreak.errors import UsageError


def roots_of(paths: Iterable[str | bytes | Path]) -> list[bytes]:
    """Return ``paths`` as absolute ones; raises `UsageError` for none, or one that is not there."""
    roots = [os.path.abspath(os.fsencode(path)) for path in paths]  # noqa: PTH100 - bytes
    if not roots:
        raise UsageError("Name at least one file or folder to enrol.")
    for root in roots:
        if not os.path.lexists(root):
            raise UsageError(f"{os.fsdecode(root)} is not there; check the path.")
    return roots


def files_below(roots: Iterable[bytes]) -> Iterator[tuple[bytes, str]]:
    """Yield every path below ``roots`` that is not a folder, each once, with an empty reason.

    A folder that cannot be read comes with the reason. Links to folders are not followed; what
    else is no file is found out when it is opened.
    """
    seen: set[bytes] = set()
    for root in roots:
        for path, reason in _below(root):
            if path not in seen:
                seen.add(path)
                yield path, reason


def _below(root: bytes) -> Iterator[tuple[bytes, str]]:
    if not os.path.isdir(root):  # noqa: PTH112 - bytes
        yield root, ""
        return
    unread: list[OSError] = []
    for folder, folders, names in os.walk(root, onerror=unread.append):
        folders.sort()
        for name in sorted(names):
            yield os.path.join(folder, name), ""  # noqa: PTH118 - bytes
    for error in unread:
        yield os.fsencode(error.filename), f"folder: {(error.strerror or 'unreadable').lower()}"
