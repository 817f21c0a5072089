"""The words of the field as types (``docs/design.md``, section 2). Everything here is frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from tidebreak.signals import SEAL_SIZE, SignalKind, SignalType, signal_type
from tidebreak.view import Box, Depth, Turn, View, ViewKind

UNKNOWN_SIZE = -1
"""The size of an observation that is made of signals alone."""


@dataclass(frozen=True, slots=True)
class Signal:
    """One identifier of content: a type, a value in bytes and, for near signals, a quality.

    ``quality`` is 0–100 as PDQ defines it.
    """

    type: SignalType
    value: bytes
    quality: int | None = None

    @classmethod
    def parse(cls, type_name: str, text: str, quality: int | None = None) -> Signal:
        """Return the signal that ``text`` writes; raise `BadSignal` when it writes none."""
        kind = signal_type(type_name)
        return cls(kind, kind.parse(text), quality)

    @property
    def text(self) -> str:
        """The canonical text of the value."""
        return self.type.format(self.value)


@dataclass(frozen=True, slots=True)
class Examination:
    """What a worker found out about one file or archive member; signals, never pixels.

    ``member`` is empty for the file itself and the inner path (``a.zip!/b.png`` when nested)
    for a member. ``content`` is the sniffed type (``image/jpeg``). ``reason`` says why the
    file was not fully examined, empty when it was; ``note`` says what is worth knowing about
    one that was. ``preproc`` names the version of the path from bytes to the near signal.
    """

    member: str
    size: int
    content: str
    signals: tuple[Signal, ...] = ()
    views: tuple[View, ...] = ()
    reason: str = ""
    note: str = ""
    preproc: str = ""
    trivial: bool = False
    """Every byte, or every pixel, is the same: such content is never matched."""
    sequence: bytes = b""
    """The frames of a video, records of `tidebreak.hashing.frames`."""
    duration_ms: int = 0
    features: bytes = b""
    """Local features, records of `tidebreak.hashing.local`; never stored with an observation."""

    @property
    def near(self) -> tuple[Signal, ...]:
        """The near signals."""
        return tuple(s for s in self.signals if s.type.kind is SignalKind.NEAR)

    def signal(self, name: str) -> Signal | None:
        """Return the signal of type ``name``, if there is one."""
        return next((signal for signal in self.signals if signal.type.name == name), None)


@dataclass(frozen=True, slots=True)
class Observation:
    """One thing examined, in the form that may be kept: seals and near hashes, no locator.

    ``seals`` holds one 16-byte seal after the other, one for each of ``types`` (names of signal
    types, in their usual order).
    """

    member: str
    size: int
    content: str
    types: tuple[str, ...] = ()
    seals: bytes = b""
    views: tuple[View, ...] = ()
    reason: str = ""
    note: str = ""
    preproc: str = ""
    trivial: bool = False
    sequence: bytes = b""
    duration_ms: int = 0
    descriptors: tuple[bytes, ...] = ()
    """Vectors of a picture (`tidebreak.vectors`); never stored."""
    features: bytes = b""
    """Local features (`tidebreak.hashing.local`); never stored."""

    @property
    def content_key(self) -> bytes:
        """What is equal for equal bytes: the seal of the SHA-256, empty when there is none."""
        return self.seal("sha256")

    def seal(self, name: str) -> bytes:
        """Return the seal of type ``name``, empty when there is none."""
        if name not in self.types:
            return b""
        start = SEAL_SIZE * self.types.index(name)
        return self.seals[start : start + SEAL_SIZE]

    @property
    def exact_path(self) -> bool:
        """Whether the near hashes come from the full decode, not from a fast path."""
        return not self.preproc or self.preproc.endswith("/full")


class ListKind(StrEnum):
    """What it means to be on a list."""

    CONTRABAND = "contraband"
    WATCH = "watch"
    ALLOW = "allow"
    IGNORABLE = "ignorable"

    @property
    def hits(self) -> bool:
        """Whether being on such a list means that something known was found."""
        return self in (ListKind.CONTRABAND, ListKind.WATCH)


class Level(StrEnum):
    """How strongly something is recognised, strongest first."""

    EXACT = "exact"
    EXACT_WEAK = "exact-weak"
    NEAR = "near"
    POSSIBLE = "possible"
    LEAD = "lead"
    ALLOWED = "allowed"
    IGNORABLE = "ignorable"
    NONE = "none"

    @property
    def rank(self) -> int:
        """0 is the strongest."""
        return _LEVEL_RANK[self]

    @property
    def found(self) -> bool:
        """Whether this level means that something known was found."""
        return self.rank <= Level.LEAD.rank


_LEVEL_RANK = {level: rank for rank, level in enumerate(Level)}


class State(StrEnum):
    """The one state in which every examined item ends."""

    MATCHED = "matched"
    CLEAR = "clear"
    EXAMINED = "examined"
    """Hashed without being compared with anything."""
    NOT_FULLY_EXAMINED = "not fully examined"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Hamming distances (0–256) up to which PDQ means each level; ``quality`` is the least taken.

    ``depth`` is how far views of a query count for this list; None leaves it to the settings.
    ``author`` and ``reason`` say who set them and why (``docs/design.md``, verdict levels).
    """

    near: int = 31
    possible: int = 40
    lead: int = 60
    quality: int = 50
    author: str = "tidebreak"
    reason: str = "defaults: PDQ's published operating point is 31 at quality 50"
    depth: Depth | None = None

    @property
    def widest(self) -> int:
        """The largest distance that means anything."""
        return max(self.near, self.possible, self.lead)


