"""From the bytes of a picture to its perceptual hashes: every frame, one result, never an error.

The full path decodes at native size and hashes canonical pixels; its hash is what is published.
The fast path reads PDQ from the coefficients of a JPEG. It is used where it stays within 4 bits
of the full one on 99 % of photographs, which ``benchmarks/pictures.py`` measures.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image, UnidentifiedImageError

from tidebreak.hashing import jpeg
from tidebreak.hashing.pdq import SMALLEST_SIDE, PdqHash, pdq_grey, pdq_rgb
from tidebreak.media.decoders import content_type, decoder_for, why_unidentified
from tidebreak.media.picture_views import Wanted, views_of_jpeg, views_of_pixels
from tidebreak.media.pixels import VERSION, NoPixels, Pixels, canonical, orientation_of
from tidebreak.media.reasons import joined, told
from tidebreak.model import View, ViewKind
from tidebreak.settings import Limits

FULL = f"{VERSION}/full"
COEFFICIENTS = f"{VERSION}/jpeg-coefficients"

LOW_QUALITY = 50
"""PDQ's published advice is to discard hashes below this quality."""

_FAST_QUALITY = 60
"""Below, many bits are close to the median, and the fast path could turn more of them."""

_JPEGS = ("JPEG", "MPO")

_ANIMATED = ("GIF", "PNG", "WEBP", "AVIF")
"""Formats whose frames build on one another: reaching one decodes all before it."""

_JPEG_END = b"\xff\xd9"

_MOST_FRAMES = 1024
"""Further frames for which a result has room."""

_LEAST_SHARE = 0.5
"""Less of a damaged picture than this says too little about it."""


@dataclass(frozen=True, slots=True)
class ImageResult:
    """What a picture gave: hashes, or the reason why it gave none.

    ``views`` are of the first frame, ``frames`` the further frames or pages. ``reason`` says why
    the picture could not be hashed, or not in full; ``note`` what is worth knowing about one that
    was. ``trivial`` means that in every frame all pixels are the same. ``width`` and ``height``
    are as stored.
    """

    hash: PdqHash | None = None
    views: tuple[View, ...] = ()
    frames: tuple[View, ...] = ()
    preproc: str = ""
    width: int = 0
    height: int = 0
    content: str = ""
    reason: str = ""
    note: str = ""
    trivial: bool = False


class _Stop(Exception):
    """The picture, or the rest of its frames, is not hashed; the text says why."""


def hash_image(
    data: bytes,
    limits: Limits,
    *,
    full: bool = False,
    heif: bool = True,
    wanted: Wanted = None,
) -> ImageResult:
    """Hash every frame of the picture in ``data``; ``full`` refuses every fast path.

    The first frame has the views ``wanted``, too. Bad input gives a result with a reason.
    Only ``MemoryError`` is raised.
    """
    if len(data) > limits.picture_bytes:
        return ImageResult(reason=f"larger than the limit of {limits.picture_bytes} bytes")
    try:
        return _hash_intact(data, limits, full=full, heif=heif, wanted=wanted)
    except UnidentifiedImageError:
        return ImageResult(reason=why_unidentified(data, heif=heif))
    except MemoryError:
        raise
    except Exception as error:  # decoders raise whatever they like on damaged input
        return _hash_damaged(data, limits, told(error), heif=heif, wanted=wanted)


def _hash_intact(
    data: bytes, limits: Limits, *, full: bool, heif: bool, wanted: Wanted
) -> ImageResult:
    with decoder_for(data, heif=heif) as image:
        result = _described(image)
        try:
            _check_size(image, limits)
            fast = None if full else _fast(result, image, data, wanted)
            result = fast or _with_first_frame(result, image, data, wanted)
            result = _with_orientation_noted(result, image)
        except _Stop as why:
            return replace(result, reason=str(why))
        except NoPixels as why:
            return _without_first_frame(_with_further_frames(result, image, limits), str(why))
        return _with_further_frames(result, image, limits)


def _without_first_frame(result: ImageResult, why: str) -> ImageResult:
    """Say why the first frame has no hash: a note where others have, else the reason."""
    if not result.frames:
        return replace(result, reason=joined(why, result.reason))
    return replace(result, preproc=FULL, note=joined(why, result.note))


def _hash_damaged(
    data: bytes, limits: Limits, problem: str, *, heif: bool, wanted: Wanted
) -> ImageResult:
    """Hash the first frame as far as it can be decoded, and say that this is not all of it."""
    reason = f"cannot be decoded: {problem}"
    result = ImageResult(reason=reason)
    try:
        # An end marker makes libjpeg show what it has read so far.
        with decoder_for(data + _JPEG_END, heif=heif, damaged=True) as image:
            result = replace(_described(image), reason=reason)
            _check_size(image, limits)
            image.load()
            pixels = canonical(image)
            share = _share_with_content(image)
            if share < _LEAST_SHARE:
                return result
            rest = f"truncated or damaged: {problem}; hashed what is left, {share:.0%} of its rows"
            return replace(_with_hash(result, pixels, wanted), reason=rest)
    except MemoryError:
        raise
    except Exception:
        return result


