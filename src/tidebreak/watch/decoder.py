"""The process in which a stream is decoded: no network, no files, no secrets, no database.

It is given one connection after the other, each a descriptor to read from, and says what it hashed.
"""

from __future__ import annotations

import array
import json
import os
import socket
import sys
import time
from collections.abc import Callable
from typing import Any

from tidebreak import kernels
from tidebreak.media.launch import die_with, silence
from tidebreak.media.protocol import OUT_OF_MEMORY_EXIT
from tidebreak.media.sandbox_ladder import lock_down
from tidebreak.model import Depth
from tidebreak.settings import Limits
from tidebreak.watch.decoding import Decoding
from tidebreak.watch.notes import PACKET, Kind, Note, posture_text
from tidebreak.watch.pace import Effort, Pace
from tidebreak.watch.reading import Arriving
from tidebreak.watch.tracks import Tracks

_KERNELS = (
    "tidebreak.hashing.pdq_kernels",
    "tidebreak.hashing.views.kernels",
    "tidebreak.hashing.views.borders",
    "tidebreak.hashing.views.seam_kernels",
)


def main() -> None:
    """Serve the process whose socket and id are the arguments."""
    channel_fd, parent = (int(text) for text in sys.argv[1:3])
    die_with(parent)
    channel = socket.socket(fileno=channel_fd)
    told: dict[str, Any] = json.loads(channel.recv(PACKET))
    limits, depth = Limits(**told["limits"]), Depth(told["depth"])
    _prepare()
    posture = lock_down(limits)

    def say(note: Note) -> None:
        channel.send(note.pack())

    say(Note(Kind.READY, text=posture_text(posture)))
    decoding = Decoding(say, Tracks(depth), limits, epoch=told["epoch"], last_ms=told["last_ms"])
    try:
        while connection := _receive(channel):
            fd, how = connection
            _decode(decoding, fd, how, depth, say)
    except MemoryError:
        os._exit(OUT_OF_MEMORY_EXIT)
    except BrokenPipeError:
        return


def _decode(
    decoding: Decoding, fd: int, how: dict[str, Any], depth: Depth, say: Callable[[Note], None]
) -> None:
    effort = Effort.SOME_FRAMES if depth is Depth.FAST else Effort.EVERY_FRAME
    pace = Pace(time.monotonic(), live=how["live"], patience=how["patience"], effort=effort)
    source = Arriving(fd, follow=how["follow"], idle=decoding.idle)
    try:
        why = decoding.run(source, pace, how["form"])
    finally:
        source.close()
    say(Note(Kind.ENDED, text=why))


def _prepare() -> None:
    """Load and compile everything before the doors close."""
    kernels.warm(*_KERNELS)
    import av.logging

    av.logging.set_level(None)
    silence()


def _receive(channel: socket.socket) -> tuple[int, dict[str, Any]] | None:
    """Return the next connection and how to read it; None when there will be none."""
    fds = array.array("i")
    packet, ancillary, _, _ = channel.recvmsg(PACKET, socket.CMSG_SPACE(fds.itemsize))
    for _, _, data in ancillary:
        fds.frombytes(data)
    return (fds[0], json.loads(packet)) if packet else None


if __name__ == "__main__":
    main()
