"""The pictures that a measurement starts from: any folder of a user's own."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from tidebreak.calibration.drawing import Picture, fitted
from tidebreak.calibration.measure import Sample
from tidebreak.calibration.methods import hamming
from tidebreak.errors import UsageError
from tidebreak.hashing.pdq import pdq_rgb
from tidebreak.media.decoders import decoder_for, why_unidentified
from tidebreak.media.pixels import NoPixels, canonical
from tidebreak.media.reasons import told
from tidebreak.settings import Settings

LONGEST = 1024
"""Pixels of the longer side to which pictures are reduced: edits of larger ones cost minutes."""

SMALLEST = 160
"""Pixels of the shorter side below which a picture is not worth editing."""

COPIES = 31
"""A picture as close as this to an earlier one, both as they are, is a copy of it."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file that is not measured, and why."""

    name: str
    why: str


Content = bytes | str
"""The bytes of a file or, in words, why there are none."""


class _NotTaken(Exception):
    """The text says why a file is left out."""


def files_below(folder: Path, seed: int) -> list[Path]:
    """Return the files below ``folder`` in an order drawn with ``seed``; raises `UsageError`.

    Folders that cannot be opened are among them, so that they are said.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder; name one with pictures of your own.")
    closed: list[Path] = []
    walk = os.walk(folder, onerror=lambda error: closed.append(Path(error.filename)))
    found = sorted(Path(at) / name for at, _, names in walk for name in names)
    found += sorted(closed)
    return [found[place] for place in np.random.default_rng(seed).permutation(len(found)).tolist()]


def corpus_of(
    files: Iterable[tuple[str, Content]], settings: Settings, count: int
) -> tuple[list[Sample], list[LeftOut]]:
    """Decode ``files`` (name, content) until there are ``count`` samples.

    What was not read, is no picture, too small, or a copy of another is left out, with the reason.

    Copies would be counted as false pairs, though nothing is false about them.
    """
    samples: list[Sample] = []
    left_out: list[LeftOut] = []
    hashes: list[bytes] = []
    for name, data in files:
        if len(samples) == count:
            break
        try:
            if isinstance(data, str):
                raise _NotTaken(data)
            picture = opened(data, settings)
            value = pdq_rgb(np.asarray(picture)).value
            _check_new(value, hashes, samples)
        except _NotTaken as why:
            left_out.append(LeftOut(name, str(why)))
            continue
        hashes.append(value)
        samples.append(Sample(name, picture))
    return samples, left_out


def opened(data: bytes, settings: Settings) -> Picture:
    """Return the first frame of a picture, canonical, mode RGB, at most `LONGEST` long."""
    try:
        with decoder_for(data, heif=settings.heif) as image:
            if image.width * image.height > settings.limits.frame_pixels:
                raise _NotTaken("more pixels than the limit allows")
            image.load()
            picture = Image.fromarray(canonical(image)).convert("RGB")
    except UnidentifiedImageError:
        raise _NotTaken(why_unidentified(data, heif=settings.heif)) from None
    except NoPixels as why:
        raise _NotTaken(str(why)) from None
    except (MemoryError, _NotTaken):
        raise
    except Exception as error:  # decoders raise whatever they like on damaged input
        raise _NotTaken(f"cannot be decoded: {told(error)}") from None
    if max(picture.size) > LONGEST:
        picture = fitted(picture, LONGEST, LONGEST)
    if min(picture.size) < SMALLEST:
        raise _NotTaken(f"a side is shorter than {SMALLEST} pixels")
    return picture


def _check_new(value: bytes, hashes: list[bytes], samples: list[Sample]) -> None:
    if not hashes:
        return
    table = np.frombuffer(b"".join(hashes), np.uint8).reshape(-1, 32)
    distances = hamming(np.frombuffer(value, np.uint8).reshape(1, 32), table)[0]
    if distances.min() <= COPIES:
        raise _NotTaken(f"a copy of {samples[int(distances.argmin())].name}")
