from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageOps

from tidebreak.hashing.jpeg_blocks import block_means
from tidebreak.hashing.jpeg_luma import read_luma

ORIENTATION = 0x0112


def jpeg(orientation: int, *, progressive: bool, size=(1203, 842)) -> bytes:
    x, y = np.meshgrid(np.linspace(0, 9, size[0]), np.linspace(0, 7, size[1]))
    waves = [127 + 90 * np.sin(x * k + y) * np.cos(y * k) for k in (1, 1.7, 2.3)]
    image = Image.fromarray(np.stack(waves, axis=2).astype(np.uint8))
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=90, progressive=progressive, exif=exif)
    return buffer.getvalue()


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("factor", [4, 8, 24])
def test_means_are_those_of_the_decoded_picture(factor: int, orientation: int, progressive: bool):
    data = jpeg(orientation, progressive=progressive)
    stored = Image.open(io.BytesIO(data))
    width, height = (side // factor * factor for side in stored.size)
    luma = stored.convert("L").crop((0, 0, width, height))
    luma.getexif()[ORIENTATION] = orientation
    upright = np.asarray(ImageOps.exif_transpose(luma), np.float32)
    rows, columns = (side // factor for side in upright.shape)
    expected = upright.reshape(rows, factor, columns, factor).mean(axis=(1, 3))
    means = block_means(read_luma(data), factor, orientation)
    assert means.shape == expected.shape
    assert np.abs(means - expected).max() < 8
    assert np.abs(means - expected).mean() < 1


def test_means_stay_in_the_range_of_pixels():
    noise = np.random.default_rng(1).integers(0, 2, (640, 640), dtype=np.uint8) * 255
    buffer = io.BytesIO()
    Image.fromarray(noise).save(buffer, "JPEG", quality=30)
    means = block_means(read_luma(buffer.getvalue()), 4)
    assert 0 <= means.min() <= means.max() <= 255
