"""Canonical pixels against Pillow's own conversions and plain arithmetic."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
import skimage.data
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from tidebreak.media.pixels import NoPixels, canonical, orientation_of

PHOTOGRAPH = Image.fromarray(skimage.data.astronaut()[::4, 5:420:4])
RGB = np.asarray(PHOTOGRAPH).astype(int)
GREY = np.asarray(PHOTOGRAPH.convert("L"))
ALL_16 = np.arange(65536, dtype=np.uint16).reshape(256, 256)
ALL_16_AS_8 = (ALL_16.astype(int) + 128) // 257
WIDE = np.tile(np.arange(0, 4096, 16), (8, 1))


def reopened(image: Image.Image, kind: str, **options: object) -> Image.Image:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return loaded(out.getvalue())


def tiff(pixels: np.ndarray, **options: object) -> Image.Image:
    out = io.BytesIO()
    tifffile.imwrite(out, pixels, **options)
    return loaded(out.getvalue())


def loaded(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def tiff_of_12_bits(values: np.ndarray) -> Image.Image:
    """Two samples in three bytes, as TIFF 6.0 packs them."""
    height, width = values.shape
    first, second = values.reshape(-1, 2).T
    packed = np.stack([first >> 4, (first & 15) << 4 | second >> 8, second & 255], axis=1)
    data = packed.astype(np.uint8).tobytes()
    tags = [
        (256, width), (257, height), (258, 12), (259, 1), (262, 1),
        (273, 8), (277, 1), (278, height), (279, len(data)),
    ]  # fmt: skip
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    head = b"II*\0" + struct.pack("<I", 8 + len(data))
    return loaded(head + data + struct.pack("<H", len(tags)) + entries + bytes(4))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_is_turned_as_pillow_turns_it(kind: str, orientation: int):
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = reopened(PHOTOGRAPH, kind, exif=exif.tobytes())
    assert orientation_of(image) == orientation
    assert np.array_equal(canonical(image), np.asarray(ImageOps.exif_transpose(image)))


@pytest.mark.parametrize("mode", ["L", "I;16", "LA", "P"])
def test_every_mode_is_turned(mode: str):
    wide = Image.fromarray(GREY.astype(np.uint16) * 257)
    source = wide if mode == "I;16" else PHOTOGRAPH.convert(mode)
    exif = Image.Exif()
    exif[0x0112] = 6
    upright = canonical(reopened(source, "PNG"))
    turned = canonical(reopened(source, "PNG", exif=exif.tobytes()))
    assert np.array_equal(turned, np.rot90(upright, -1))


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_orientation_that_does_not_exist_is_none(orientation: int):
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = reopened(PHOTOGRAPH, "JPEG", exif=exif.tobytes())
    assert orientation_of(image) == 1
    assert np.array_equal(canonical(image), np.asarray(image))


@pytest.mark.filterwarnings("ignore")
@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from([b"", b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08", b"II*\0\x08\0\0\0\1\0\x12\1"]),
    st.binary(max_size=60),
    st.sampled_from(["exif", "xmp", "Raw profile type exif"]),
)
def test_damaged_metadata_never_stop_a_picture(start: bytes, rest: bytes, where: str):
    image = Image.new("L", (8, 8))
    data = b"Exif\0\0" * (where == "exif") + start + rest
    image.info[where] = data.decode("latin-1") if where.startswith("Raw") else data
    assert orientation_of(image) in range(1, 9)


def test_grey_stays_grey_and_colour_stays_as_it_is():
    assert np.array_equal(canonical(Image.fromarray(GREY)), GREY)
    assert np.array_equal(canonical(PHOTOGRAPH), RGB)


def test_one_bit_becomes_black_and_white():
    bits = PHOTOGRAPH.convert("1")
    assert np.array_equal(canonical(bits), np.where(np.asarray(bits), 255, 0))


def test_a_palette_is_looked_up():
    few = PHOTOGRAPH.quantize(17)
    table = np.array(few.getpalette()).reshape(-1, 3)
    assert np.array_equal(canonical(few), table[np.asarray(few)])


def test_alpha_is_mixed_with_white():
    alpha = np.tile(np.linspace(0, 255, RGB.shape[1]).astype(int), (RGB.shape[0], 1))[..., None]
    layered = Image.fromarray(np.concatenate([RGB, alpha], axis=2).astype(np.uint8))
    exact = (RGB * alpha + 255 * (255 - alpha)) / 255
    assert np.abs(canonical(layered) - exact).max() <= 1
    grey = Image.merge("LA", [Image.fromarray(GREY), layered.getchannel("A")])
    exact = (GREY[..., None] * alpha + 255.0 * (255 - alpha)) / 255
    assert np.abs(canonical(grey) - exact).max() <= 1


def test_full_alpha_changes_nothing():
    assert np.array_equal(canonical(PHOTOGRAPH.convert("RGBA")), RGB)


@pytest.mark.parametrize("mode", ["RGB", "L", "P"])
def test_a_key_colour_is_white_and_nothing_else_changes(mode: str):
    image = PHOTOGRAPH.quantize(64) if mode == "P" else PHOTOGRAPH.convert(mode)
    plain = np.asarray(image.convert("RGB"))
    key = image.getpixel((40, 40))
    found = canonical(reopened(image, "PNG", transparency=key))
    expected = np.where((plain == plain[40, 40]).all(axis=2)[..., None], 255, plain)
    assert (expected != plain).any()
    assert np.array_equal(found, expected)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_what_is_transparent_everywhere_shows_nothing(mode: str):
    clear = Image.new("RGBA", (9, 9), (10, 200, 30, 0))
    if mode == "P":
        clear = Image.new("P", (9, 9), 3)
        clear.info["transparency"] = 3
    with pytest.raises(NoPixels, match="nothing to see"):
        canonical(clear.convert(mode) if clear.mode != mode else clear)


def test_ink_is_multiplied_with_black_ink():
    rng = np.random.default_rng(1)
    inks = rng.integers(0, 256, (64, 64, 4), np.uint8)
    exact = (255.0 - inks[..., :3]) * (255 - inks[..., 3:].astype(float)) / 255
    assert np.abs(canonical(Image.fromarray(inks, "CMYK")) - exact).max() <= 1


def test_every_value_of_16_bits_is_rounded_to_the_nearest_of_8():
    assert np.array_equal(canonical(reopened(Image.fromarray(ALL_16), "PNG")), ALL_16_AS_8)
    assert np.array_equal(canonical(tiff(ALL_16)), ALL_16_AS_8)
    assert np.array_equal(canonical(tiff(ALL_16.astype(">u2"), byteorder=">")), ALL_16_AS_8)


def test_an_anymap_is_scaled_by_its_own_white():
    head = b"P5 256 8 %d\n"
    found = canonical(loaded(head % 4095 + WIDE.astype(">u2").tobytes()))
    assert np.abs(found - WIDE * 255 / 4095).max() <= 0.51


def test_12_bits_are_scaled_by_their_own_white():
    found = canonical(tiff_of_12_bits(WIDE))
    assert np.array_equal(found, np.rint(WIDE * 255 / 4095))


def test_32_bits_are_scaled_by_the_largest_value_and_less_than_none_is_black():
    steps = np.tile(np.linspace(0, 1, 256), (8, 1))
    as_bytes = np.tile(np.arange(256), (8, 1))
    unsigned = tiff((steps * (2**32 - 1)).astype(np.uint32))
    assert np.abs(canonical(unsigned) - as_bytes.astype(int)).max() <= 1
    for width in (np.int16, np.int32):
        most = np.iinfo(width).max
        values = (steps * most).astype(width)
        values[0] = np.iinfo(width).min
        found = canonical(tiff(values))
        assert (found[0] == 0).all()
        assert np.abs(found[1:] - as_bytes[1:]).max() <= 1


@pytest.mark.parametrize("white", [1.0, 255.0, 65535.0])
def test_floating_point_is_scaled_by_the_smallest_white_that_holds_it(white: float):
    values = (GREY.astype(np.float32) / GREY.max() * white).astype(np.float32)
    exact = np.rint(GREY * (255 / GREY.max()))
    assert np.abs(canonical(Image.fromarray(values)) - exact).max() <= 1
    odd = values.copy()
    odd[0, :3] = (np.nan, np.inf, -np.inf)
    odd[1, 0] = -5
    found = canonical(Image.fromarray(odd))
    assert not found[0, :3].any()
    assert found[1, 0] == 0
    assert np.array_equal(found[2:], canonical(Image.fromarray(values))[2:])


def test_floating_point_beyond_every_scale_shows_nothing():
    with pytest.raises(NoPixels, match="beyond every known scale"):
        canonical(Image.fromarray(np.full((8, 8), 65536, np.float32)))


def test_where_zero_means_white_the_picture_is_no_negative():
    eight = canonical(tiff(255 - GREY, photometric="miniswhite"))
    assert np.array_equal(eight, GREY)
    sixteen = (255 - GREY.astype(np.uint16)) * 257
    assert np.array_equal(canonical(tiff(sixteen, photometric="miniswhite")), GREY)
    floating = (255 - GREY.astype(np.float32)) / 255
    floating[0, 0] = 1
    found = canonical(tiff(floating, photometric="miniswhite"))
    assert np.array_equal(found.ravel()[1:], GREY.ravel()[1:])