@dataclass(frozen=True, slots=True)
class HashList:
    """A named set of entries from one owner."""

    id: int
    name: str
    kind: ListKind
    owner: str = ""
    legal_basis: str = ""
    scheme: str = ""
    enabled: bool = True
    thresholds: Thresholds = field(default_factory=Thresholds)
    entries: int = 0


@dataclass(frozen=True, slots=True)
class Entry:
    """One known item as a list gives it, before it is sealed and stored.

    ``key`` is the owner's own identifier, empty when the list has none. ``fields`` keeps every
    other column or key verbatim. ``line`` is where it stands in its file (1-based).
    """

    line: int
    signals: tuple[Signal, ...]
    key: str = ""
    classification: str = ""
    scheme: str = ""
    size: int | None = None
    fields: Mapping[str, object] = field(default_factory=dict[str, object])


Range = tuple[float, float, float, float]
"""Where a known video lies in a file: start and end here, start and end there, in seconds."""


@dataclass(frozen=True, slots=True)
class Match:
    """One reason: this signal resembles that entry, this strongly, by this list's word."""

    list: str
    owner: str
    kind: ListKind
    entry: str
    classification: str
    scheme: str
    level: Level
    signal: str
    distance: float
    region: str = "full"
    transform: str = "none"
    quality: int | None = None
    reason: str = ""
    algorithm: str = ""
    disputed: bool = False
    known_part: str = "whole"
    """Which part of the known item was resembled: ``whole``, ``crop 7``, ``frame at 3.20 s``."""
    known_fraction: float | None = None
    """For videos: the share of the known one that is in this file, 0-1."""
    file_fraction: float | None = None
    """For videos: the share of this file that is known, 0-1."""
    ranges: tuple[Range, ...] = ()
    number: int = 0
    """The entry's number in this installation, also where its list has an id of its own for it."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The strongest level with all its matches."""

    level: Level = Level.NONE
    matches: tuple[Match, ...] = ()
    omitted: int = 0
    """Weaker matches that were found and are not stated; there may be still more."""


__all__ = [
    "Box",
    "Depth",
    "Entry",
    "Examination",
    "HashList",
    "Level",
    "ListKind",
    "Match",
    "Observation",
    "Range",
    "Signal",
    "SignalKind",
    "State",
    "Thresholds",
    "Turn",
    "Verdict",
    "View",
    "ViewKind",
]
