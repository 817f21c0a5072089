"""Which pictures are opened, against Pillow with all of its decoders."""

from __future__ import annotations

import io
import sys
import warnings

import numpy as np
import pytest
import skimage.data
from PIL import Image, ImageFile, UnidentifiedImageError

from tidebreak.media import decoders
from tidebreak.media.decoders import content_type, decoder_for, why_unidentified

PHOTOGRAPH = Image.fromarray(skimage.data.astronaut()[::2, ::2])


def saved(kind: str, image: Image.Image = PHOTOGRAPH, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("JPEG", "image/jpeg"),
        ("MPO", "image/jpeg"),
        ("PNG", "image/png"),
        ("GIF", "image/gif"),
        ("WEBP", "image/webp"),
        ("AVIF", "image/avif"),
        ("TIFF", "image/tiff"),
        ("BMP", "image/bmp"),
        ("JPEG2000", "image/jp2"),
        ("PPM", "image/x-portable-anymap"),
        ("ICO", "image/x-icon"),
    ],
)
def test_what_is_opened_shows_the_same_as_with_all_of_pillows_decoders(kind: str, content: str):
    data = saved(kind)
    Image.init()
    with decoder_for(data, heif=False) as image, Image.open(io.BytesIO(data)) as plain:
        assert image.size == plain.size
        assert content_type(image) == content
        assert np.array_equal(np.asarray(image), np.asarray(plain))


def test_a_second_picture_behind_a_jpeg_is_found():
    data = saved("MPO", save_all=True, append_images=[PHOTOGRAPH.rotate(90)])
    with decoder_for(data, heif=False) as image:
        assert image.n_frames == 2
        assert content_type(image) == "image/jpeg"


@pytest.mark.parametrize("kind", ["TGA", "DDS", "SGI", "PCX", "ICNS", "EPS"])
def test_every_other_decoder_of_pillow_stays_shut(kind: str):
    data = saved(kind)
    Image.init()
    with Image.open(io.BytesIO(data)) as plain:
        assert plain.format == kind
    with pytest.raises(UnidentifiedImageError), decoder_for(data, heif=True):
        pass
    assert why_unidentified(data, heif=True).startswith("no decoder takes it")


def test_heic_is_opened_when_it_is_switched_on_and_only_then():
    pillow_heif = pytest.importorskip("pillow_heif")
    out = io.BytesIO()
    pillow_heif.from_pillow(PHOTOGRAPH).save(out)
    data = out.getvalue()
    plain = np.asarray(pillow_heif.read_heif(data))
    with decoder_for(data, heif=True) as image:
        assert content_type(image) == "image/heif"
        assert np.array_equal(np.asarray(image), plain)
    with pytest.raises(UnidentifiedImageError), decoder_for(data, heif=False):
        pass
    assert "heif = true" in why_unidentified(data, heif=False)


def test_a_damaged_heic_is_not_blamed_on_the_extra_that_is_there():
    pytest.importorskip("pillow_heif")
    data = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100)
    with pytest.raises(UnidentifiedImageError), decoder_for(data, heif=True):
        pass
    assert why_unidentified(data, heif=True).endswith("a damaged header")
    assert "heif = true" in why_unidentified(data, heif=False)


def test_without_the_extra_heic_says_what_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    decoders._heif_decoder.cache_clear()
    try:
        assert "[heif]" in why_unidentified(b"\0\0\0\x18ftypheic", heif=True)
        with decoder_for(saved("PNG"), heif=True) as image:
            assert image.size == PHOTOGRAPH.size
    finally:
        decoders._heif_decoder.cache_clear()


def test_opening_decodes_nothing():
    half = saved("PNG")[:2000]
    with decoder_for(half, heif=False) as image:
        assert image.size == PHOTOGRAPH.size
        with pytest.raises(OSError, match="truncated"):
            image.load()


def test_of_a_damaged_picture_the_part_that_is_there_is_decoded():
    data = saved("PNG")
    with decoder_for(data[: len(data) // 2], heif=False, damaged=True) as image:
        rows = np.asarray(image)
    whole = np.asarray(PHOTOGRAPH)
    same = (rows == whole).all(axis=(1, 2))
    assert same[: len(whole) // 3].all()
    assert not same[-1]


def test_pillows_own_limit_gives_neither_a_warning_nor_an_error(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    data = saved("PNG")
    with pytest.raises(Image.DecompressionBombError):
        Image.open(io.BytesIO(data))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with decoder_for(data, heif=False) as image:
            image.load()


def test_nothing_that_decoders_warn_of_is_shown():
    exif = Image.Exif()
    exif[0x0112] = 6
    data = saved("JPEG", exif=exif.tobytes())
    at = data.index(b"Exif\0\0") + 6
    # The number of entries, far more than there are.
    broken = data[: at + 8] + b"\0\xff" + data[at + 10 :]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(UserWarning), Image.open(io.BytesIO(broken)) as plain:
            plain.getexif()
        with decoder_for(broken, heif=False) as image:
            image.getexif()


@pytest.mark.parametrize("damaged", [False, True])
@pytest.mark.parametrize("data", [saved("PNG"), b"no picture", saved("PNG")[:2000]])
def test_pillows_settings_are_left_as_they_were(monkeypatch, data: bytes, damaged: bool):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1_000_003)
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", not damaged)
    filters = list(warnings.filters)
    try:
        with decoder_for(data, heif=False, damaged=damaged) as image:
            assert damaged == ImageFile.LOAD_TRUNCATED_IMAGES
            image.load()
    except OSError:
        assert data != saved("PNG")
    assert Image.MAX_IMAGE_PIXELS == 1_000_003
    assert (not damaged) == ImageFile.LOAD_TRUNCATED_IMAGES
    assert warnings.filters == filters
