"""Short moving pictures made by ffmpeg, and lists that know some of them."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import skimage

PICTURES = Path(skimage.__file__).parent / "data"

Ffmpeg = Callable[..., Path]

CODED = ("-c:v", "libx264", "-preset", "ultrafast", "-g", "25", "-pix_fmt", "yuv420p", "-an")


def pan(picture: str, seconds: float, path: Path, *more: str, rate: int = 25) -> Path:
    """A window that moves over a picture, as MPEG-TS or whatever ``path`` ends with."""
    subprocess.run(
        ["ffmpeg", "-loglevel", "error", "-y", "-loop", "1", "-framerate", str(rate),
         "-t", str(seconds), "-i", PICTURES / picture,
         "-vf", "scale=900:-2,crop=320:180:x='t*60':y='100+t*30'", *CODED, *more, path],
        check=True, timeout=60,
    )  # fmt: skip
    return path


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``known.ts`` and ``other.ts``, three seconds each."""
    folder = tmp_path_factory.mktemp("clips")
    pan("astronaut.png", 3, folder / "known.ts")
    pan("chelsea.png", 3, folder / "other.ts")
    return folder
