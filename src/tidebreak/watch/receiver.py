"""The process that receives a stream: it has the network, and nothing else.

No database, no key, no list, no file: it takes packets from a sender and writes them to a pipe.
Nothing is decoded here. Datagrams pass as they are; what comes by a protocol of FFmpeg's library
is taken out of its container and put into another one (NUT), whose reader is locked down.
"""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Callable
from typing import Any

from tidebreak.media.launch import die_with, silence
from tidebreak.media.reasons import told
from tidebreak.media.sandbox_ladder import lock_down
from tidebreak.settings import GIB, Limits
from tidebreak.watch.notes import PACKET, Kind, Note, posture_text
from tidebreak.watch.program import become, confine
from tidebreak.watch.sources import Source, Transport

_MEMORY = 2 * GIB
_NAMES_AND_CERTIFICATES = (
    "/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/host.conf", "/etc/gai.conf",
    "/etc/services", "/etc/protocols", "/etc/ssl", "/etc/pki", "/usr/share/ca-certificates",
    "/run/systemd/resolve", "/run/resolvconf",
)  # fmt: skip

Relay = Callable[[Source, int, Callable[[Note], None]], str]
"""Passes a stream on to a descriptor until it ends; returns why it did, where that is known."""


def main() -> None:
    """Serve the process whose socket and id are the arguments, and the pipe between them."""
    channel_fd, pipe, parent = (int(text) for text in sys.argv[1:4])
    die_with(parent)
    channel = socket.socket(fileno=channel_fd)
    asked: dict[str, Any] = json.loads(channel.recv(PACKET))
    source = Source(asked["name"], asked["address"], Transport(asked["transport"]))

    def say(note: Note) -> None:
        channel.send(note.pack())

    if source.transport is Transport.FFMPEG:
        silence()
        say(Note(Kind.READY, text=posture_text(confine(_MEMORY, _NAMES_AND_CERTIFICATES))))
        channel.set_inheritable(False)
        become(asked["program"], source.address, pipe)
    relay = _relay_for(source.transport)
    silence()
    posture = lock_down(Limits(memory_bytes=_MEMORY), _NAMES_AND_CERTIFICATES, network=True)
    say(Note(Kind.READY, text=posture_text(posture)))
    try:
        why = relay(source, pipe, say)
    except BrokenPipeError:
        why = ""
    except Exception as error:  # whatever a library may come up with
        why = told(error)
    say(Note(Kind.ENDED, text=why))
    os.close(pipe)  # last: whoever reads to the end finds the reason said


def _relay_for(transport: Transport) -> Relay:
    if transport is Transport.UDP:
        from tidebreak.watch.datagrams import relay
    else:
        from tidebreak.watch.repackaging import relay
    return relay


if __name__ == "__main__":
    main()
