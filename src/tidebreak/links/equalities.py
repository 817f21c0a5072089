"""Digests that are equal by construction where a file is small enough (no bytes are needed).

A tree over a single leaf is the hash of that leaf: AICH up to 184,320 bytes is the SHA-1, the
BitTorrent v2 root up to 16 KiB the SHA-256 (BEP 52), and a raw CID the SHA-256 of what it names.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tidebreak.model import Signal
from tidebreak.signals import MULTIHASH, RAW_CID, SIGNAL_TYPES

_AICH, _SHA1 = SIGNAL_TYPES["aich"], SIGNAL_TYPES["sha1"]
_ROOT, _SHA256, _RAW = SIGNAL_TYPES["btv2"], SIGNAL_TYPES["sha256"], SIGNAL_TYPES["cid-raw"]

_AICH_BLOCK, _ROOT_LEAF, _RAW_CHUNK = 184_320, 16_384, 1 << 20


def with_equals(signals: Sequence[Signal], size: int | None) -> tuple[Signal, ...]:
    """Return ``signals`` of a file of ``size`` bytes with those that must then be equal.

    Of a file of unknown size as if it were small: were it not, no file had the value in question.
    """
    implied = [equal for signal in signals for equal in _equals(signal, size or 0)]
    return distinct((*signals, *implied)) if implied else tuple(signals)


def distinct(signals: Iterable[Signal]) -> tuple[Signal, ...]:
    """Return each of ``signals`` once, in order."""
    return tuple({(signal.type.name, signal.value): signal for signal in signals}.values())


def _equals(signal: Signal, size: int) -> list[Signal]:
    value = signal.value
    if signal.type is _AICH and size <= _AICH_BLOCK:
        return [Signal(_SHA1, value)]
    if signal.type is _SHA1 and size <= _AICH_BLOCK:
        return [Signal(_AICH, value)]
    if signal.type is _ROOT and size <= _ROOT_LEAF:
        return [Signal(_SHA256, value)]
    if signal.type is _RAW and value[2:4] == MULTIHASH:
        return [Signal(_SHA256, value[4:])]
    if signal.type is _SHA256 and size <= _RAW_CHUNK:
        root = [Signal(_ROOT, value)] if size <= _ROOT_LEAF else []
        return [Signal(_RAW, RAW_CID + value), *root]
    return []
