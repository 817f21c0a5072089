"""The isolated process in which bytes from strangers are parsed.

Started afresh by the pool with one socket and one page of shared memory. It loads everything that
it will need, locks itself down, says how far that went, and examines what it is given until the
socket closes. It cannot be told to do anything else.
"""

from __future__ import annotations

import array
import contextlib
import json
import os
import socket
import sys
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from tidebreak import kernels
from tidebreak.errors import UsageError
from tidebreak.media.examine import Examiner, Given
from tidebreak.media.heartbeat import Heartbeat
from tidebreak.media.launch import die_with, silence
from tidebreak.media.protocol import (
    BAD_DESCRIPTOR,
    FULL_WANTED,
    JOB,
    MOST_JOBS,
    OUT_OF_MEMORY_EXIT,
    PACKET,
    REGIONS_WANTED,
    Word,
    frame,
    pack,
    parts,
)
from tidebreak.media.sandbox_ladder import lock_down
from tidebreak.model import Depth, Examination
from tidebreak.settings import Limits, Settings

if TYPE_CHECKING:
    from tidebreak.media.descriptors import Describer

_FULL_ENOUGH = 32 * 1024
_LONG_ENOUGH = 0.05
"""Bytes, or seconds, after which results that wait are sent."""


def main() -> None:
    """Serve the pool whose socket, page and process id are the arguments."""
    channel_fd, page_fd, parent = (int(text) for text in sys.argv[1:4])
    die_with(parent)
    channel = socket.socket(fileno=channel_fd)
    settings, declared = _told(channel.recv(PACKET))
    outbox = Outbox(channel, Heartbeat(page_fd))
    examiner = Examiner(settings, outbox, _describer(declared))
    _prepare(settings)
    posture = lock_down(settings.limits)
    outbox.ready(json.dumps([asdict(rung) for rung in posture.rungs]).encode())
    try:
        while files := _receive(channel):
            _examine(examiner, files)
            outbox.flush()
    except MemoryError:
        os._exit(OUT_OF_MEMORY_EXIT)


def _examine(examiner: Examiner, files: list[Given]) -> None:
    try:
        examiner.examine(files)
    finally:
        for file in files:
            os.close(file.fd)


class Outbox:
    """The report of a worker: keeps the pulse, and sends results many to a packet."""

    def __init__(self, channel: socket.socket, heartbeat: Heartbeat) -> None:
        self._channel, self._heartbeat = channel, heartbeat
        self._waiting = bytearray()
        self._sent = time.monotonic()
        self._drafts = False

    def ready(self, posture: bytes) -> None:
        """Say that work may begin."""
        self._put(frame(Word.READY, 0, posture))
        self.flush()

    def working(self, token: int) -> None:
        """Turn to a job; what is certain about it must have left before."""
        if self._drafts:
            self.flush()
        self._heartbeat.working(token)

    def beat(self) -> None:
        """Show that work goes on."""
        self._heartbeat.beat()

    def draft(self, token: int, found: Examination) -> None:
        """Send what is known so far, at the latest before the next job is begun."""
        self._put(frame(Word.DRAFT, token, pack(found)))
        self._drafts = True

    def result(self, token: int, found: Examination, *, last: bool) -> None:
        """Send a finished examination, after what is too long for one packet."""
        for part in parts(found):
            self._put(frame(Word.PART, token, part))
        self._put(frame(Word.LAST if last else Word.RESULT, token, pack(found)))
        self._heartbeat.beat()
        if time.monotonic() - self._sent > _LONG_ENOUGH:
            self.flush()

    def flush(self) -> None:
        """Send all that waits."""
        if self._waiting:
            self._channel.send(self._waiting)
        self._waiting = bytearray()
        self._sent = time.monotonic()
        self._drafts = False

    def _put(self, data: bytes) -> None:
        if len(self._waiting) + len(data) > _FULL_ENOUGH:
            self.flush()
        self._waiting += data


def _told(packet: bytes) -> tuple[Settings, list[dict[str, Any]]]:
    """Return the settings, and the declarations of descriptors."""
    values: dict[str, Any] = json.loads(packet)
    limits: dict[str, Any] = values.pop("limits")
    depth = Depth(values.pop("depth"))
    declared: list[dict[str, Any]] = values.pop("descriptors")
    return Settings(**values, depth=depth, limits=Limits(**limits)), declared


def _describer(declared: list[dict[str, Any]]) -> Describer | None:
    """Load the models, if there are any; what is wrong with one is this process's last word."""
    if not declared:
        return None
    from tidebreak.descriptors import from_values
    from tidebreak.media.descriptors import BadDescriptor, Describer

    try:
        return Describer([from_values(values) for values in declared])
    except BadDescriptor as error:
        sys.exit(f"{BAD_DESCRIPTOR} {error}")


def _prepare(settings: Settings) -> None:
    """Load and compile everything, and keep every decoder to one thread: workers are many."""
    kernels.warm()
    from PIL import AvifImagePlugin, Image

    Image.init()
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    try:
        import pillow_heif
    except ImportError:
        pass
    else:
        pillow_heif.options.DECODE_THREADS = 1
    if settings.verify:
        from tidebreak.media.features import ready

        with contextlib.suppress(UsageError):  # without the extra, every picture says so
            ready()
    silence()


def _receive(channel: socket.socket) -> list[Given]:
    """Return the next batch; empty when there will be none."""
    room = socket.CMSG_SPACE(MOST_JOBS * array.array("i").itemsize)
    packet, ancillary, _, _ = channel.recvmsg(MOST_JOBS * JOB.size, room)
    fds = array.array("i")
    for _, _, data in ancillary:
        fds.frombytes(data)
    jobs = JOB.iter_unpack(packet)
    return [
        Given(token, fd, size, bool(flags & FULL_WANTED), bool(flags & REGIONS_WANTED))
        for (token, size, flags), fd in zip(jobs, fds, strict=True)
    ]


if __name__ == "__main__":
    main()
