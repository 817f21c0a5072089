"""Protocols for which the ``ffmpeg`` program is needed: SRT.

The receiving process becomes that program, under limits and Landlock but without a filter of
system calls: it repackages, decodes nothing, and can write to nothing but its pipe. The address
goes to it through a descriptor: arguments are there for every user of a machine to read.
"""

from __future__ import annotations

import os
import resource
from collections.abc import Iterable
from typing import NoReturn

from tidebreak.media import sandbox_landlock
from tidebreak.media.sandbox_ladder import Posture, Rung
from tidebreak.media.sandbox_libc import PR_SET_NO_NEW_PRIVS, drop_capabilities, prctl

_PLACES = ("/usr", "/bin", "/lib", "/lib64", "/opt", "/etc", "/dev/null", "/dev/urandom")
_PROTOCOLS = "pipe,srt,udp"


def confine(memory: int, readable: Iterable[str]) -> Posture:
    """Give up what the program will not need; there is no way back."""
    for what, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    drop_capabilities()
    limits = Rung("limits", held=True, detail=f"{memory >> 20:,} MiB of memory, no files written")
    try:
        said = sandbox_landlock.restrict([*_PLACES, *readable], network=True, programs=True)
        landlock = Rung("landlock", held=True, detail=said)
    except OSError as error:
        landlock = Rung("landlock", held=False, detail=f"not available here ({error})")
    process = Rung("process", held=True, detail="a process of its own")
    seccomp = Rung("seccomp", held=False, detail="the ffmpeg program is not filtered")
    return Posture((process, limits, landlock, seccomp))


def become(program: str, address: str, pipe: int) -> NoReturn:
    """Turn this process into ``program``, writing the stream at ``address`` to ``pipe``."""
    script, writing = os.pipe()  # a file could not be written any more
    os.write(writing, playlist(address))
    os.close(writing)
    os.dup2(script, 0)
    os.dup2(pipe, 1)
    arguments = (
        "ffmpeg", "-nostdin", "-loglevel", "quiet", "-f", "concat", "-safe", "0",
        "-protocol_whitelist", _PROTOCOLS, "-i", "pipe:0",
        "-map", "0:v", "-c", "copy", "-f", "nut", "-flush_packets", "1", "pipe:1",
    )  # fmt: skip
    os.execv(program, arguments)


def playlist(address: str) -> bytes:
    """Return a playlist of that one address, quoted as ffmpeg's utilities manual says."""
    quoted = address.replace("'", r"'\''")
    return f"file '{quoted}'\n".encode()
