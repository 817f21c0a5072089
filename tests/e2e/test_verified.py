"""The verified tier from end to end: what is beyond any hash is found by its scene."""

from __future__ import annotations

import base64
from pathlib import Path

import numpy as np
import skimage.data
from PIL import Image
from tests.e2e.command import CommandLine

from tidebreak.media.features import KNOWN, extract


def picture(name: str) -> Image.Image:
    return Image.fromarray(getattr(skimage.data, name)())


def test_a_turned_crop_is_possibly_a_known_picture(installed: CommandLine, tmp_path: Path):
    features = extract(np.asarray(picture("astronaut")), KNOWN).value()
    (tmp_path / "own.csv").write_text(f"id,orb\nsuit,{base64.b64encode(features).decode()}\n")
    installed("lists", "import", "own.csv", "--name", "own", "--kind", "contraband")
    (tmp_path / "disk").mkdir()
    turned = picture("astronaut").rotate(33, Image.Resampling.BICUBIC).crop((120, 110, 400, 390))
    turned.save(tmp_path / "disk" / "turned.jpg", quality=80)
    picture("rocket").save(tmp_path / "disk" / "stranger.png")
    off = installed.json("scan", tmp_path / "disk")
    assert {item["state"] for item in off} == {"clear"}
    on = installed.json("scan", tmp_path / "disk", expect=1, TIDEBREAK_VERIFY="true")
    found = {Path(item["path"]).name: item for item in on}
    assert found["stranger.png"]["state"] == "clear"
    assert found["turned.jpg"]["verdict"]["level"] == "possible"
    (match,) = found["turned.jpg"]["verdict"]["matches"]
    assert (match["entry"], match["signal"], match["algorithm"]) == ("suit", "orb", "orb-1")
    assert match["transform"].startswith("turned by")
