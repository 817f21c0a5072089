"""Checks of what callers hand in, with one sentence for each mistake."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tidebreak.errors import UsageError
from tidebreak.index.plan import BITS


def check_bytes(array: Any, width: int, what: str) -> NDArray[np.uint8]:
    """Return ``array`` as contiguous (N, ``width``) uint8, or raise `UsageError`."""
    if not isinstance(array, np.ndarray) or array.dtype != np.uint8:
        given = getattr(array, "dtype", type(array).__name__)
        raise UsageError(f"{what} must be a numpy array of uint8, not {given}.")
    if array.ndim != 2 or array.shape[1] != width:
        raise UsageError(f"{what} must have the shape (N, {width}), not {array.shape}.")
    return np.ascontiguousarray(array)


def check_hashes(array: Any) -> NDArray[np.uint8]:
    """Return 256-bit hashes as contiguous (N, 32) uint8, or raise `UsageError`."""
    return check_bytes(array, BITS // 8, "Hashes")


def check_numbers(array: Any, count: int, what: str) -> NDArray[np.uint32]:
    """Return ``array`` as contiguous (``count``,) uint32, or raise `UsageError`."""
    if not isinstance(array, np.ndarray) or array.dtype != np.uint32:
        given = getattr(array, "dtype", type(array).__name__)
        raise UsageError(f"{what} must be a numpy array of uint32, not {given}.")
    if array.shape != (count,):
        raise UsageError(f"{what} must have the shape ({count},), not {array.shape}.")
    return np.ascontiguousarray(array)


def check_threads(threads: Any) -> int:
    """Return ``threads`` as an int of at least 1, or raise `UsageError`."""
    try:
        value = operator.index(threads)
    except TypeError:
        raise UsageError("The number of threads must be a whole number.") from None
    if value < 1:
        raise UsageError(f"There must be at least one thread, not {value}.")
    return value


def check_radius(radius: Any) -> int:
    """Return ``radius`` as an int from 0 to 256, or raise `UsageError`."""
    try:
        value = operator.index(radius)
    except TypeError:
        raise UsageError("The radius must be a whole number.") from None
    if not 0 <= value <= BITS:
        raise UsageError(f"The radius must be from 0 to {BITS}, not {value}.")
    return value
