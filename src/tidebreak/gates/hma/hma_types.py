"""The signal types and content types of HMA, and what they are here.

Source: python-threatexchange, ``signal_type`` and ``content_type``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tidebreak.errors import BadSignal
from tidebreak.model import Examination, Signal
from tidebreak.signals import SIGNAL_TYPES, SignalKind, SignalType

NEAR_BITS = 31
"""Two PDQ hashes match up to this distance (``pdq/README.md``)."""

LEAST_QUALITY = 50
"""A PDQ hash of less than this quality is none for HMA (`""`)."""

CONTENT_KINDS = ("photo", "video")


@dataclass(frozen=True, slots=True)
class HmaType:
    """One of HMA's signal types: its name there, its type here, the content that has it."""

    name: str
    type: SignalType
    contents: tuple[str, ...]

    @property
    def near(self) -> bool:
        """Whether values are compared by distance."""
        return self.type.kind is SignalKind.NEAR

    def read(self, text: str) -> Signal:
        """Return the signal that ``text`` writes; raise `BadSignal`. Upper case is taken, too."""
        return Signal(self.type, self.type.parse(text))

    def told(self, distance: float) -> str:
        """Return how a lookup states a distance."""
        return str(round(distance)) if self.near else "-"

    def of(self, whole: Examination) -> str:
        """Return the hash of what was examined, as HMA writes it, "" where it has none."""
        signal = whole.signal(self.type.name)
        if signal is None or whole.trivial or whole.size == 0:
            return ""
        if self.near and signal.quality is not None and signal.quality < LEAST_QUALITY:
            return ""
        return signal.text


def _kind(name: str, type: str, *contents: str) -> HmaType:
    return HmaType(name, SIGNAL_TYPES[type], contents)


HMA_TYPES: Mapping[str, HmaType] = {
    kind.name: kind
    for kind in (
        _kind("pdq", "pdq", "photo"),
        _kind("video_md5", "md5", "video"),
        _kind("video_sha256", "sha256", "video"),
        _kind("md5", "md5", "photo"),
        _kind("sha1", "sha1", "photo", "video"),
        _kind("sha256", "sha256", "photo"),
    )
}
"""All that are offered, by HMA's name; those beyond HMA's own are for files as they are."""


def distance_of(left: Signal, right: Signal) -> int:
    """Return in how many bits two values of one type differ."""
    if len(left.value) != len(right.value):
        raise BadSignal("Two values of different length cannot be compared; send two of one type.")
    return (int.from_bytes(left.value) ^ int.from_bytes(right.value)).bit_count()
