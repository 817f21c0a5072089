"""Coefficients and hashes of JPEGs against libjpeg, through Pillow, and against pdqhash."""

from __future__ import annotations

import io
import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from tests.hashing.jpeg_twin import encoded, picture

from tidebreak.hashing import jpeg, jpeg_luma
from tidebreak.hashing.jpeg_markers import Corrupt, Refused
from tidebreak.hashing.pdq import PdqHash

pdqhash = pytest.importorskip("pdqhash")  # no wheel beyond CPython 3.12

ENCODINGS = [
    {"quality": 50},
    {"quality": 75, "subsampling": 0},
    {"quality": 85, "subsampling": 1},
    {"quality": 95, "optimize": True},
    {"quality": 75, "restart_marker_blocks": 1},
    {"quality": 75, "restart_marker_rows": 2},
    {"quality": 50, "progressive": True},
    {"quality": 75, "progressive": True, "subsampling": 0},
    {"quality": 95, "progressive": True},
    {"quality": 85, "progressive": True, "restart_marker_blocks": 3},
]
TURNS = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def pdq_of(data: bytes, orientation: int = 1):
    """What the fast path makes of a JPEG, None where it leaves that to the full decoder."""
    luma = jpeg.luma_of(data)
    return None if luma is None else jpeg.pdq_from_luma(luma, orientation)


def decoded(data: bytes) -> np.ndarray:
    return np.array(Image.open(io.BytesIO(data)).convert("RGB"))


def reference(pixels: np.ndarray) -> PdqHash:
    bits, quality = pdqhash.compute(np.ascontiguousarray(pixels))
    return PdqHash(np.packbits(bits).tobytes(), quality)


def distance(one: PdqHash, other: PdqHash) -> int:
    return (int.from_bytes(one.value) ^ int.from_bytes(other.value)).bit_count()


@pytest.mark.parametrize("options", ENCODINGS, ids=str)
@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize("size", [(1013, 761), (1600, 1200), (640, 641)], ids=str)
def test_hash_is_that_of_the_decoded_pixels(options, mode, size):
    data = encoded(picture(*size).convert(mode), **options)
    found = pdq_of(data)
    expected = reference(decoded(data))
    assert found is not None
    assert distance(found, expected) <= 4
    assert abs(found.quality - expected.quality) <= 2


@pytest.mark.parametrize("name", ["coffee", "chelsea", "rocket", "retina"])
def test_hash_of_other_photographs(name):
    data = encoded(picture(1400, 1000, name), quality=80)
    found = pdq_of(data)
    assert found is not None
    assert distance(found, reference(decoded(data))) <= 4


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_turns_the_grid_as_it_turns_pixels(orientation):
    data = encoded(picture(900, 651), quality=90)
    turn = TURNS[orientation]
    upright = Image.open(io.BytesIO(data)).convert("RGB")
    upright = upright if turn is None else upright.transpose(turn)
    found = pdq_of(data, orientation)
    assert found is not None
    assert distance(found, reference(np.asarray(upright))) <= 4


@pytest.mark.parametrize("options", ENCODINGS, ids=str)
def test_coefficients_are_those_of_the_decoded_pixels(options, monkeypatch):
    monkeypatch.setattr(jpeg_luma, "_TOLERANCE", 0.0)
    fft = pytest.importorskip("scipy.fft")
    height, width = 400, 720
    data = encoded(picture(width, height).convert("L"), **{**options, "quality": 60})
    luma = jpeg.read_luma(data)
    pixels = np.asarray(Image.open(io.BytesIO(data))).astype(float) - 128
    blocks = pixels.reshape(height // 8, 8, width // 8, 8).transpose(0, 2, 1, 3)
    expected = fft.dctn(blocks, axes=(2, 3), norm="ortho")
    inside = ((blocks > -127) & (blocks < 126)).all(axis=(2, 3))  # the rest was clamped
    for k, (v, u) in enumerate([(0, 0), (0, 1), (1, 0), (2, 0), (1, 1), (0, 2), (0, 3), (1, 2)]):
        quantised = np.rint(expected[:, :, v, u] / luma.steps[k])
        assert np.array_equal(quantised[inside], luma.kept[k][inside]), (v, u)
    assert inside.mean() > 0.5


@pytest.mark.parametrize("subsampling", [0, 1, 2])
def test_progressive_coefficients_are_those_of_baseline(subsampling, monkeypatch):
    monkeypatch.setattr(jpeg_luma, "_TOLERANCE", 0.0)
    image = picture()
    plain, scans = (
        jpeg.read_luma(encoded(image, quality=80, subsampling=subsampling, progressive=progressive))
        for progressive in (False, True)
    )
    # Blocks beyond the edge exist only in interleaved scans.
    rows, columns = -(-image.height // 8), -(-image.width // 8)
    assert np.array_equal(plain.kept[:, :rows, :columns], scans.kept[:, :rows, :columns])


def patched(data: bytes, marker: int, at: int, value: int) -> bytes:
    out = bytearray(data)
    out[data.index(bytes([0xFF, marker])) + at] = value
    return bytes(out)


def test_what_is_out_of_the_ordinary_is_left_to_the_full_decoder():
    image = picture(800, 700)
    plain = encoded(image)
    cases = {
        "rgb": encoded(image, keep_rgb=True),
        "cmyk": encoded(image.convert("CMYK")),
        "small": encoded(image.resize((300, 700))),
        "arithmetic": patched(plain, 0xC0, 1, 0xC9),
        "lossless": patched(plain, 0xC0, 1, 0xC3),
        "12 bit": patched(plain, 0xC0, 4, 12),
        "no height": patched(patched(plain, 0xC0, 5, 0), 0xC0, 6, 0),
        "luma subsampled": patched(plain, 0xC0, 14, 0x44),
        "nothing": b"",
        "png": b"\x89PNG\r\n\x1a\n" + bytes(100),
    }
    assert {name: pdq_of(data) for name, data in cases.items()} == dict.fromkeys(cases)
    assert not jpeg.is_corrupt(cases["cmyk"])


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"restart_marker_blocks": 5}])
@pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.999])
def test_truncation_is_noticed(options, share):
    data = encoded(picture(800, 700), **options)
    cut = data[: int(len(data) * share)]
    assert not jpeg.is_corrupt(data)
    for case in (cut, cut + b"\xff\xd9") if "progressive" not in options else (cut,):
        assert pdq_of(case) is None
        assert jpeg.is_corrupt(case)


