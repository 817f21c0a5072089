"""What the pool and a worker say to each other, in a form that cannot carry code.

One Unix socket pair of type SEQPACKET joins them, so every packet arrives whole or not at all.

Pool to worker: the settings once, as JSON, with the declarations of descriptors; then batches, each
one packet of `JOB` records with as many file descriptors attached (SCM_RIGHTS). Worker to pool:
packets of frames, each a `FRAME` header and a body. A worker that has parsed hostile bytes may say
anything: every length, type, range and text is checked here, and what does not fit is `Malformed`.
Integers are little-endian.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import cache

from tidebreak.errors import BadSignal
from tidebreak.hashing.local import LocalFeatures
from tidebreak.model import UNKNOWN_SIZE, Examination, Signal
from tidebreak.packed_views import RECORD, pack_views, unpack_views
from tidebreak.signals import (
    DAG_PB_CID,
    EXACT_TYPES,
    MULTIHASH,
    RAW_CID,
    SIGNAL_TYPES,
    SignalType,
)
from tidebreak.vectors import split

PACKET = 1 << 17
"""Largest packet in bytes; below the default socket buffer of Linux."""

MOST_JOBS = 64
"""Most jobs in one batch; the kernel passes 253 descriptors at once."""

JOB = struct.Struct("<QQB")
"""Token, size in bytes, and flags: `FULL_WANTED`, `REGIONS_WANTED`."""

FULL_WANTED, REGIONS_WANTED = 1, 2

BAD_DESCRIPTOR = "a descriptor cannot be used:"
"""Begins the last words of a worker that could not start for that."""

OUT_OF_MEMORY_EXIT = 86
"""Exit code of a worker that ran out of memory where it could not say so in a frame."""

FRAME = struct.Struct("<IBQ")
"""Length of the body in bytes, `Word`, token."""

_BODY = struct.Struct("<qBBHQHHHHHH")
"""Size (or `UNKNOWN_SIZE`), flags, PDQ quality, mask of exact types, duration in ms; lengths of
five texts; views."""

_TRIVIAL, _HAS_PDQ = 1, 2
_TEXTS = (32768, 200, 2000, 2000, 100)
"""Most bytes of member name, content, reason, note and preproc."""

_CID_BYTES = {"cid-v0": 34, "cid-v1": 36, "cid-raw": 36}
_CID_STARTS = {
    "cid-v0": (MULTIHASH,),
    "cid-v1": (RAW_CID, DAG_PB_CID),
    "cid-raw": (RAW_CID, DAG_PB_CID),
}
_EXACT = tuple((kind, kind.length or _CID_BYTES[kind.name]) for kind in EXACT_TYPES)
_PDQ, _DESCRIPTOR = SIGNAL_TYPES["pdq"], SIGNAL_TYPES["descriptor"]
MOST_VIEWS = 1500
"""Most views that a result carries: it must fit into a packet."""

PART_BYTES = 1 << 16
MOST_PART_BYTES = 64 << 20
"""Bytes of one part, and of all parts of one kind that belong to one result."""


class Malformed(Exception):
    """A worker said what no honest worker says."""


class Word(IntEnum):
    """What a frame means."""

    READY = 1
    """The worker is locked down; the body is its posture as JSON."""
    DRAFT = 2
    """What is known so far, to be kept should the worker die over the rest."""
    RESULT = 3
    """A finished examination; more of this job follow."""
    LAST = 4
    """A finished examination, the last of its job."""
    PART = 5
    """A piece of what is too long for the next result of this job: its `PartKind`, and bytes."""


class PartKind(IntEnum):
    """What a part belongs to."""

    SEQUENCE = 1
    FEATURES = 2
    DESCRIPTORS = 3


@dataclass(frozen=True, slots=True)
class Message:
    """One frame as it arrived; the body is not looked into yet."""

    word: Word
    token: int
    body: bytes


def frame(word: Word, token: int, body: bytes) -> bytes:
    """Return one frame."""
    return FRAME.pack(len(body), word, token) + body


def frames(packet: bytes) -> Iterator[Message]:
    """Take a packet apart; raises `Malformed`."""
    at = 0
    while at < len(packet):
        try:
            length, word, token = FRAME.unpack_from(packet, at)
            message = Message(Word(word), token, packet[at + FRAME.size : at + FRAME.size + length])
        except (struct.error, ValueError):
            raise Malformed("a frame with a bad header") from None
        if len(message.body) != length:
            raise Malformed("a frame that is cut off")
        yield message
        at += FRAME.size + length


def pack(found: Examination) -> bytes:
    """Return the body that writes ``found``; texts that are too long are cut."""
    values = {signal.type.name: signal for signal in found.signals}
    mask = sum(1 << bit for bit, (kind, _) in enumerate(_EXACT) if kind.name in values)
    pdq = values.get("pdq")
    texts = [
        _clip(text, most)
        for text, most in zip(
            (found.member, found.content, found.reason, found.note, found.preproc),
            _TEXTS,
            strict=True,
        )
    ]
    flags = (_TRIVIAL if found.trivial else 0) | (_HAS_PDQ if pdq else 0)
    head = _BODY.pack(
        found.size,
        flags,
        (pdq.quality or 0) if pdq else 0,
        mask,
        found.duration_ms,
        *map(len, texts),
        min(len(found.views), MOST_VIEWS),
    )
    exact = [values[kind.name].value for kind, _ in _EXACT if kind.name in values]
    views = pack_views(found.views[:MOST_VIEWS])
    return b"".join((head, *texts, *exact, pdq.value if pdq else b"", views))


def parts(found: Examination) -> Iterator[bytes]:
    """Yield the bodies of the parts that must precede the result ``found``."""
    described = b"".join(s.value for s in found.signals if s.type is _DESCRIPTOR)
    carried = (found.sequence, found.features, described)
    for kind, data in zip(PartKind, carried, strict=True):
        for start in range(0, len(data), PART_BYTES):
            yield bytes([kind]) + data[start : start + PART_BYTES]


class Parts:
    """The parts of a result that is still to come, as they arrive."""

    def __init__(self) -> None:
        self._data: dict[PartKind, bytearray] = {}

    def add(self, body: bytes) -> None:
        """Take one part; raises `Malformed`."""
        if not body or body[0] not in set(PartKind):
            raise Malformed("a part of nothing known")
        data = self._data.setdefault(PartKind(body[0]), bytearray())
        data += memoryview(body)[1:]
        if len(data) > MOST_PART_BYTES:
            raise Malformed("parts without end")

    def complete(self, found: Examination) -> Examination:
        """Return ``found`` with what its parts carry; raises `Malformed`."""
        if not self._data:
            return found
        sequence, features, described = (bytes(self._data.get(kind, b"")) for kind in PartKind)
        try:
            vectors = tuple(Signal(_DESCRIPTOR, value) for value in split(described))
        except ValueError as error:
            raise Malformed(str(error)) from None
        _check_features(features)
        signals = found.signals + vectors
        return replace(found, signals=signals, sequence=sequence, features=features)


def _check_features(features: bytes) -> None:
    try:
        if features:
            LocalFeatures.unpack(features)
    except BadSignal as error:
        raise Malformed(str(error)) from None


def unpack(body: bytes) -> Examination:
    """Return the examination that ``body`` writes; raises `Malformed`."""
    try:
        size, flags, quality, mask, duration, *lengths, count = _BODY.unpack_from(body)
    except struct.error:
        raise Malformed("a result that is cut off") from None
    if flags > 3 or mask >> len(_EXACT) or count > MOST_VIEWS or size < UNKNOWN_SIZE:
        raise Malformed("a result with unknown fields")
    at = _BODY.size + sum(lengths)
    kinds, layout = _layout(mask, bool(flags & _HAS_PDQ))
    if len(body) != at + layout.size + count * RECORD.size:
        raise Malformed("a result of the wrong length")
    member, content, reason, note, preproc = _texts(body, lengths)
    signals = tuple(map(Signal, kinds, layout.unpack_from(body, at)))
    _check_cids(signals)
    if flags & _HAS_PDQ:
        signals = (*signals[:-1], _pdq(signals[-1].value, quality))
    try:
        views = unpack_views(body[at + layout.size :])
    except ValueError as error:
        raise Malformed(str(error)) from None
    trivial = bool(flags & _TRIVIAL)
    return Examination(
        member, size, content, signals, views, reason, note, preproc, trivial, duration_ms=duration
    )


@cache
def _layout(mask: int, has_pdq: bool) -> tuple[tuple[SignalType, ...], struct.Struct]:
    """Return the types of the signals in a body, and how their values lie one after another."""
    present = [row for bit, row in enumerate(_EXACT) if mask >> bit & 1]
    present += [(_PDQ, _PDQ.length)] if has_pdq else []
    layout = struct.Struct("<" + "".join(f"{length}s" for _, length in present))
    return tuple(kind for kind, _ in present), layout


def member_of(body: bytes) -> bytes:
    """Return the name of the member that ``body`` is about, as packed; raises `Malformed`."""
    try:
        length = _BODY.unpack_from(body)[5]
    except struct.error:
        raise Malformed("a result that is cut off") from None
    return body[_BODY.size : _BODY.size + length]


def _clip(text: str, most: int) -> bytes:
    # Surrogates stand for bytes of a name that are no UTF-8; they must survive the journey.
    data = text.encode("utf-8", "surrogatepass")
    if len(data) <= most:
        return data
    return data[: most - 3].decode("utf-8", "ignore").encode() + b"..."


def _texts(body: bytes, lengths: Sequence[int]) -> list[str]:
    at, texts = _BODY.size, list[str]()
    for length, most in zip(lengths, _TEXTS, strict=True):
        try:
            texts.append(body[at : at + length].decode("utf-8", "surrogatepass"))
        except UnicodeDecodeError:
            raise Malformed("a text that is not UTF-8") from None
        if length > most:
            raise Malformed("a text that is too long")
        at += length
    # Names are free; the rest is shown to people as it stands.
    if not all(text.isprintable() for text in texts[1:]):
        raise Malformed("a text with control characters")
    return texts


def _check_cids(signals: tuple[Signal, ...]) -> None:
    for signal in signals:
        start = _CID_STARTS.get(signal.type.name)
        if start and not signal.value.startswith(start):
            raise Malformed("a CID that is none")


def _pdq(value: bytes, quality: int) -> Signal:
    if quality > 100:
        raise Malformed("a quality beyond the scale of PDQ")
    return Signal(_PDQ, value, quality)
