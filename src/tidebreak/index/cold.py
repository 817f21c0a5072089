"""Whether to use compiled kernels: a short-lived process is done before they are loaded.

Importing numba and its first call take more than half a second; a few look-ups in plain numpy
take milliseconds. The results are the same.
"""

from __future__ import annotations

_FEW = 100


class _Tally:
    """How many queries this process has asked; races only blur the number."""

    asked = 0


def kernels_pay(queries: int) -> bool:
    """Return whether kernels shall answer so many queries: from the hundredth on they do."""
    _Tally.asked += queries
    return _Tally.asked > _FEW
