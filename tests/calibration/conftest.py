from __future__ import annotations

from pathlib import Path

import pytest
import skimage
from PIL import Image

DATA = Path(skimage.__file__).parent / "data"


@pytest.fixture(scope="session")
def photographs() -> dict[str, Image.Image]:
    names = ("coffee.png", "astronaut.png", "chelsea.png", "rocket.jpg")
    return {Path(name).stem: Image.open(DATA / name).convert("RGB") for name in names}
