"""What becomes of each file and archive member: an entry of the list, or the reason why not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from tidebreak.hashing.frames import FrameSequence
from tidebreak.hashing.local import LocalFeatures
from tidebreak.lists.pack_entries import PackEntry, Prints
from tidebreak.model import Examination, Signal, SignalKind, View, ViewKind
from tidebreak.signals import SIGNAL_TYPES

LEAST_QUALITY = 50
"""PDQ's published advice is to discard hashes below this quality."""

_MEDIA = ("image/", "video/")


class Outcome(StrEnum):
    """The one state in which everything that is enrolled ends."""

    ENROLLED = "enrolled"
    EXACT_ONLY = "by exact signals only"
    DUPLICATE = "same content as another file"
    LEFT_OUT = "left out"


@dataclass(frozen=True, slots=True)
class Label:
    """What its owner says of an item."""

    classification: str = ""
    scheme: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One file or archive member. ``reason`` says why it is not, or not in full, enrolled.

    ``entry`` has every signal; a pack's writer leaves out the exact ones unless told otherwise.
    """

    path: str
    member: str
    outcome: Outcome
    reason: str = ""
    entry: PackEntry | None = None


def item_of(path: str, found: Examination, key: str, label: Label, codes: frozenset[int]) -> Item:
    """Return what becomes of ``found``, whose entry ``key`` keeps the regions with ``codes``."""
    why = _why_not(found)
    if why:
        return Item(path, found.member, Outcome.LEFT_OUT, why)
    entry = PackEntry(
        key,
        Prints.of(list(_pages(found))),
        Prints.of(
            [(v.number, v.quality or 0, v.hash) for v in _regions(found) if v.number in codes]
        ),
        _frames(found),
        tuple(signal for signal in found.signals if signal.type.kind is SignalKind.EXACT),
        label.classification,
        label.scheme,
        found.size,
        _described(found),
        tuple(_kept(found)),
    )
    if entry.hashes:
        return Item(path, found.member, Outcome.ENROLLED, found.reason, entry)
    why = found.reason or found.note or f"no hash of quality {LEAST_QUALITY}"
    return Item(path, found.member, Outcome.EXACT_ONLY, why, entry)


def _why_not(found: Examination) -> str:
    if found.trivial:
        return "every byte or pixel is the same: it would match what has nothing to do with it"
    if not found.signals:
        return found.reason or "it could not be read"
    if found.content.startswith(_MEDIA):
        return ""
    return f"neither a picture nor a video ({found.content or 'unknown content'})"


def _pages(found: Examination) -> Iterator[tuple[int, int, bytes]]:
    """Yield number, quality and hash of the whole picture, then of its distinct other frames."""
    whole = found.signal("pdq")
    frames = [view for view in found.views if view.kind is ViewKind.FRAME]
    seen: set[bytes] = set()
    parts = [(0, whole.quality, whole.value)] if whole else []
    for number, quality, value in parts + [
        (view.number, view.quality, view.hash) for view in frames
    ]:
        if (quality or 0) >= LEAST_QUALITY and value not in seen:
            seen.add(value)
            yield number, quality or 0, value


def _regions(found: Examination) -> Iterator[View]:
    return (view for view in found.views if view.kind is ViewKind.REGION)


def _kept(found: Examination) -> Iterator[Signal]:
    """Yield vectors and local features, for the installation alone: no pack has them."""
    yield from (signal for signal in found.signals if signal.type.name == "descriptor")
    if found.features:
        value = LocalFeatures.unpack(found.features).value()
        if value:
            yield Signal(SIGNAL_TYPES["orb"], value)


def _frames(found: Examination) -> Prints:
    records = FrameSequence.unpack(found.sequence).stored().records
    good = records[records["quality"] >= LEAST_QUALITY]
    return Prints(tuple(good["time"].tolist()), good["quality"].tobytes(), good["hash"].tobytes())


def _described(found: Examination) -> dict[str, object]:
    """Return what may be said of an item without describing it: rough size, length."""
    fields: dict[str, object] = {}
    boxes = [view.box for view in _regions(found) if view.box]
    if boxes:
        fields["shape"] = [
            _rounded(max(box[2] for box in boxes)),
            _rounded(max(b[3] for b in boxes)),
        ]
    if found.duration_ms:
        fields["seconds"] = _rounded(max(1, found.duration_ms // 1000))
    return fields


def _rounded(value: int) -> int:
    """Return ``value`` to two digits: enough to sort by, too little to tell two copies apart."""
    unit = 10 ** max(0, len(str(value)) - 2)
    return round(value / unit) * unit
