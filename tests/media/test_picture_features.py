from __future__ import annotations

import io
import sys

import numpy as np
import pytest
import skimage.data
from PIL import Image

from tidebreak.hashing.local import LocalFeatures
from tidebreak.media import texture
from tidebreak.media.features import KNOWN, extract
from tidebreak.media.picture_features import with_features
from tidebreak.model import Examination
from tidebreak.settings import Limits, Settings

FOUND = Examination("", 9, "image/png")


def png(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "png")
    return file.getvalue()


def test_a_query_has_its_mirror_image_too_and_a_known_picture_has_not():
    pixels = skimage.data.coffee()
    asked = with_features(FOUND, png(pixels), Settings(), known=False)
    assert asked.features == extract(pixels).pack()
    assert (asked.reason, asked.note) == ("", "")
    known = LocalFeatures.unpack(with_features(FOUND, png(pixels), Settings(), known=True).features)
    assert len(known) == KNOWN
    assert not known.records["mirrored"].any()


def test_too_little_texture_is_noted():
    ramp = np.tile(np.arange(256, dtype=np.uint8), (200, 1))
    assert "too little texture" in with_features(FOUND, png(ramp), Settings(), known=True).note


def test_what_cannot_be_decoded_is_a_reason():
    data = png(skimage.data.camera())
    assert "no local features" in with_features(FOUND, data[:5000], Settings(), known=False).reason


def test_what_has_been_said_is_not_said_again():
    trivial = Examination("", 9, "image/png", trivial=True)
    data = png(skimage.data.camera())
    assert with_features(trivial, data, Settings(), known=False) is trivial
    small = Settings(limits=Limits(frame_pixels=1000))
    assert with_features(FOUND, data, small, known=False) is FOUND
    clear = png(np.zeros((40, 40, 4), np.uint8))
    assert with_features(FOUND, clear, Settings(), known=False) is FOUND


def test_without_the_extra_every_picture_says_so(monkeypatch: pytest.MonkeyPatch):
    texture.opencv.cache_clear()
    monkeypatch.setitem(sys.modules, "cv2", None)
    found = with_features(FOUND, png(skimage.data.camera()), Settings(), known=False)
    assert "tidebreak[verify]" in found.reason
    assert not found.features
