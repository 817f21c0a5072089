"""Where a picture is drawn on flat ground, as text and interfaces are, and where it is not.

Two screenshots of one application share its letters and icons whatever they show. These stand on
ground of very few exact grey levels, which stand out of the histogram as spikes; what a camera
saw spreads over neighbouring levels. Needs the extra ``[verify]`` (OpenCV), imported on first use.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tidebreak.errors import UsageError
from tidebreak.model import Box

Grey = NDArray[np.uint8]
"""(height, width)."""

EVEN = 2
"""A pixel is even when it and its eight neighbours differ by no more than this."""

SPIKE_SHARE, SPIKE_RATIO = 0.003, 4.0
"""A level and its neighbours are a spike when their even pixels are this share of all pixels, and
so many times those of levels 3 to 8 away."""

BESIDE = 9
"""Side of the square in which a pixel must have an even one to be part of flat ground."""

AROUND = 31
"""Side of the square around a pixel, in pixels: that of a descriptor of the smallest size."""

FLAT_SHARE = 0.35
"""A pixel is on flat ground when so much of the square around it has a spike's level."""

CELL = 8
"""Side of the cells of which areas are made, in pixels."""

LEAST_AREA, LEAST_OF_LARGEST, MOST_AREAS = 0.03, 0.2, 4
"""An area counts from this share of the picture and of the largest area; so many at most."""


@cache
def opencv() -> Any:
    """Return the module ``cv2``, kept to one thread; raise `UsageError` without it."""
    try:
        import cv2
    except ImportError:
        raise UsageError(
            "Local features need OpenCV: install the extra with pip install 'tidebreak[verify]'."
        ) from None
    cv2.setNumThreads(1)
    return cv2


def flat_ground(grey: Grey) -> NDArray[np.bool_]:
    """Return which pixels of ``grey`` (H, W) are surrounded by flat ground, (H, W) bool."""
    cv2: Any = opencv()
    square = np.ones((3, 3), np.uint8)
    even = cv2.dilate(grey, square) - cv2.erode(grey, square) <= EVEN
    beside = cv2.dilate(even.astype(np.uint8), np.ones((BESIDE, BESIDE), np.uint8))
    ground = (_spikes(grey, even)[grey] & (beside > 0)).astype(np.float32)
    share = cv2.boxFilter(ground, -1, (AROUND, AROUND), borderType=cv2.BORDER_REPLICATE)
    return np.asarray(share > FLAT_SHARE)


def _spikes(grey: Grey, even: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which of the 256 levels stand out of the histogram of ``even`` pixels."""
    share = np.bincount(grey[even], minlength=256) / grey.size
    here = np.convolve(share, np.ones(3), "same")
    wide = np.pad(here, 8, mode="reflect")
    offsets = (*range(-8, -2), *range(3, 9))
    # The median: another spike close by, as of a second colour of paper, must not hide this one.
    around = np.median([np.roll(wide, offset)[8:-8] for offset in offsets], axis=0)
    return (here > SPIKE_SHARE) & (here > SPIKE_RATIO * around)


def textured_areas(flat: NDArray[np.bool_]) -> list[Box]:
    """Return the boxes of connected areas that are not ``flat`` (H, W), largest first."""
    height, width = flat.shape
    if min(height, width) < CELL:
        return []
    cv2: Any = opencv()
    size = (width // CELL, height // CELL)
    textured = cv2.resize((~flat).astype(np.uint8) * 255, size, interpolation=cv2.INTER_AREA)
    found = cv2.connectedComponentsWithStats((textured > 127).astype(np.uint8), connectivity=4)
    components = np.asarray(found[2])[1:]
    components = components[np.argsort(-components[:, cv2.CC_STAT_AREA], kind="stable")]
    areas = components[:, cv2.CC_STAT_AREA]
    least = max(LEAST_AREA * textured.size, LEAST_OF_LARGEST * areas.max(initial=0))
    return [
        (CELL * x, CELL * y, min(width, CELL * (x + w)), min(height, CELL * (y + h)))
        for x, y, w, h, area in components[:MOST_AREAS].tolist()
        if area >= least and min(w, h) >= CELL
    ]
