"""Allow mode: a tracker serves what was judged clear, and holds no list of anything else.

The file is the tracker's own access list of *allowed* torrents, one infohash in hexadecimal per
line, as opentracker, aquatic and others read it. The opposite, a tracker's list of what is
forbidden, would be a readable list of places and is never written.
"""

from __future__ import annotations

import fcntl
import os
import re
import signal
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from pathlib import Path

from tidebreak.errors import TidebreakError, UsageError
from tidebreak.files import replacing
from tidebreak.links.reference import Reference

_LINE = re.compile(r"[0-9a-f]{40}")
_NOBODY = "0" * 40
"""Stands in an otherwise empty list: an empty file opentracker would not read again."""


def tracker_ids(reference: Reference) -> list[bytes]:
    """Return the 20-byte ids by which a tracker knows ``reference``: version 1, version 2 cut."""
    return [signal.value for signal in reference.signals if signal.type.name == "btih"]


class Allowed:
    """A tracker's file of allowed torrents, and how to make the tracker read it again.

    ``pid_file`` holds the number of the tracker's process, which gets SIGHUP after a change.
    Several processes may change the file at a time; the tracker never sees half of it.
    """

    def __init__(self, path: Path, pid_file: Path | None = None) -> None:
        self._path, self._pid_file = path, pid_file

    def ids(self) -> list[bytes]:
        """Return the 20-byte ids of all that is allowed."""
        return [bytes.fromhex(text) for text in sorted(self._read())]

    def add(self, ids: Iterable[bytes]) -> int:
        """Allow torrents by their 20-byte ids; return how many were not allowed before."""
        return self._change(lambda allowed, texts: allowed | texts, ids)

    def remove(self, ids: Iterable[bytes]) -> int:
        """Allow torrents no longer; return how many were allowed before."""
        return self._change(lambda allowed, texts: allowed - texts, ids)

    def _change(
        self, change: Callable[[set[str], set[str]], set[str]], ids: Iterable[bytes]
    ) -> int:
        with self._alone():
            before = self._read()
            after = change(before, {each.hex() for each in ids})
            if after == before:
                return 0
            self._write(after)
        self._reload()
        return abs(len(after) - len(before))

    @contextmanager
    def _alone(self) -> Generator[None]:
        lock = self._path.with_name(self._path.name + ".lock")
        try:
            handle = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise self._cannot("written beside", error) from None
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _read(self) -> set[str]:
        try:
            lines = self._path.read_text(encoding="ascii").split()
        except FileNotFoundError:
            return set()
        except (OSError, UnicodeDecodeError) as error:
            raise self._cannot("read", error) from None
        if not all(_LINE.fullmatch(line.lower()) for line in lines):
            raise UsageError(
                f"{self._path} is no list of allowed infohashes: each line must have 40"
                " hexadecimal characters; name the file of the tracker's whitelist."
            )
        return {line.lower() for line in lines} - {_NOBODY}

    def _write(self, allowed: set[str]) -> None:
        """Replace the file at once, with the rights that it had."""
        try:
            mode = self._path.stat().st_mode & 0o777 if self._path.exists() else 0o644
            with replacing(self._path) as file:
                os.fchmod(file.fileno(), mode)
                file.writelines(f"{line}\n".encode() for line in sorted(allowed) or (_NOBODY,))
        except OSError as error:
            raise self._cannot("written", error) from None

    def _reload(self) -> None:
        if self._pid_file is None:
            return
        try:
            pid = int(self._pid_file.read_text(encoding="ascii"))
            if pid < 2 or not _listens(pid):
                raise ValueError
            os.kill(pid, signal.SIGHUP)
        except (OSError, ValueError):
            raise TidebreakError(
                f"The list was changed, but the tracker in {self._pid_file} was not told;"
                " send it SIGHUP yourself."
            ) from None

    def _cannot(self, what: str, error: Exception) -> TidebreakError:
        why = getattr(error, "strerror", None) or "it is not plain text"
        return TidebreakError(f"{self._path} cannot be {what} ({why}); correct that.")


def _listens(pid: int) -> bool:
    """Whether a process waits for SIGHUP: any other would be ended by it (proc(5)).

    It has a handler (``SigCgt``), or holds the signal back and takes it up itself (``SigBlk``),
    as opentracker does. A stale file may name somebody else's process.
    """
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    masks = [line.split()[1] for line in status.splitlines() if line[:7] in ("SigCgt:", "SigBlk:")]
    return any(int(mask, 16) >> (signal.SIGHUP - 1) & 1 for mask in masks)
