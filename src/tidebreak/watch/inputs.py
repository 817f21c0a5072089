"""One connection of a stream: a descriptor for the decoder to read, and what fills it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
from dataclasses import dataclass
from typing import Any

from tidebreak.watch.child import Child
from tidebreak.watch.notes import Kind, Malformed, Note
from tidebreak.watch.sources import Source, Transport

_RECEIVER = "tidebreak.watch.receiver"
_PIPE_BYTES = 1 << 20
_SET_PIPE_SIZE = 1031
"""F_SETPIPE_SZ of fcntl(2)."""
_PATIENCE, _SEGMENT_PATIENCE = 1.0, 4.0
"""Seconds of unread input that mean falling behind; what comes over HTTP comes in bursts."""
_LOOK_SECONDS, _STALE_SECONDS = 1.0, 3.0


@dataclass(frozen=True, slots=True)
class Manner:
    """How the decoder reads a connection.

    ``follow``: at the end, wait for more. ``live``: the sender does not wait. ``patience``: seconds
    of unread input that mean falling behind. ``form``: the container, empty when it is not known.
    """

    follow: bool
    live: bool
    patience: float
    form: str


class Input:
    """A connection that is open, or being opened, until `close`."""

    def __init__(self, source: Source, program: str = "") -> None:
        """Open it; raises ``OSError``. ``program`` is where ffmpeg is, should it be needed."""
        self.manner = _manner(source)
        self.child: Child | None = None
        self.listening = False
        self._path = ""
        self._said = ""
        if source.transport is Transport.STDIN:
            self._fd = os.dup(0)
        elif source.transport is Transport.FILE:
            self._fd, self._path = _open_file(source.address), source.address
        else:
            self._fd, self.child = _receive(source, program)
            self.listening = True
        self._checked = self._changed = 0.0

    def take(self) -> int:
        """Return the descriptor to read, which is the caller's from now on."""
        fd, self._fd = self._fd, -1
        if self._path:
            self._identity = _identity(os.fstat(fd))
        return fd

    def heard(self, note: Note) -> None:
        """Take what the receiver says of itself."""
        if note.kind is Kind.ENDED:
            self._said = note.text

    def is_stale(self, now: float) -> bool:
        """Whether the file has been another one for some seconds: what was left of it is read."""
        if not self._path or now - self._checked < _LOOK_SECONDS:
            return False
        self._checked = now
        try:
            same = _identity(os.stat(self._path)) == self._identity  # noqa: PTH116
        except OSError:
            same = True  # gone for now: what is open stays readable
        if same:
            self._changed = 0.0
            return False
        self._changed = self._changed or now
        return now - self._changed >= _STALE_SECONDS

    def kill(self) -> None:
        """Stop the receiver; what it has sent is still read."""
        if self.child is not None:
            self.child.kill()

    def close(self) -> str:
        """Stop the receiver and return why it ended, by its own word or by how it did."""
        if self._fd >= 0:
            os.close(self._fd)
        if self.child is None:
            return ""
        with contextlib.suppress(Malformed):  # how it ended is known without its word
            while notes := self.child.receive():
                for note in notes:
                    self.heard(note)
        how = self.child.close(at_once=True)
        return self._said or (f"the receiving process {how}" if how else "")


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


def _manner(source: Source) -> Manner:
    bursts = source.scheme in ("http", "https")
    forms = {Transport.LIBAV: "nut", Transport.FFMPEG: "nut", Transport.UDP: "mpegts"}
    return Manner(
        source.transport is Transport.FILE,
        source.transport.live,
        _SEGMENT_PATIENCE if bursts else _PATIENCE,
        forms.get(source.transport, ""),
    )


def _open_file(path: str) -> int:
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise OSError(0, "not a regular file; give a pipe as standard input")
    return fd


def _receive(source: Source, program: str) -> tuple[int, Child]:
    """Start a receiver; return the end of its pipe to read from."""
    reading, writing = os.pipe2(os.O_CLOEXEC)
    with contextlib.suppress(OSError):  # the usual size will do
        fcntl.fcntl(writing, _SET_PIPE_SIZE, _PIPE_BYTES)
    try:
        told: dict[str, Any] = {
            "name": source.name, "address": source.address,
            "transport": source.transport.value, "program": program,
        }  # fmt: skip
        return reading, Child(_RECEIVER, told, (writing,))
    except BaseException:
        os.close(reading)
        raise
    finally:
        os.close(writing)
