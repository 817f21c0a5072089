"""The order in which a JPEG writes the coefficients of a block (ITU-T T.81, figure A.6)."""

from __future__ import annotations

import numpy as np

ZIGZAG = np.array(
    [(0, 0), (0, 1), (1, 0), (2, 0), (1, 1), (0, 2), (0, 3), (1, 2), (2, 1), (3, 0)], np.int64
)
"""Vertical and horizontal frequency of the first coefficients."""
