"""Extensions against the crops that they undo."""

from __future__ import annotations

import numpy as np
import pytest
import skimage.data

from tidebreak.hashing.pdq import pdq_rgb
from tidebreak.hashing.views.extend import CROPS, beside_strip, extended
from tidebreak.hashing.views.luma import ReducedLuma
from tidebreak.hashing.views.turns import coefficients, hashes
from tidebreak.model import Depth


@pytest.mark.parametrize("depth", [Depth.STANDARD, Depth.DEEP])
def test_boxes_are_as_much_larger_as_a_crop_took_away(depth: Depth):
    found = list(extended(950, 475, depth))
    assert len(found) == sum(places**2 for _, places in CROPS[depth])
    for share, (left, top, right, bottom) in found:
        assert (right - left) * (100 - share) / 100 == pytest.approx(950, abs=1)
        assert (bottom - top) * (100 - share) / 100 == pytest.approx(475, abs=1)
        assert left <= 0 <= 950 <= right
        assert top <= 0 <= 475 <= bottom


def test_nothing_is_extended_when_fast():
    assert list(extended(950, 475, Depth.FAST)) == []


@pytest.mark.parametrize("name", ["astronaut", "coffee", "chelsea"])
@pytest.mark.parametrize(("share", "depth"), [(2, Depth.STANDARD), (5, Depth.STANDARD)])
def test_a_crop_comes_nearer_to_its_original(name: str, share: int, depth: Depth):
    pixels = getattr(skimage.data, name)()
    height, width = pixels.shape[:2]
    original = int.from_bytes(pdq_rgb(pixels).value)
    gone = round(width * share / 100), round(height * share / 100)
    left, top = gone[0] // 4, gone[1] // 2
    kept = pixels[top : top + height - gone[1], left : left + width - gone[0]]
    luma = ReducedLuma.of(np.ascontiguousarray(kept))
    boxes = [luma.whole, *(box for _, box in extended(luma.width, luma.height, depth))]
    found = hashes(coefficients(np.stack([luma.grid(box) for box in boxes]))[0])
    distances = [(int.from_bytes(row.tobytes()) ^ original).bit_count() for row in found]
    assert min(distances) <= 31
    assert min(distances) <= distances[0] - 8


@pytest.mark.parametrize(
    ("box", "hides"),
    [
        ((0, 0, 100, 85), True),
        ((0, 20, 100, 100), True),
        ((0, 0, 75, 100), True),
        ((0, 40, 100, 100), False),
        ((0, 10, 100, 90), False),
        ((0, 0, 100, 100), False),
    ],
)
def test_a_strip_lies_along_one_side_and_hides_a_part(box: tuple[int, ...], hides: bool):
    assert beside_strip(box, 100, 100) is hides