def test_a_missing_restart_is_noticed():
    data = encoded(picture(800, 700), restart_marker_rows=1)
    at = data.index(b"\xff\xd1")
    assert jpeg.is_corrupt(data[:at] + data[at + 2 :])


def test_bytes_behind_the_end_do_not_matter():
    data = encoded(picture(800, 700))
    assert pdq_of(data + bytes(1000)) == pdq_of(data)


SEEDS = [
    encoded(picture(96, 80), quality=70),
    encoded(picture(96, 80), quality=70, progressive=True),
    encoded(picture(96, 80).convert("L"), quality=30, restart_marker_blocks=2),
    encoded(picture(96, 80), quality=90, progressive=True, restart_marker_blocks=2),
]


@given(st.sampled_from(SEEDS), st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255))))
@settings(max_examples=300, deadline=None)
def test_damage_never_gives_more_than_a_refusal(data, changes):
    out = bytearray(data)
    for place, value in changes:
        out[int(place * (len(out) - 1))] = value
    read(bytes(out))


@given(st.sampled_from(SEEDS), st.floats(0, 1), st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_foreign_bytes_never_give_more_than_a_refusal(data, place, foreign):
    at = int(place * len(data))
    read(data[:at] + foreign + data[at:])


def read(data: bytes) -> None:
    try:
        luma = jpeg.read_luma(data)
    except Refused:
        return
    assert luma.kept.shape[1:] >= (-(-luma.height // 8), -(-luma.width // 8))


def test_every_table_with_too_many_codes_is_refused():
    data = bytearray(SEEDS[0])
    at = data.index(b"\xff\xc4") + 5
    data[at], data[at + 2] = 3, data[at + 2] - 3  # three codes of one bit
    with pytest.raises(Corrupt):
        jpeg.read_luma(bytes(data))


_FUZZ = """
import io, sys, zlib
import numpy as np
from tidebreak.hashing import jpeg
from tidebreak.hashing.jpeg_markers import Refused
seeds = [bytes.fromhex(line) for line in sys.stdin.read().split()]
random = np.random.default_rng(7)
read = 0
for turn in range(6000):
    data = bytearray(seeds[turn % len(seeds)])
    for _ in range(random.integers(0, 12)):
        at = int(random.integers(2, len(data)))
        kind = random.integers(0, 4)
        if kind == 0: data[at] = random.integers(0, 256)
        elif kind == 1: data[at] ^= 1 << int(random.integers(0, 8))
        elif kind == 2: del data[at : at + int(random.integers(1, 40))]
        else: data[at:at] = random.bytes(int(random.integers(1, 40)))
    try:
        luma = jpeg.read_luma(bytes(data))
        jpeg.grid_of(luma, 1 + turn % 8)
        read += 1
    except (Refused, MemoryError):
        pass
assert read > 100, read
"""


@pytest.mark.slow
def test_no_damage_leads_a_kernel_beyond_its_arrays(tmp_path):
    checked = os.environ | {"NUMBA_BOUNDSCHECK": "1", "NUMBA_CACHE_DIR": str(tmp_path)}
    seeds = "\n".join(data.hex() for data in SEEDS)
    done = subprocess.run(
        [sys.executable, "-c", _FUZZ], env=checked, input=seeds, text=True, capture_output=True
    )
    assert done.returncode == 0, done.stderr[-2000:]


_HASHES = """
import io, sys
from PIL import Image
import numpy as np
from tidebreak.hashing.jpeg import luma_of, pdq_from_luma
from tidebreak.hashing.pdq import pdq_rgb
for line in sys.stdin.read().split():
    data = bytes.fromhex(line)
    full = pdq_rgb(np.asarray(Image.open(io.BytesIO(data)).convert("RGB")))
    print(pdq_from_luma(luma_of(data)).value.hex(), full.value.hex())
"""


@pytest.mark.slow
def test_machines_without_wide_vectors_give_the_same_hashes(tmp_path):
    plain = os.environ | {
        "NUMBA_CPU_NAME": "x86-64-v2" if os.uname().machine == "x86_64" else "generic",
        "NUMBA_CPU_FEATURES": "",
        "NUMBA_CACHE_DIR": str(tmp_path),
    }
    pictures = [
        encoded(picture(900, 700), quality=85, progressive=progressive)
        for progressive in (False, True)
    ]
    done = subprocess.run(
        [sys.executable, "-c", _HASHES],
        env=plain,
        input="\n".join(data.hex() for data in pictures),
        text=True,
        capture_output=True,
        check=True,
    )
    for line, data in zip(done.stdout.splitlines(), pictures, strict=True):
        fast, full = (PdqHash(bytes.fromhex(text), 100) for text in line.split())
        expected = pdq_of(data)
        assert expected is not None
        assert full.value == reference(decoded(data)).value
        # The fast path may fuse sums as the machine likes: a bit at the very median may differ.
        assert distance(fast, expected) <= 2
