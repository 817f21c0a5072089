"""Vectors of descriptors as bytes: how they travel from a worker, are kept, and stand in lists.

A value is a header, equal for all vectors of one descriptor, and the vector itself. The header:
length of the name (uint8), name (ASCII), the first 16 bytes of the model's SHA-256, metric (uint8),
dimension (uint16). The vector: ``dimension`` float32, or bits for Hamming, first bit highest.
Numbers are little-endian. A value says how long it is, so several may follow one another.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

MODEL_BYTES = 16
"""Bytes of the model's SHA-256 that a value carries."""

MOST_DIMENSIONS = 8192

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}", re.ASCII)
"""What a descriptor may be called."""


class Metric(StrEnum):
    """How two vectors of a descriptor are compared; smaller is always closer."""

    COSINE = "cosine"
    """1 - the cosine of the angle between them: 0 to 2. Vectors are kept at length 1."""
    L2 = "l2"
    """The Euclidean distance."""
    HAMMING = "hamming"
    """The number of components whose signs differ."""


# Numbers are added, never changed: they are stored.
_METRICS = (Metric.COSINE, Metric.L2, Metric.HAMMING)
_TAIL = struct.Struct(f"<{MODEL_BYTES}sBH")


def header(name: str, model_sha256: str, metric: Metric, dimension: int) -> bytes:
    """Return what every value of a descriptor begins with."""
    model = bytes.fromhex(model_sha256)[:MODEL_BYTES]
    tail = _TAIL.pack(model, _METRICS.index(metric), dimension)
    return bytes([len(name)]) + name.encode("ascii") + tail


def body_bytes(metric: Metric, dimension: int) -> int:
    """Return how many bytes follow the header."""
    return dimension // 8 if metric is Metric.HAMMING else dimension * 4


def encode(output: NDArray[np.float32], metric: Metric) -> bytes:
    """Return the body for a model's ``output``, float32 (d,).

    Raises ``ValueError`` when it is not finite, or has no direction where that is all that counts.
    """
    if not np.isfinite(output).all():
        raise ValueError("numbers that are not finite")
    if metric is Metric.HAMMING:
        return np.packbits(output > 0).tobytes()
    if metric is Metric.L2:
        return output.astype("<f4").tobytes()
    wide = output.astype(np.float64)
    length = float(np.sqrt(wide @ wide))
    if length == 0:
        raise ValueError("only zeros")
    return (wide / length).astype("<f4").tobytes()


def split(data: bytes) -> Iterator[bytes]:
    """Yield the values that follow one another in ``data``; raises ``ValueError`` for others."""
    at = 0
    while at < len(data):
        length = _length(data, at)
        value = data[at : at + length]
        if len(value) != length:
            raise ValueError("a vector that is cut off")
        yield value
        at += length


def _length(data: bytes, at: int) -> int:
    """Return the length of the value at ``at``."""
    start = at + 1 + data[at]
    if not NAME.fullmatch(data[at + 1 : start].decode("ascii", "replace")):
        raise ValueError("a vector without a name")
    try:
        _, metric, dimension = _TAIL.unpack_from(data, start)
    except struct.error:
        raise ValueError("a vector that is cut off") from None
    if metric >= len(_METRICS) or not 0 < dimension <= MOST_DIMENSIONS:
        raise ValueError("a vector of an unknown kind")
    return start + _TAIL.size - at + body_bytes(_METRICS[metric], dimension)
