"""Views as bytes: how they travel from a worker and how they are stored.

Records of 58 bytes, little-endian: kind, turn, depth, quality (255 unknown), number, box (four
int32, all zero where there is none), angle in tenths of a degree, hash.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable

from tidebreak.model import Depth, Turn, View, ViewKind

RECORD = struct.Struct("<BBBBIiiiih32s")
_UNKNOWN = 255
_NO_BOX = (0, 0, 0, 0)
_LARGEST_TURN = 1800

# Numbers are added, never changed: they are stored.
_KINDS = (
    ViewKind.FULL, ViewKind.FRAME, ViewKind.TRIM, ViewKind.CONTENT, ViewKind.SEAM,
    ViewKind.EXTENDED, ViewKind.LEVELLED, ViewKind.ALIGNED, ViewKind.INNER, ViewKind.FILLED,
    ViewKind.REGION,
)  # fmt: skip
_KIND_CODES = {kind: code for code, kind in enumerate(_KINDS)}
_DEPTHS = tuple(Depth)


def pack_views(views: Iterable[View]) -> bytes:
    """Return ``views`` as records."""
    return b"".join(
        RECORD.pack(
            _KIND_CODES[view.kind],
            view.turn,
            view.depth.rank,
            _UNKNOWN if view.quality is None else view.quality,
            view.number,
            *(view.box or _NO_BOX),
            round(view.angle * 10),
            view.hash,
        )
        for view in views
    )


def unpack_views(data: bytes) -> tuple[View, ...]:
    """Return the views that ``data`` holds; raises ``ValueError`` when it holds anything else."""
    if len(data) % RECORD.size:
        raise ValueError("records of views that are cut off")
    return tuple(_view(*fields) for fields in RECORD.iter_unpack(data))


def _view(
    kind: int,
    turn: int,
    depth: int,
    quality: int,
    number: int,
    left: int,
    top: int,
    right: int,
    bottom: int,
    angle: int,
    value: bytes,
) -> View:
    known = kind < len(_KINDS) and turn < len(Turn) and depth < len(_DEPTHS)
    if not known or not (quality <= 100 or quality == _UNKNOWN) or abs(angle) > _LARGEST_TURN:
        raise ValueError("a view with unknown fields")
    box = (left, top, right, bottom)
    if box != _NO_BOX and not (left < right and top < bottom):
        raise ValueError("a view of an empty box")
    return View(
        value,
        None if quality == _UNKNOWN else quality,
        _KINDS[kind],
        Turn(turn),
        None if box == _NO_BOX else box,
        number,
        angle / 10,
        _DEPTHS[depth],
    )
