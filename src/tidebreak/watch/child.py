"""A process of a stream, receiver or decoder, as the watching process sees it."""

from __future__ import annotations

import array
import contextlib
import json
import os
import signal
import socket
import subprocess
from collections.abc import Sequence
from typing import Any

from tidebreak.media.launch import launch
from tidebreak.media.protocol import OUT_OF_MEMORY_EXIT
from tidebreak.watch.notes import PACKET, Malformed, Note, unpack

_PACKAGES = ("tidebreak", "numpy", "numba", "av", "PIL", "blake3")
_PATIENCE = 3.0
_MOST_NOTES = 64
"""Notes taken from one process before others have their turn."""


class Child:
    """A process that says notes. Never waits for it but in `close`."""

    def __init__(self, module: str, told: dict[str, Any], arguments: Sequence[int] = ()) -> None:
        """Start ``main()`` of ``module``; ``arguments`` are further descriptors that it gets."""
        self._errors = os.memfd_create("tidebreak-watch", os.MFD_CLOEXEC)
        self._channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            fds = (theirs.fileno(), *arguments)
            self._process = launch(
                module, (*fds, os.getpid()), passed=fds, errors=self._errors, packages=_PACKAGES
            )
        self._channel.send(json.dumps(told).encode())
        self._channel.setblocking(False)

    def fileno(self) -> int:
        """Return what to wait on."""
        return self._channel.fileno()

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    def give(self, fd: int, told: dict[str, Any]) -> None:
        """Pass a descriptor on. Raises ``OSError`` when the process is gone."""
        fds = array.array("i", [fd])
        packet = json.dumps(told).encode()
        self._channel.sendmsg([packet], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, fds)])

    def receive(self) -> list[Note] | None:
        """Return what it has said since, None when it is gone. Raises `Malformed`."""
        notes: list[Note] = []
        while len(notes) < _MOST_NOTES:
            try:
                packet = self._channel.recv(PACKET)
            except BlockingIOError:
                return notes
            except OSError:
                packet = b""
            if not packet:
                return notes or None
            notes.append(unpack(packet))
        return notes

    def kill(self) -> None:
        """Stop it at once."""
        self._process.kill()

    def close(self, *, at_once: bool = False) -> str:
        """Make sure that it is gone and return how it ended: empty when as it should.

        ``at_once`` does not wait for it to end by itself, and then says only what happened before.
        """
        self._channel.close()
        if at_once and self._process.poll() is None:
            self._process.kill()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_PATIENCE)
            os.close(self._errors)
            return ""
        try:
            self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_PATIENCE)
        words = os.pread(self._errors, 1 << 16, 0).decode("utf-8", "replace").strip()
        os.close(self._errors)
        return _ending(self._process.returncode, words)


def _ending(code: int | None, words: str) -> str:
    if code == 0:
        return ""
    if code is None:
        return "hangs in the operating system"
    if code == OUT_OF_MEMORY_EXIT:
        return "ran out of memory"
    if code == -signal.SIGSYS:
        return "tried something forbidden and was stopped (signal 31)"
    if code < 0:
        return f"was killed (signal {-code})"
    last = "".join(c if c.isprintable() else "?" for c in words.rsplit("\n", 1)[-1])
    return (
        f"ended unexpectedly (exit code {code}): {last[:200]}" if last else f"ended (code {code})"
    )


__all__ = ["Child", "Malformed"]