def _share_with_content(image: Image.Image) -> float:
    """Return the share of rows before the last run of equal rows, with which decoders fill up."""
    rows = np.asarray(image).reshape(image.height, -1)
    differs = (rows != rows[-1]).any(axis=1)
    return float(np.flatnonzero(differs).max(initial=-1) + 1) / image.height


def _described(image: Image.Image) -> ImageResult:
    return ImageResult(width=image.width, height=image.height, content=content_type(image))


def _check_size(image: Image.Image, limits: Limits) -> None:
    if image.width * image.height > limits.frame_pixels:
        raise _Stop(
            f"{image.width} × {image.height} pixels are above the limit of "
            f"{limits.frame_pixels} pixels per frame"
        )


def _fast(
    result: ImageResult, image: Image.Image, data: bytes, wanted: Wanted
) -> ImageResult | None:
    """Hash a JPEG from its coefficients; None where the full path must decide."""
    if image.format not in _JPEGS:
        return None
    luma, orientation = jpeg.luma_of(data), orientation_of(image)
    found = None if luma is None else jpeg.pdq_from_luma(luma, orientation)
    if luma is None or found is None or found.quality < _FAST_QUALITY:
        return None
    views = views_of_jpeg(luma, orientation, wanted)
    if views is None:
        return None
    return replace(result, hash=found, views=views, preproc=COEFFICIENTS)


def _with_first_frame(
    result: ImageResult, image: Image.Image, data: bytes, wanted: Wanted
) -> ImageResult:
    image.load()
    result = _with_hash(result, canonical(image), wanted)
    if image.format in _JPEGS and jpeg.is_corrupt(data):
        return replace(result, reason="damaged: hashed as a tolerant decoder shows it")
    return result


def _with_orientation_noted(result: ImageResult, image: Image.Image) -> ImageResult:
    orientation = orientation_of(image)
    if orientation == 1:
        return result
    return replace(result, note=joined(f"orientation {orientation} applied", result.note))


def _with_hash(result: ImageResult, pixels: Pixels, wanted: Wanted) -> ImageResult:
    if min(pixels.shape[:2]) < SMALLEST_SIDE:
        raise NoPixels(f"a side is shorter than {SMALLEST_SIDE} pixels: too small for PDQ")
    found = _pdq(pixels)
    note = f"below quality {LOW_QUALITY}" if found.quality < LOW_QUALITY else ""
    flat = _is_flat(found, pixels)
    views = views_of_pixels(pixels, wanted)
    return replace(result, hash=found, views=views, preproc=FULL, note=note, trivial=flat)


def _is_flat(found: PdqHash, pixels: Pixels) -> bool:
    return found.quality == 0 and bool((pixels == pixels[0, 0]).all())


def _pdq(pixels: Pixels) -> PdqHash:
    return pdq_grey(pixels) if pixels.ndim == 2 else pdq_rgb(pixels)


def _with_further_frames(result: ImageResult, image: Image.Image, limits: Limits) -> ImageResult:
    frames: list[View] = []
    reason, flat = "", result.trivial
    try:
        shown = image.tell()
        others = [number for number in range(_frame_count(image)) if number != shown]
        picked = _spread(others, min(limits.frames, _MOST_FRAMES))
        if len(picked) < len(others):
            reason = f"{len(picked)} of {len(others)} further frames hashed"
        for frame, is_flat in _hashed_frames(image, picked, limits):
            frames.append(frame)
            flat = flat and is_flat
    except _Stop as why:
        reason = joined(reason, str(why))
    except MemoryError:
        raise
    except Exception as error:
        problem = f"frames cannot be decoded after {len(frames) + 1}: {told(error)}"
        reason = joined(reason, problem)
    reason = joined(result.reason, reason)
    return replace(result, frames=tuple(frames), reason=reason, trivial=flat and not reason)


def _frame_count(image: Image.Image) -> int:
    return int(getattr(image, "n_frames", 1))


def _spread(numbers: list[int], most: int) -> list[int]:
    """Return at most ``most`` of ``numbers``, spread evenly, the last one included."""
    if len(numbers) <= most:
        return numbers
    return [numbers[(i + 1) * len(numbers) // most - 1] for i in range(most)]


def _hashed_frames(
    image: Image.Image, numbers: list[int], limits: Limits
) -> Iterator[tuple[View, bool]]:
    """Yield each frame and whether all of its pixels are the same."""
    spent = image.width * image.height
    for number in numbers:
        image.seek(number)
        _check_size(image, limits)
        area = image.width * image.height
        spent = area * (number + 1) if image.format in _ANIMATED else spent + area
        if spent > limits.total_pixels:
            raise _Stop(f"frames from {number} on are above the limit of total pixels")
        image.load()
        try:
            pixels = canonical(image)
        except NoPixels:
            continue  # an empty frame shows nothing
        if min(pixels.shape[:2]) < SMALLEST_SIDE:
            continue  # nor does a page of a few pixels
        found = _pdq(pixels)
        view = View(found.value, found.quality, ViewKind.FRAME, number=number)
        yield view, _is_flat(found, pixels)
