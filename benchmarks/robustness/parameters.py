"""Everything about the suite that is a number or a choice, except what the edits draw.

The edits' own parameters stand in the table of ``tidebreak.calibration.transforms``.
"""

from __future__ import annotations

SEED = 20
PICTURES = 100
QUICK_PICTURES = 12

MARKS = (31, 40)
"""Distances that the curve marks."""

STATED: dict[str, tuple[int, ...]] = {
    "pdqhash": (31,),
    "threatexchange": (31,),
    "imagehash 256": (),
    "PDQ": (31,),
    "verified": (40,),
    "enrolled, verified": (31, 40),
}
"""Distances at which each method's recall is stated; none: the largest that confuses nothing.

The verified tier never says more than `possible`, which ends at 40.
"""

STATED_ELSE = (31, 40)

FAMILY = 16
"""Pictures per family of hard negatives."""

CURVE = 100
"""Largest distance on the curve."""

PHOTOGRAPHS = (
    "astronaut.png", "brick.png", "camera.png", "chelsea.png", "coffee.png", "coins.png",
    "grass.png", "gravel.png", "hubble_deep_field.jpg", "ihc.png", "moon.png",
    "motorcycle_left.png", "retina.jpg", "rocket.jpg",
)  # fmt: skip
"""What ships with scikit-image: the pictures taken when no folder is named."""
