"""Short moving pictures made by ffmpeg, and lists that know some of them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest
import skimage
from PIL import Image

from tidebreak.hashing.frames import FrameSequence
from tidebreak.hashing.pdq import pdq_rgb
from tidebreak.installation import Tidebreak
from tidebreak.lists.vpdq_frames import to_text
from tidebreak.media.video import hash_video
from tidebreak.model import ListKind
from tidebreak.settings import Limits

PICTURES = Path(skimage.__file__).parent / "data"

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


@pytest.fixture
def knowing(installation: Tidebreak, clips: Path, tmp_path: Path) -> Tidebreak:
    """An installation that knows the video ``known.ts`` and the picture ``coffee.png``."""
    with (clips / "known.ts").open("rb") as file:
        found = hash_video(file, Limits(), effort="every", beat=lambda: None)
    videos, pictures = tmp_path / "videos.vpdq", tmp_path / "pictures.csv"
    videos.write_text(to_text(FrameSequence.unpack(found.sequence)))
    coffee = pdq_rgb(np.asarray(Image.open(PICTURES / "coffee.png").convert("RGB")))
    pictures.write_text(f"id,pdq\ncoffee,{coffee.value.hex()}\n")
    for path in (videos, pictures):
        installation.import_list(path, name=path.stem, kind=ListKind.CONTRABAND)
    return installation
