"""A view: one near hash of an item, and of what it is (``docs/recognition.md``)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Depth(StrEnum):
    """How much is tried to see through what was done to a picture, least first."""

    FAST = "fast"
    STANDARD = "standard"
    DEEP = "deep"

    @property
    def rank(self) -> int:
        """0 is the least."""
        return _DEPTH_RANK[self]


_DEPTH_RANK = {depth: rank for rank, depth in enumerate(Depth)}


class ViewKind(StrEnum):
    """Which part of an item a near hash was made of."""

    FULL = "full"
    FRAME = "frame"
    """A further frame of an animation or page of a document."""
    TRIM = "without borders"
    CONTENT = "content box"
    SEAM = "box at seams"
    EXTENDED = "extended"
    """The picture completed at its edges, as if it had been cropped."""
    FILLED = "filled in"
    """Words or strips that lie over the picture, filled in from their surroundings."""
    LEVELLED = "levelled"
    """The picture turned by a small angle."""
    ALIGNED = "aligned region"
    """A region that known pictures are hashed at, too: compared like with like."""
    REGION = "region"
    """A part of a known picture, as enrolment keeps it: its code says how it is compared."""
    INNER = "inner part"
    """The picture with its edges cut off, to be found by the crops of known pictures."""


class Turn(IntEnum):
    """The eight ways to turn and mirror a picture."""

    NONE = 0
    MIRROR = 1
    FLIP = 2
    HALF = 3
    TRANSPOSE = 4
    LEFT = 5
    RIGHT = 6
    TRANSVERSE = 7


Box = tuple[int, int, int, int]
"""Left, top, right and bottom in pixels of the canonical picture."""


@dataclass(frozen=True, slots=True)
class View:
    """One near hash of an item, and of what: the part, how it was turned, at which depth.

    ``hash`` is a PDQ of 32 bytes, ``quality`` 0-100 or None where unknown. ``number`` is that of
    a frame, the code of a region, or the per cent by which a view was extended or filled.
    ``angle`` is in degrees.
    """

    hash: bytes
    quality: int | None = None
    kind: ViewKind = ViewKind.FULL
    turn: Turn = Turn.NONE
    box: Box | None = None
    number: int = 0
    angle: float = 0.0
    depth: Depth = Depth.FAST

    @property
    def region(self) -> str:
        """The part in words: ``full``, ``frame 12``, ``content box 10,20 300x400``."""
        if self.kind is ViewKind.FRAME:
            return f"frame {self.number}"
        if self.kind in (ViewKind.ALIGNED, ViewKind.REGION):
            return f"region {self.number}"
        if self.box is None:
            return self.kind.value
        left, top, right, bottom = self.box
        return f"{self.kind.value} {left},{top} {right - left}x{bottom - top}"

    @property
    def transform(self) -> str:
        """How the part was turned before it was hashed, in words; ``none`` when it was not."""
        parts = [_TURN_WORDS[self.turn]] if self.turn else []
        if self.kind is ViewKind.EXTENDED:
            parts.append(f"extended by {self.number} %")
        if self.kind is ViewKind.FILLED:
            parts.append(f"{self.number} % filled in")
        if self.angle:
            parts.append(f"turned by {self.angle:g} degrees")
        return ", ".join(parts) or "none"


_TURN_WORDS = {
    Turn.MIRROR: "mirrored",
    Turn.FLIP: "upside down, mirrored",
    Turn.HALF: "half turn",
    Turn.TRANSPOSE: "quarter turn left, flipped",
    Turn.LEFT: "quarter turn left",
    Turn.RIGHT: "quarter turn right",
    Turn.TRANSVERSE: "quarter turn right, flipped",
}
