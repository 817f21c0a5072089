"""What a client of clamd says: one command, in one of three spellings (clamd(8), COMMANDS).

``zPING`` ends with a NUL, ``nPING`` and the old ``PING`` with a newline. Replies end as their
command did. Some commands need the prefix, since others' data follow them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tidebreak.errors import UsageError

LONGEST = 4096 + 64
"""Bytes of a command: a path and a word."""


class Verb(StrEnum):
    """What is asked for."""

    PING = "PING"
    VERSION = "VERSION"
    VERSIONCOMMANDS = "VERSIONCOMMANDS"
    STATS = "STATS"
    RELOAD = "RELOAD"
    SHUTDOWN = "SHUTDOWN"
    SCAN = "SCAN"
    CONTSCAN = "CONTSCAN"
    MULTISCAN = "MULTISCAN"
    ALLMATCHSCAN = "ALLMATCHSCAN"
    INSTREAM = "INSTREAM"
    FILDES = "FILDES"
    IDSESSION = "IDSESSION"
    END = "END"


PATHS = frozenset({Verb.SCAN, Verb.CONTSCAN, Verb.MULTISCAN, Verb.ALLMATCHSCAN})
"""Those that name a path."""

_PREFIXED = frozenset(
    {Verb.VERSIONCOMMANDS, Verb.END, Verb.IDSESSION, Verb.INSTREAM, Verb.ALLMATCHSCAN}
)

IN_SESSION = frozenset(
    {Verb.PING, Verb.VERSION, Verb.VERSIONCOMMANDS, Verb.STATS, Verb.SCAN, Verb.INSTREAM,
     Verb.FILDES, Verb.END}
)  # fmt: skip
"""What may be said inside IDSESSION, as in clamd."""


class Unknown(UsageError):
    """No command of clamd; the connection ends after a reply that ends with ``end``."""

    def __init__(self, why: str, end: bytes) -> None:
        super().__init__(why)
        self.end = end


@dataclass(frozen=True, slots=True)
class Command:
    """One command; ``end`` is the byte that ends its reply, ``path`` what it names."""

    verb: Verb
    end: bytes
    path: bytes = b""


def taken(buffer: bytes) -> tuple[Command, int] | None:
    """Return the command that ``buffer`` begins with and how many bytes it has, None for more.

    Raises `Unknown`.
    """
    prefix = buffer[:1]
    end = b"\0" if prefix == b"z" else b"\n"
    length = buffer.find(end, 0, LONGEST)
    if length < 0:
        if len(buffer) >= LONGEST:
            raise Unknown("a command has no end", end)
        return None
    prefixed = prefix in (b"z", b"n")
    text = buffer[prefixed:length]
    return _command(text if prefixed else text.removesuffix(b"\r"), end, prefixed), length + 1


def _command(text: bytes, end: bytes, prefixed: bool) -> Command:
    word, space, path = text.partition(b" ")
    try:
        verb = Verb(word.decode("ascii"))
    except ValueError:
        raise Unknown("a word that is no command", end) from None
    if (verb in PATHS) != bool(space and path) or b"\0" in path:
        raise Unknown("a path is missing or too much", end)
    if verb in _PREFIXED and not prefixed:
        raise Unknown("a command without the prefix that it needs", end)
    return Command(verb, end, path)
