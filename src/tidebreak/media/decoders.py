"""Pillow behind a guard: few decoders, no warnings, no global state left behind."""

from __future__ import annotations

import io
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from functools import cache
from importlib import import_module

from PIL import Image, ImageFile

_PLUGINS = ("Jpeg", "Mpo", "Png", "Gif", "WebP", "Avif", "Tiff", "Bmp", "Jpeg2K", "Ppm", "Ico")
"""The decoders of Pillow that are loaded; every other one stays shut.

Tga is not here: it has no signature, so anything at all could be taken for one.
"""

# JPEG finds multi-picture objects (MPO) by itself.
_FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "AVIF", "TIFF", "BMP", "JPEG2000", "PPM", "ICO")

_HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")

for _plugin in _PLUGINS:
    import_module(f"PIL.{_plugin}ImagePlugin")


@contextmanager
def decoder_for(data: bytes, *, heif: bool, damaged: bool = False) -> Generator[Image.Image]:
    """Open a picture without decoding it; with ``damaged``, decode as much of it as there is.

    Pillow's own limit on pixels is lifted inside, since ours are checked on every frame.
    Raises whatever Pillow raises.
    """
    formats = (*_FORMATS, "HEIF") if heif and _heif_decoder() else _FORMATS
    limit, lenient = Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES
    try:
        Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES = None, damaged
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=formats) as image:
                yield image
    finally:
        Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES = limit, lenient


def why_unidentified(data: bytes, *, heif: bool) -> str:
    """Return the reason why no decoder took ``data``, with ``heif`` as it was then."""
    is_heic = data[4:8] == b"ftyp" and data[8:12] in _HEIF_BRANDS
    if is_heic and not (heif and _heif_decoder()):
        return "HEIC, which needs the extra [heif] and the setting heif = true"
    return "no decoder takes it: an unknown format or variant of one, or a damaged header"


def content_type(image: Image.Image) -> str:
    """Return the media type of an opened picture."""
    # A multi-picture object is a JPEG with further JPEGs behind it.
    return Image.MIME.get("JPEG" if image.format == "MPO" else image.format or "", "")


@cache
def _heif_decoder() -> bool:
    """Register the decoder of the extra ``[heif]``; return whether it is installed."""
    try:
        import pillow_heif
    except ImportError:
        return False
    pillow_heif.register_heif_opener(thumbnails=False)
    return True
