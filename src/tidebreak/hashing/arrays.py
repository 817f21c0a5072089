"""The arrays that pass between the modules here, and the read-only form that kernels take.

Kernels are compiled once for each type of array they are given, and a writable array is another
type than a read-only one: what is only read is made read-only first, so that one will do.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Words = NDArray[np.uint32]
Longs = NDArray[np.uint64]
Ints = NDArray[np.int64]
Floats = NDArray[np.float32]


def readonly(data: Any) -> Bytes:
    """Return the bytes of any buffer as a read-only (N,) uint8 array, without a copy."""
    view = np.frombuffer(data, np.uint8)
    view.flags.writeable = False
    return view


def readonly_rows(array: Bytes) -> Bytes:
    """Return ``array`` of any shape as a contiguous read-only one, copied only if it must be."""
    view = np.ascontiguousarray(array).view()
    view.flags.writeable = False
    return view
