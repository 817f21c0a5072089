"""What this installation does with a picture, as methods that can be measured."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tidebreak.calibration.methods import Hashing, Pixels, Prints
from tidebreak.hashing.pdq import pdq_rgb
from tidebreak.hashing.regions import regions_of
from tidebreak.media.picture_views import REGIONS, Query, views_of_pixels
from tidebreak.model import Depth, Turn, View, ViewKind
from tidebreak.reach import Reach

LEAST_QUALITY = 50
"""Hashes below are neither stored nor looked up (`tidebreak.model.Thresholds`)."""


def plain_pdq() -> Hashing:
    """Return PDQ as published: one hash of the whole picture on both sides."""
    return Hashing("PDQ", stored_hash, stored_hash)


def own_method(depth: Depth) -> Hashing:
    """Return what a scan does at ``depth`` against a list with one PDQ hash per picture."""
    return Hashing(depth.value, stored_hash, lambda pixels: asked(pixels, depth))


def enrolled_method(depth: Depth) -> Hashing:
    """Return what a scan does at ``depth`` against pictures that were enrolled."""
    name = f"{depth.value}, enrolled"
    return Hashing(name, stored_regions, lambda pixels: asked_of_enrolled(pixels, depth))


def method_of(depth: Depth, *, enrolled: bool) -> Hashing:
    """Return the method that is measured for an installation."""
    return enrolled_method(depth) if enrolled else own_method(depth)


def stored_hash(pixels: Pixels) -> Prints:
    """Return what a list holds of a picture: its PDQ hash, if the quality allows."""
    return prints_of([_whole(pixels)])


def stored_regions(pixels: Pixels) -> Prints:
    """Return what enrolment keeps of a picture unless told otherwise."""
    kept = {region.code for region in regions_of(Reach.STANDARD)}
    regions = [view for view in views_of_pixels(pixels, REGIONS) if view.number in kept]
    return prints_of([_whole(pixels), *regions])


def asked(pixels: Pixels, depth: Depth) -> Prints:
    """Return everything that is looked up for a picture at ``depth``."""
    return prints_of([_whole(pixels), *views_of_pixels(pixels, Query(depth))])


def asked_of_enrolled(pixels: Pixels, depth: Depth) -> Prints:
    """Return everything that is looked up for a picture where regions are stored."""
    return prints_of([_whole(pixels), *views_of_pixels(pixels, Query(depth, regions=True))])


def prints_of(views: Sequence[View]) -> Prints:
    """Return ``views`` of good quality as arrays."""
    good = [view for view in views if view.quality is None or view.quality >= LEAST_QUALITY]
    coded = (ViewKind.ALIGNED, ViewKind.REGION)
    codes = [view.number if view.kind in coded else 0 for view in good]
    as_is = [view.kind is ViewKind.FULL and view.turn is Turn.NONE for view in good]
    return Prints(
        np.frombuffer(b"".join(view.hash for view in good), np.uint8).reshape(-1, 32),
        np.array(codes, np.uint32),
        np.array(as_is, np.bool_),
    )


def _whole(pixels: Pixels) -> View:
    found = pdq_rgb(pixels)
    return View(found.value, found.quality)
