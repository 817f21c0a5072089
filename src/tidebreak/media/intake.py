"""Content on its way through: digested piece by piece, and held where a decoder needs it."""

from __future__ import annotations

from dataclasses import dataclass

from tidebreak.hashing.digests import Digester
from tidebreak.media.signatures import Family, Kind
from tidebreak.media.sniff import HEAD, sniff
from tidebreak.model import Signal
from tidebreak.settings import Limits

SMALL = 256 * 1024
"""Bytes up to which content is held whole and digested later, together with others."""

Digests = tuple[tuple[Signal, ...], bool]
"""All exact signals, and whether every byte is the same."""


@dataclass(frozen=True, slots=True)
class Whole:
    """Content that has come to its end.

    ``data`` is None when it was not held; ``digests`` is None when it is small and has not been
    digested yet. ``reason`` says in what it is incomplete.
    """

    kind: Kind
    size: int
    data: bytes | None
    digests: Digests | None
    reason: str = ""


class Intake:
    """Takes one file or member, in pieces of any size.

    Pictures are held up to ``limits.picture_bytes``; what names other content up to
    ``limits.nested_bytes``; archives and videos, too, with ``members``, since a file can be read
    again.
    """

    def __init__(self, limits: Limits, *, members: bool) -> None:
        self._limits, self._members = limits, members
        self._held = bytearray()
        self._room = SMALL
        self._large: tuple[Kind, Digester] | None = None
        self.size = 0

    def write(self, chunk: bytes) -> None:
        """Take the next bytes."""
        self.size += len(chunk)
        if self._large is None and self.size > SMALL:
            self._large = self._become_large(chunk)
        if self._large is not None:
            self._large[1].update(chunk)
        if self.size <= self._room:
            self._held += chunk
        elif self._held:
            self._held = bytearray()

    def finish(self, reason: str = "") -> Whole:
        """Return what it was; ``reason`` says in what it is incomplete."""
        data = bytes(self._held)
        if self._large is None:
            return Whole(sniff(data[:HEAD]), self.size, data, None, reason)
        kind, digester = self._large
        signals = digester.finish()
        held = data if self.size <= self._room else None
        return Whole(kind, self.size, held, (signals, digester.trivial), reason)

    def _become_large(self, chunk: bytes) -> tuple[Kind, Digester]:
        kind = sniff(bytes(self._held[:HEAD]) + chunk[:HEAD])
        self._room = 0
        if kind.family is Family.PICTURE:
            self._room = self._limits.picture_bytes
        elif kind.family is Family.NAMES or (
            kind.family in (Family.ARCHIVE, Family.VIDEO) and self._members
        ):
            self._room = self._limits.nested_bytes
        digester = Digester()
        if self._held:
            digester.update(bytes(self._held))
        return kind, digester
