from __future__ import annotations

import io
import subprocess
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image
from tests.media.moving import encode, landscape

from tidebreak.hashing.frame_grids import full_grid
from tidebreak.hashing.pdq import hash_of_grid, pdq_grey, pdq_rgb
from tidebreak.media.video_luma import pixels_of, turn_of
from tidebreak.model import Turn

PICTURE = landscape(3, 121, 187)
COLOUR = np.stack([PICTURE, PICTURE[::-1], 255 - PICTURE], axis=2)


def distance(a: bytes, b: bytes) -> int:
    return (int.from_bytes(a) ^ int.from_bytes(b)).bit_count()


def frame(pixels: str, picture: np.ndarray = PICTURE) -> av.VideoFrame:
    made = av.VideoFrame.from_ndarray(
        np.ascontiguousarray(picture), "gray" if picture.ndim == 2 else "rgb24"
    )
    return made.reformat(format=pixels)


@pytest.mark.parametrize(
    "pixels",
    ["yuv420p", "yuvj420p", "yuv422p", "yuv444p", "yuva420p", "nv12", "nv21", "gray", "yuv420p10le",
     "yuv422p12le", "yuv444p16le", "gray10le", "p010le", "yuyv422", "uyvy422", "ya8", "yuv420p10be",
     "gray16be"],
)  # fmt: skip
def test_luma_is_the_picture_whatever_the_format(pixels: str):
    found, contrast = pixels_of(frame(pixels))
    assert found.shape == PICTURE.shape
    assert found.dtype == np.uint8
    spread = found.astype(float) * contrast
    spread += PICTURE.mean() - spread.mean()
    assert np.abs(spread - PICTURE).mean() < 2
    assert distance(pdq_grey(np.ascontiguousarray(found)).value, pdq_grey(PICTURE).value) <= 4


@pytest.mark.parametrize(
    "pixels", ["rgb24", "bgr24", "gbrp", "rgba", "bgr0", "gbrp10le", "rgb48le"]
)
def test_colours_are_hashed_as_a_picture_has_them(pixels: str):
    found, contrast = pixels_of(frame(pixels, COLOUR))
    assert found.shape == COLOUR.shape
    assert contrast == 1.0
    assert np.abs(found.astype(int) - COLOUR).mean() < 1
    assert distance(pdq_rgb(np.ascontiguousarray(found)).value, pdq_rgb(COLOUR).value) <= 2


def test_few_colours_and_two_are_pictures_too():
    for pixels, shape in (("rgb8", (121, 187, 3)), ("monow", (121, 187)), ("monob", (121, 187))):
        assert pixels_of(frame(pixels))[0].shape == shape


def test_limited_range_is_told_from_full():
    limited = frame("yuv420p")
    assert pixels_of(limited)[1] == pytest.approx(255 / 219)
    limited.color_range = 2
    assert pixels_of(limited)[1] == 1.0
    assert pixels_of(frame("yuvj420p"))[1] == 1.0
    assert pixels_of(frame("gray"))[1] == 1.0


def test_a_frame_in_memory_of_its_own_is_not_copied():
    picture = landscape(1, 64, 128)
    made = frame("yuv420p", picture)
    assert np.shares_memory(pixels_of(made)[0], np.frombuffer(made.planes[0], np.uint8))


@pytest.mark.parametrize("degrees", [0, 90, 180, -90])
def test_turns_are_those_that_a_player_makes(degrees: int, tmp_path: Path):
    """FFmpeg's own player turns frames by itself; ours must end in the same picture."""
    path = tmp_path / "turned.mp4"
    path.write_bytes(encode([landscape(5, 180, 320)] * 3, rotation=degrees))
    shown = subprocess.run(
        ["ffmpeg", "-v", "error", "-i", path, "-frames:v", "1", "-f", "apng", "-"],
        capture_output=True, check=True,
    ).stdout  # fmt: skip
    expected = pdq_grey(np.asarray(Image.open(io.BytesIO(shown)).convert("L")))
    with av.open(path) as video:
        first = next(video.decode(video=0))
        found = hash_of_grid(full_grid(pixels_of(first)[0], turn_of(first))).value
    assert distance(found, expected.value) <= 10
    assert (turn_of(first) is Turn.NONE) == (degrees == 0)


class _Turned:
    """A frame that is nothing but its display matrix."""

    def __init__(self, *values: int) -> None:
        a, b, c, d = (value << 16 for value in values)
        matrix = np.array([a, b, 0, c, d, 0, 0, 0, 1 << 30], np.int32)
        self.side_data = {"DISPLAYMATRIX": matrix.tobytes()}


@pytest.mark.parametrize("turn", list(Turn))
def test_each_matrix_does_to_points_what_its_turn_does_to_pictures(turn: Turn):
    for a, b, c, d in ((1, 0, 0, 1), (-1, 0, 0, 1), (1, 0, 0, -1), (-1, 0, 0, -1),
                       (0, 1, 1, 0), (0, -1, 1, 0), (0, 1, -1, 0), (0, -1, -1, 0)):  # fmt: skip
        if turn_of(_Turned(a, b, c, d)) is not turn:  # type: ignore[arg-type]
            continue
        moved = np.zeros_like(SQUARE)
        middle = len(SQUARE) // 2
        for (y, x), value in np.ndenumerate(SQUARE):
            u, v = x - middle, y - middle
            moved[b * u + d * v + middle, a * u + c * v + middle] = value
        found = hash_of_grid(full_grid(SQUARE, turn)).value
        assert distance(found, pdq_grey(moved).value) <= 2
        return
    pytest.fail("no matrix has this turn")


SQUARE = landscape(7, 129, 129)


def test_a_matrix_that_is_no_quarter_turn_counts_as_none():
    skewed = _Turned(1, 1, -1, 1)
    assert turn_of(skewed) is Turn.NONE  # type: ignore[arg-type]
    skewed.side_data = {"DISPLAYMATRIX": b"short"}
    assert turn_of(skewed) is Turn.NONE  # type: ignore[arg-type]
