"""Headers against what libjpeg, through Pillow, reads in them."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from tests.hashing.jpeg_twin import encoded, picture

from tidebreak.hashing.jpeg_markers import Corrupt, Reader, Refused

SUBSAMPLINGS = {0: (1, 1), 1: (2, 1), 2: (2, 2)}
JFIF, ADOBE = b"\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0", b"\xff\xee\0\x0eAdobe\0d\0\0\0\0"


def walked(data: bytes) -> Reader:
    reader = Reader(data)
    for _ in reader.scans():
        pass
    return reader


def segment(data: bytes, marker: int) -> slice:
    start = data.index(bytes([0xFF, marker]))
    return slice(start, start + 2 + int.from_bytes(data[start + 2 : start + 4]))


def without(data: bytes, marker: int, instead: bytes = b"") -> bytes:
    place = segment(data, marker)
    return data[: place.start] + instead + data[place.stop :]


@pytest.mark.parametrize("subsampling", SUBSAMPLINGS)
@pytest.mark.parametrize("progressive", [False, True])
def test_the_frame_is_as_libjpeg_reads_it(subsampling: int, progressive: bool):
    data = encoded(picture(61, 47), subsampling=subsampling, progressive=progressive)
    frame = walked(data).frame
    assert frame is not None
    assert (frame.width, frame.height, frame.progressive) == (61, 47, progressive)
    factors = [(c.across, c.down) for c in frame.components]
    assert factors == [SUBSAMPLINGS[subsampling], (1, 1), (1, 1)]
    assert [c.id for c in frame.components] == [1, 2, 3]
    layers = Image.open(io.BytesIO(data)).layer
    assert layers == [(c.id, c.across, c.down, c.quantisation) for c in frame.components]


@pytest.mark.parametrize("quality", [1, 50, 95])
def test_quantisation_is_as_libjpeg_reads_it(quality: int):
    data = encoded(picture(61, 47), quality=quality)
    zigzag = sorted(range(64), key=_along_the_diagonals)
    read = Image.open(io.BytesIO(data)).quantization
    expected = {number: tuple(table[place] for place in zigzag) for number, table in read.items()}
    assert walked(data).quantisation == expected


def _along_the_diagonals(place: int) -> tuple[int, int]:
    row, column = divmod(place, 8)
    return row + column, row if (row + column) % 2 else column


def test_steps_of_16_bits_are_read():
    data = encoded(picture(16, 16).convert("L"))
    body = data[segment(data, 0xDB)][5:]
    wide = b"\xff\xdb" + (3 + 128).to_bytes(2) + b"\x10" + b"".join(bytes([1, b]) for b in body)
    assert walked(without(data, 0xDB, wide)).quantisation[0] == tuple(256 + b for b in body)


def test_scans_say_who_takes_part_in_which_band():
    data = encoded(picture(61, 47), progressive=True)
    scans = list(Reader(data).scans())
    assert [len(scan.parts) for scan in scans] == [3, *[1] * 5, 3, *[1] * 3]
    assert scans[0].first == scans[0].last == 0
    for component in range(3):
        bands = [(s.first, s.last) for s in scans[1:] if len(s.parts) == 1
                 and s.parts[0].component == component]  # fmt: skip
        assert {k for first, last in bands for k in range(first, last + 1)} == set(range(1, 64))
    assert all(scan.high in (0, scan.low + 1) for scan in scans)
    assert all(data[scan.start - 3] == scan.first for scan in scans)


def test_restart_intervals_are_read():
    data = encoded(picture(61, 47), restart_marker_blocks=5)
    assert [scan.restart for scan in Reader(data).scans()] == [5]


@pytest.mark.parametrize(
    ("ids", "markers", "luma"),
    [
        (b"\1\2\3", JFIF, True),
        (b"RGB", JFIF, True),
        (b"\1\2\3", b"", True),
        (b"RGB", b"", False),
        (b"\1\2\3", ADOBE + b"\0", False),
        (b"RGB", ADOBE + b"\1", True),
    ],
)
def test_colour_is_told_as_libjpeg_tells_it(ids: bytes, markers: bytes, luma: bool):
    plain = encoded(picture(61, 47))
    data = bytearray(without(plain, 0xE0, markers))
    frame, scan = segment(bytes(data), 0xC0), segment(bytes(data), 0xDA)
    data[frame.start + 10 : frame.start + 19 : 3] = ids
    data[scan.start + 5 : scan.start + 11 : 2] = ids
    assert walked(bytes(data)).is_luma_first is luma
    # Where libjpeg takes it for RGB, it shows what was luma as red.
    grey = Image.open(io.BytesIO(plain))
    grey.draft("L", grey.size)
    red = np.asarray(Image.open(io.BytesIO(bytes(data))))[:, :, 0]
    assert np.array_equal(red, np.asarray(grey)) is not luma


def test_four_components_are_no_luma():
    assert not walked(encoded(picture(61, 47).convert("CMYK"))).is_luma_first
    assert walked(encoded(picture(61, 47).convert("L"))).is_luma_first


@pytest.mark.parametrize(
    ("change", "error", "reason"),
    [
        (lambda d: d[1:], Refused, "no start marker"),
        (lambda d: d[: segment(d, 0xDB).stop - 1], Corrupt, "ends beyond the file"),
        (lambda d: without(d, 0xDB, b"\xff\xdb\0\x05\0ab"), Corrupt, "quantisation table"),
        (lambda d: without(d, 0xC4, b"\xff\xc4\0\x05\0ab"), Corrupt, "Huffman table"),
        (lambda d: without(d, 0xC0, b"\xff\xc0\0\x04\x08\0"), Corrupt, "too short"),
        (lambda d: without(d, 0xC0), Corrupt, "before its frame"),
        (lambda d: without(d, 0xC0, 2 * d[segment(d, 0xC0)]), Refused, "more than one frame"),
        (lambda d: without(d, 0xDA, b"\xff\xda\0\x08\1\x07\0\0\x3f\0"), Refused, "unknown comp"),
        (lambda d: without(d, 0xDA, b"\xff\xda\0\x08\1\1\0\x05\x04\0"), Corrupt, "scan is damaged"),
        (lambda d: without(d, 0xDA, b"\xff\xda\0\x0a\2\1\0\1\0\0\x3f\0"), Corrupt, "damaged"),
    ],
)
def test_what_is_wrong_is_refused_with_its_reason(change, error, reason):
    data = change(encoded(picture(61, 47)))
    with pytest.raises(error, match=reason):
        walked(data)
