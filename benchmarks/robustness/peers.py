"""What others do with a picture, as methods that can be measured."""

from __future__ import annotations

import imagehash
import numpy as np
import pdqhash
from PIL import Image
from threatexchange.signal_type.pdq import pdq_hasher

from tidebreak.calibration.methods import Hashing, Pixels, Prints

LEAST_QUALITY = 50
"""The published advice: discard a PDQ hash below this."""


def peers() -> list[Hashing]:
    return [
        Hashing("pdqhash", _pdqhash, _pdqhash),
        Hashing("threatexchange", _threatexchange, _threatexchange),
        Hashing("imagehash 256", _phash, _phash),
    ]


def _pdqhash(pixels: Pixels) -> Prints:
    bits, quality = pdqhash.compute(pixels)
    return _prints(np.packbits(bits.astype(np.uint8)).tobytes(), quality)


def _threatexchange(pixels: Pixels) -> Prints:
    text, quality = pdq_hasher._pdq_from_numpy_array(pixels)
    return _prints(bytes.fromhex(text), quality)


def _phash(pixels: Pixels) -> Prints:
    found = imagehash.phash(Image.fromarray(pixels), hash_size=16)
    return _prints(np.packbits(found.hash).tobytes(), 100)


def _prints(value: bytes, quality: int) -> Prints:
    return Prints.of_values([value] if quality >= LEAST_QUALITY else [])
