"""What can be watched: addresses of streams, a growing file, standard input."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from tidebreak.errors import UsageError

_MOST_NAME = 200


class Transport(StrEnum):
    """By what a stream comes in."""

    LIBAV = "libav"
    """A protocol that FFmpeg's library speaks; repackaged on the way, never decoded."""
    UDP = "udp"
    """Datagrams of MPEG-TS, passed on as they are."""
    FFMPEG = "ffmpeg"
    """A protocol for which the ``ffmpeg`` program is needed."""
    FILE = "file"
    STDIN = "stdin"

    @property
    def live(self) -> bool:
        """Whether the sender does not wait for us."""
        return self not in (Transport.FILE, Transport.STDIN)


_TRANSPORTS = {
    **dict.fromkeys(
        ("rtmp", "rtmps", "rtmpt", "rtmpts", "rtsp", "rtsps", "http", "https", "tcp"),
        Transport.LIBAV,
    ),
    "udp": Transport.UDP,
    "srt": Transport.FFMPEG,
    "file": Transport.FILE,
}


@dataclass(frozen=True, slots=True)
class Source:
    """One stream: what it is called in events, and where it comes from.

    ``address`` may hold credentials: it is told to the receiver alone. For a file it is the path.
    """

    name: str
    address: str
    transport: Transport

    @property
    def scheme(self) -> str:
        """The protocol of an address."""
        return self.address.partition(":")[0].lower()


def sources_of(addresses: Sequence[str], names: Sequence[str] = ()) -> list[Source]:
    """Return the streams at ``addresses``, called ``names`` or else by their address in brief.

    Raises `UsageError` for what cannot be watched, and where two would be called the same.
    """
    if not addresses:
        raise UsageError("Name at least one stream to watch, or - for standard input.")
    if names and len(names) != len(addresses):
        raise UsageError(
            f"{len(addresses)} streams but {len(names)} names; give one --name for each."
        )
    found = [
        _source(address, name)
        for address, name in zip(addresses, names or [""] * len(addresses), strict=True)
    ]
    called = [source.name for source in found]
    for name in called:
        if called.count(name) > 1:
            raise UsageError(f"Two streams would be called '{name}'; tell them apart with --name.")
    return found


def _source(address: str, name: str) -> Source:
    if address == "-":
        return Source(name or "standard input", "-", Transport.STDIN)
    scheme, separator, rest = address.partition("://")
    if not separator:
        return Source(name or Path(address).name, str(Path(address).absolute()), Transport.FILE)
    transport = _TRANSPORTS.get(scheme.lower())
    if transport is None:
        known = ", ".join(sorted(_TRANSPORTS))
        raise UsageError(
            f"'{scheme[:20]}' is no protocol that can be watched; these are: {known}, a file, -."
        )
    if transport is Transport.FILE:
        return Source(name or Path(rest).name, rest, transport)
    brief = _in_brief(address, transport)
    return Source(name or brief, address, transport)


def _in_brief(address: str, transport: Transport) -> str:
    """Return an address without what may be secret: user, password, query."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        raise UsageError("An address of a stream is malformed; correct it.") from None
    if transport is Transport.UDP and not port:
        raise UsageError("An address of datagrams is udp://[host]:port.")
    host = parts.netloc.rpartition("@")[2]
    if not address.isprintable():
        raise UsageError("An address of a stream has control characters; correct it.")
    return f"{parts.scheme}://{host}{parts.path}"[:_MOST_NAME]
