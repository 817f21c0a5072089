"""What this installation does with a picture, as a method that can be measured."""

from __future__ import annotations

import numpy as np

from tidebreak.calibration.methods import Hashing, Pixels, Prints
from tidebreak.hashing.pdq import pdq_rgb
from tidebreak.hashing.views.luma import ReducedLuma
from tidebreak.hashing.views.plan import views_of
from tidebreak.model import Depth, Turn, View, ViewKind

LEAST_QUALITY = 50
"""Hashes below are neither stored nor looked up (`tidebreak.model.Thresholds`)."""


def plain_pdq() -> Hashing:
    """Return PDQ as published: one hash of the whole picture on both sides."""
    return Hashing("PDQ", stored_hash, stored_hash)


def own_method(depth: Depth) -> Hashing:
    """Return what a scan does at ``depth`` against a list with one PDQ hash per picture."""
    return Hashing(f"Tidebreak {depth.value}", stored_hash, lambda pixels: asked(pixels, depth))


def stored_hash(pixels: Pixels) -> Prints:
    """Return what a list holds of a picture: its PDQ hash, if the quality allows."""
    return prints_of([_whole(pixels)])


def asked(pixels: Pixels, depth: Depth) -> Prints:
    """Return everything that is looked up for a picture at ``depth``."""
    views = [_whole(pixels), *views_of(ReducedLuma.of(pixels), depth)]
    return prints_of([view for view in views if view.depth.rank <= depth.rank])


def prints_of(views: list[View]) -> Prints:
    """Return ``views`` of good quality as arrays."""
    good = [view for view in views if view.quality is None or view.quality >= LEAST_QUALITY]
    return Prints(
        np.frombuffer(b"".join(view.hash for view in good), np.uint8).reshape(-1, 32),
        np.array([view.number if view.kind is ViewKind.ALIGNED else 0 for view in good], np.uint32),
        np.array(
            [view.kind is ViewKind.FULL and view.turn is Turn.NONE for view in good], np.bool_
        ),
    )


def _whole(pixels: Pixels) -> View:
    found = pdq_rgb(pixels)
    return View(found.value, found.quality)
