"""What a link, a torrent or a client's store says of content: names of it, never the content.

Everything here is frozen. A *reference* may name one file (an ed2k link), a torrent with many, or
several files each by several identifiers (Metalink).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tidebreak.model import Signal


class Kind(StrEnum):
    """What was read."""

    MAGNET = "magnet"
    ED2K = "ed2k"
    URN = "urn"
    METALINK = "metalink"
    IPFS = "ipfs"
    TORRENT = "torrent"
    STORE = "client store"


@dataclass(frozen=True, slots=True)
class Alignment:
    """A question to whoever lawfully holds a file's bytes (``docs/links.md``, version 1 packs).

    Do the ``piece_length`` bytes that begin ``skip`` bytes into the file of ``size`` bytes have
    the SHA-1 ``sha1`` (20 bytes)?
    """

    size: int
    skip: int
    piece_length: int
    sha1: bytes


@dataclass(frozen=True, slots=True)
class NamedFile:
    """One file that is named, and what can be said of it without its bytes.

    ``signals`` bind to the file's bytes. ``hints`` (BEP 47 ``sha1`` and ``md5sum``, ``kzhash``)
    are only what the author claims: for review, never a reason to act. ``silent`` says why
    nothing can be told of this file, empty when something can.
    """

    path: str = ""
    size: int | None = None
    signals: tuple[Signal, ...] = ()
    hints: tuple[Signal, ...] = ()
    alignment: Alignment | None = None
    silent: str = ""


@dataclass(frozen=True, slots=True)
class Reference:
    """What one input names.

    ``signals`` are of the whole (the infohashes and content key of a torrent). ``reason`` says
    why it was not fully read, empty when it was; ``notes`` what is worth knowing about one that
    was. ``sources`` (trackers, peers, seeds) is empty unless it was asked for.
    """

    kind: Kind
    signals: tuple[Signal, ...] = ()
    files: tuple[NamedFile, ...] = ()
    name: str = ""
    notes: tuple[str, ...] = ()
    reason: str = ""
    sources: tuple[str, ...] = ()
