"""The same picture in every encoding, against pdqhash on its plain RGB pixels."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable

import numpy as np
import pytest
import skimage.data
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from tidebreak.hashing.pdq import PdqHash
from tidebreak.media.image import COEFFICIENTS, FULL, ImageResult, hash_image
from tidebreak.settings import Limits

pdqhash = pytest.importorskip("pdqhash")  # no wheel beyond CPython 3.12

heif = pytest.importorskip("pillow_heif")
heif.register_heif_opener(thumbnails=False)

LIMITS = Limits()
SOURCE = Image.fromarray(skimage.data.astronaut()).crop((20, 0, 480, 512))
RGB = np.array(SOURCE)
GREY = np.array(SOURCE.convert("L"))
UNTURN = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def tiff(pixels: np.ndarray, **options: object) -> bytes:
    out = io.BytesIO()
    tifffile.imwrite(out, pixels, **options)
    return out.getvalue()


def reference(pixels: np.ndarray) -> PdqHash:
    bits, quality = pdqhash.compute(np.ascontiguousarray(pixels))
    return PdqHash(np.packbits(bits).tobytes(), quality)


PLAIN = reference(RGB)


def distance(result: ImageResult, other: PdqHash = PLAIN) -> int:
    assert result.hash is not None, result.reason
    return (int.from_bytes(result.hash.value) ^ int.from_bytes(other.value)).bit_count()


def ycck() -> bytes:
    """A CMYK JPEG in which luma and chroma of the inks stand, as its Adobe marker then says."""
    ycc = np.asarray(Image.fromarray(255 - RGB).convert("YCbCr"))
    # Adobe stores black inverted; Pillow inverts all four channels once more on writing.
    black = np.full((*ycc.shape[:2], 1), 255, np.uint8)
    raw = Image.fromarray(255 - np.concatenate([ycc, black], axis=2), "CMYK")
    data = bytearray(saved(raw, "JPEG", quality=95))
    data[data.index(b"Adobe") + 11] = 2
    return bytes(data)


def hidden_colour() -> Image.Image:
    """White where the mask is clear, with other colours hidden there."""
    image = SOURCE.convert("RGBA")
    image.paste((255, 255, 255, 255), (0, 0, 200, 512))
    hidden = np.array(image)
    hidden[:, :200] = (10, 200, 30, 0)
    hidden[:, 50:150, 2] = 255
    return Image.fromarray(hidden)


ENCODINGS: dict[str, Callable[[], bytes]] = {
    "png": lambda: saved(SOURCE, "PNG"),
    "png-8 fixed palette": lambda: saved(SOURCE.convert("P"), "PNG"),
    "png-8 own palette": lambda: saved(SOURCE.quantize(256), "PNG"),
    "png-8 with transparency": lambda: saved(SOURCE.quantize(255), "PNG", transparency=255),
    "png 1 bit": lambda: saved(SOURCE.convert("1"), "PNG"),
    "png grey": lambda: saved(SOURCE.convert("L"), "PNG"),
    "png grey and alpha": lambda: saved(SOURCE.convert("LA"), "PNG"),
    "png rgba": lambda: saved(SOURCE.convert("RGBA"), "PNG"),
    "png 16-bit grey": lambda: saved(Image.fromarray(GREY.astype(np.uint16) * 257), "PNG"),
    "png with a key colour": lambda: saved(SOURCE, "PNG", transparency=(1, 2, 3)),
    "gif": lambda: saved(SOURCE, "GIF"),
    "jpeg": lambda: saved(SOURCE, "JPEG", quality=90),
    "jpeg grey": lambda: saved(SOURCE.convert("L"), "JPEG", quality=90),
    "jpeg progressive": lambda: saved(SOURCE, "JPEG", quality=90, progressive=True),
    "jpeg cmyk": lambda: saved(SOURCE.convert("CMYK"), "JPEG", quality=90),
    "jpeg ycck": ycck,
    "jpeg rgb": lambda: saved(SOURCE, "JPEG", quality=90, keep_rgb=True),
    "jpeg with a profile": lambda: saved(
        SOURCE, "JPEG", quality=90, icc_profile=ImageCms.ImageCmsProfile(
            ImageCms.createProfile("sRGB")).tobytes()),
    "webp lossless": lambda: saved(SOURCE, "WEBP", lossless=True),
    "webp": lambda: saved(SOURCE, "WEBP", quality=85),
    "avif": lambda: saved(SOURCE, "AVIF", quality=85),
    "heic": lambda: saved(SOURCE, "HEIF", quality=85),
    "bmp": lambda: saved(SOURCE, "BMP"),
    "bmp palette": lambda: saved(SOURCE.quantize(256), "BMP"),
    "jpeg 2000": lambda: saved(SOURCE, "JPEG2000"),
    "ppm": lambda: saved(SOURCE, "PPM"),
    "tiff": lambda: saved(SOURCE, "TIFF"),
    "tiff jpeg": lambda: saved(SOURCE, "TIFF", compression="jpeg"),
    "tiff lzw": lambda: saved(SOURCE, "TIFF", compression="tiff_lzw"),
    "tiff cmyk": lambda: saved(SOURCE.convert("CMYK"), "TIFF"),
    "tiff lab": lambda: saved(ImageCms.profileToProfile(
        SOURCE, ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"),
        outputMode="LAB"), "TIFF"),
    "tiff 16-bit rgb": lambda: tiff(RGB.astype(np.uint16) * 257, photometric="rgb"),
    "tiff 16-bit grey": lambda: tiff(GREY.astype(np.uint16) * 257),
    "tiff 16-bit big-endian": lambda: tiff(GREY.astype(">u2") * 257, byteorder=">"),
    "tiff signed 16-bit": lambda: tiff(GREY.astype(np.int16) * 128),
    "tiff 32-bit": lambda: tiff(GREY.astype(np.uint32) * 0x01010101),
    "tiff signed 32-bit": lambda: tiff(GREY.astype(np.int32) * 0x00808080),
    "tiff float 0-1": lambda: tiff((GREY / 255).astype(np.float32)),
    "tiff float 0-255": lambda: tiff(GREY.astype(np.float32)),
    "tiff white is zero": lambda: tiff(255 - GREY, photometric="miniswhite"),
    "tiff planes": lambda: tiff(
        RGB.transpose(2, 0, 1), photometric="rgb", planarconfig="separate"),
}  # fmt: skip


@pytest.mark.parametrize("name", ENCODINGS)
def test_every_encoding_gives_the_hash_of_plain_rgb(name):
    result = hash_image(ENCODINGS[name](), LIMITS)
    assert distance(result) <= 10
    assert (result.reason, result.preproc, result.trivial) == ("", FULL, False)
    assert (result.width, result.height) == SOURCE.size
    assert result.content.startswith("image/")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_applied_exactly_once(kind, orientation):
    stored = SOURCE if orientation == 1 else SOURCE.transpose(UNTURN[orientation])
    exif = Image.Exif()
    exif[0x0112] = orientation
    result = hash_image(saved(stored, kind, exif=exif.tobytes(), quality=95), LIMITS)
    assert distance(result) <= 10
    if kind == "JPEG" and orientation != 1:
        assert f"orientation {orientation} applied" in result.note


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_fast_path_agrees_with_the_full_one_on_turned_pictures(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = saved(SOURCE.resize((1000, 800)), "JPEG", exif=exif)
    fast, full = hash_image(data, LIMITS), hash_image(data, LIMITS, full=True)
    assert (fast.preproc, full.preproc) == (COEFFICIENTS, FULL)
    assert full.hash is not None
    assert distance(fast, full.hash) <= 4
    assert fast.note == full.note


def test_the_full_path_is_the_reference_bit_for_bit():
    data = saved(SOURCE.resize((1200, 900)), "JPEG", quality=80)
    pixels = np.asarray(Image.open(io.BytesIO(data)))
    assert hash_image(data, LIMITS, full=True).hash == reference(pixels)


def test_an_even_picture_is_left_to_the_full_path():
    y, x = np.mgrid[0:900, 0:900]
    soft = Image.fromarray(((x + y) // 32 + 90).astype(np.uint8))
    assert hash_image(saved(soft, "JPEG"), LIMITS).preproc == FULL


def test_colour_under_full_transparency_is_never_hashed():
    shown = Image.new("RGB", SOURCE.size, "white")
    shown.paste(SOURCE.crop((200, 0, *SOURCE.size)), (200, 0))
    for kind in ("PNG", "WEBP", "TIFF"):
        options = {"lossless": True, "exact": True} if kind == "WEBP" else {}
        result = hash_image(saved(hidden_colour(), kind, **options), LIMITS)
        assert distance(result, reference(np.asarray(shown))) <= 2


def test_half_transparency_is_mixed_with_white():
    half = SOURCE.convert("RGBA")
    half.putalpha(128)
    mixed = np.rint(RGB * (128 / 255) + 255 * (127 / 255)).astype(np.uint8)
    assert distance(hash_image(saved(half, "PNG"), LIMITS), reference(mixed)) <= 2


def test_fully_transparent_could_not_be_hashed():
    clear = Image.new("RGBA", (90, 90), (9, 9, 9, 0))
    result = hash_image(saved(clear, "PNG"), LIMITS)
    assert result.hash is None
    assert "transparent" in result.reason


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP"])
def test_one_colour_is_trivial(kind):
    result = hash_image(saved(Image.new("RGB", (900, 700), (9, 90, 9)), kind), LIMITS)
    assert result.hash is not None
    assert (result.trivial, result.hash.quality, result.reason) == (True, 0, "")
    assert "quality" in result.note


FRAMES = [SOURCE.rotate(40 * number) for number in range(1, 5)]


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "AVIF", "TIFF", "HEIF"])
def test_every_frame_is_hashed(kind):
    options = {"lossless": True} if kind == "WEBP" else {}
    data = saved(SOURCE, kind, save_all=True, append_images=FRAMES, **options)
    result = hash_image(data, LIMITS)
    assert distance(result) <= 10
    assert [frame.number for frame in result.frames] == [1, 2, 3, 4]
    assert (result.reason, result.note) == ("", "")
    for frame, picture in zip(result.frames, FRAMES, strict=True):
        found = ImageResult(PdqHash(frame.hash, 100))
        assert distance(found, reference(np.asarray(picture))) <= 10


def test_a_jpeg_with_a_second_picture_behind_it_gives_both():
    first = SOURCE.resize((1000, 900))
    data = saved(first, "MPO", save_all=True, append_images=[FRAMES[0].resize((700, 680))])
    result = hash_image(data, LIMITS)
    assert (result.content, result.preproc, len(result.frames)) == ("image/jpeg", COEFFICIENTS, 1)
    assert distance(result) <= 31


def small_frames(count: int) -> list[Image.Image]:
    return [SOURCE.resize((60, 50)).rotate(3 * number) for number in range(count)]


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("colour", ["black", "white"])
def test_a_blank_first_frame_does_not_make_the_rest_trivial(kind, colour):
    blank = Image.new("RGB", SOURCE.size, colour)
    result = hash_image(saved(blank, kind, save_all=True, append_images=[SOURCE]), LIMITS)
    assert not result.trivial
    assert distance(ImageResult(PdqHash(result.frames[0].hash, 100))) <= 10
    white = Image.new("RGB", SOURCE.size, (9, 9, 9))
    assert hash_image(saved(blank, kind, save_all=True, append_images=[white]), LIMITS).trivial


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF"])
def test_frames_behind_one_that_shows_nothing_are_hashed(kind):
    clear, shown = Image.new("RGBA", SOURCE.size, (9, 9, 9, 0)), SOURCE.convert("RGBA")
    options = {"lossless": True} if kind == "WEBP" else {}
    data = saved(clear, kind, save_all=True, append_images=[shown], **options)
    result = hash_image(data, LIMITS)
    assert (result.hash, result.preproc, result.reason) == (None, FULL, "")
    assert "transparent" in result.note
    assert distance(ImageResult(PdqHash(result.frames[0].hash, 100))) <= 10


def test_pages_behind_one_that_is_too_small_are_hashed():
    data = saved(Image.new("RGB", (2, 2)), "TIFF", save_all=True, append_images=[SOURCE])
    result = hash_image(data, LIMITS)
    assert [frame.number for frame in result.frames] == [1]
    assert (result.reason, "5 pixels" in result.note) == ("", True)


@pytest.mark.parametrize("kind", ["GIF", "TIFF"])
def test_frames_left_out_are_spread_evenly_and_are_a_reason(kind):
    first, *others = small_frames(21)
    data = saved(first, kind, save_all=True, append_images=others)
    result = hash_image(data, Limits(frames=5))
    assert [frame.number for frame in result.frames] == [4, 8, 12, 16, 20]
    assert result.reason == "5 of 20 further frames hashed"


def test_every_picture_of_a_long_slide_show_is_hashed():
    first, *others = small_frames(100)
    result = hash_image(saved(first, "GIF", save_all=True, append_images=others), LIMITS)
    assert (len(result.frames), result.reason) == (99, "")


def test_the_budget_of_all_frames_is_a_reason():
    first, *others = small_frames(9)
    data = saved(first, "GIF", save_all=True, append_images=others)
    result = hash_image(data, Limits(total_pixels=60 * 50 * 4))
    assert [frame.number for frame in result.frames] == [1, 2, 3]
    assert "total pixels" in result.reason


def test_a_declared_size_beyond_the_limit_is_not_decoded():
    result = hash_image(saved(SOURCE, "PNG"), Limits(frame_pixels=1000))
    assert result.hash is None
    assert "460 × 512" in result.reason


def test_the_size_of_later_pages_is_checked_too():
    data = saved(
        SOURCE.resize((50, 50)), "TIFF", save_all=True, append_images=[SOURCE.resize((300, 300))]
    )
    result = hash_image(data, Limits(frame_pixels=10_000))
    assert result.hash is not None
    assert "300 × 300" in result.reason


def test_a_file_beyond_the_limit_is_not_opened():
    result = hash_image(saved(SOURCE, "BMP"), Limits(picture_bytes=1000))
    assert result.hash is None
    assert "1000 bytes" in result.reason


def test_a_bomb_raises_no_warning():
    header = b"P6 60000 60000 255\n"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = hash_image(header + bytes(100), LIMITS)
    assert result.hash is None
    assert "60000 × 60000" in result.reason


@pytest.mark.parametrize("options", [{}, {"progressive": True}], ids=["baseline", "progressive"])
def test_a_truncated_jpeg_is_hashed_as_far_as_it_goes_and_never_silently(options):
    data = saved(SOURCE.resize((1000, 900)), "JPEG", **options)
    most = hash_image(data[: len(data) * 9 // 10], LIMITS)
    assert most.hash is not None
    assert "truncated" in most.reason
    for broken in (data[: len(data) // 10], data[:600]):
        little = hash_image(broken, LIMITS)
        assert little.reason


def test_a_barely_truncated_jpeg_still_resembles_itself():
    data = saved(SOURCE.resize((1000, 900)), "JPEG", progressive=True)
    result = hash_image(data[: len(data) * 8 // 10], LIMITS)
    assert distance(result) <= 31


def test_damage_that_decoders_conceal_is_a_reason():
    data = saved(SOURCE.resize((1000, 900)), "JPEG")
    hole = data[: len(data) // 2] + data[len(data) * 3 // 4 :]
    result = hash_image(hole, LIMITS)
    assert "damaged" in result.reason


@pytest.mark.parametrize("kind", ["PNG", "GIF", "TIFF", "BMP", "WEBP", "AVIF", "HEIF", "JPEG2000"])
def test_half_a_file_is_never_silent(kind):
    data = saved(SOURCE, kind)
    assert hash_image(data[: len(data) // 2], LIMITS).reason


@pytest.mark.parametrize("data", [b"", b"hello" * 20, b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"])
def test_what_is_not_a_picture_says_so(data):
    result = hash_image(data, LIMITS)
    assert (result.hash, result.frames) == (None, ())
    assert result.reason


def test_heic_that_is_switched_off_says_what_is_missing():
    result = hash_image(saved(SOURCE, "HEIF"), LIMITS, heif=False)
    assert result.hash is None
    assert "HEIC" in result.reason


def test_too_small_for_pdq_says_so():
    result = hash_image(saved(Image.new("RGB", (4, 300)), "PNG"), LIMITS)
    assert result.hash is None
    assert "5 pixels" in result.reason


FUZZED = [
    saved(SOURCE.resize((90, 70)), kind)
    for kind in ("JPEG", "PNG", "GIF", "TIFF", "BMP", "WEBP", "PPM", "AVIF")
]


@given(st.sampled_from(FUZZED), st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255))))
@settings(max_examples=150, deadline=None)
def test_damage_is_a_result(data, changes):
    out = bytearray(data)
    for place, value in changes:
        out[int(place * (len(out) - 1))] = value
    result = hash_image(bytes(out), Limits(frame_pixels=1_000_000))
    assert result.hash is not None or result.reason
