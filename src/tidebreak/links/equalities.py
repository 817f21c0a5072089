"""Digests that are equal by construction where a file is small enough (no bytes are needed).

A tree over a single leaf is the hash of that leaf: AICH up to 184,320 bytes is the SHA-1, the
BitTorrent v2 root up to 16 KiB the SHA-256 (BEP 52), and a raw CID the SHA-256 of what it names.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tidebreak.model import Signal
from tidebreak.signals import RAW_CID, SIGNAL_TYPES, SignalType

_RAW, _SHA256, _ROOT = SIGNAL_TYPES["cid-raw"], SIGNAL_TYPES["sha256"], SIGNAL_TYPES["btv2"]

_EQUAL = {
    "aich": ((184_320, SIGNAL_TYPES["sha1"]),),
    "sha1": ((184_320, SIGNAL_TYPES["aich"]),),
    "btv2": ((16_384, _SHA256), (16_384, _RAW)),
    "sha256": ((1 << 20, _RAW), (16_384, _ROOT)),
    "cid-raw": ((1 << 63, _SHA256), (16_384, _ROOT)),
}
"""By the name of a type: up to how many bytes a value of it is also one of which other types."""


def with_equals(signals: Sequence[Signal], size: int | None) -> tuple[Signal, ...]:
    """Return ``signals`` of a file of ``size`` bytes with those that must then be equal.

    Of a file of unknown size as if it were small: were it not, no file had the value in question.
    """
    found = {(signal.type.name, signal.value): signal for signal in signals}
    for signal in signals:
        for most, kind in _EQUAL.get(signal.type.name, ()):
            if size is None or size <= most:
                value = _as(kind, signal)
                if (kind.name, value) not in found:
                    found[kind.name, value] = Signal(kind, value)
    return tuple(found.values())


def _as(kind: SignalType, signal: Signal) -> bytes:
    if kind is _RAW:
        return RAW_CID + signal.value
    return signal.value[len(RAW_CID) :] if signal.type is _RAW else signal.value


def distinct(signals: Iterable[Signal]) -> tuple[Signal, ...]:
    """Return each of ``signals`` once, in order."""
    # By hand: a signal hashes slowly, since its type is a dataclass with many fields.
    return tuple({(signal.type.name, signal.value): signal for signal in signals}.values())
