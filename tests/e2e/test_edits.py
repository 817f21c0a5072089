"""What people do to pictures, found by the real command line with a plain PDQ list."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import skimage
from PIL import Image, ImageOps
from tests.e2e.command import CommandLine

PICTURES = Path(skimage.__file__).parent / "data"


@pytest.fixture
def known(installed: CommandLine, tmp_path: Path) -> CommandLine:
    (item,) = installed.json("hash", PICTURES / "coffee.png")
    (tmp_path / "list.csv").write_text(f"id,pdq\ncup,{item['signals']['pdq']}\n")
    installed("lists", "import", "list.csv", "--name", "list", "--kind", "contraband")
    return installed


def beside(picture: Image.Image) -> Image.Image:
    other = Image.open(PICTURES / "astronaut.png").convert("RGB").resize(picture.size)
    both = Image.new("RGB", (2 * picture.width, picture.height))
    both.paste(picture, (0, 0))
    both.paste(other, (picture.width, 0))
    return both


EDITS: dict[str, tuple[Callable[[Image.Image], Image.Image], str, str]] = {
    "mirrored.jpg": (ImageOps.mirror, "full", "mirrored"),
    "turned.png": (lambda p: p.rotate(90, expand=True), "full", "quarter turn"),
    "framed.jpg": (lambda p: ImageOps.expand(p, 60, "white"), "without borders", "none"),
    "collage.jpg": (beside, "box at seams", "none"),
}


def test_edited_copies_are_found_and_the_match_says_how(known: CommandLine, tmp_path: Path):
    disk = tmp_path / "disk"
    disk.mkdir()
    picture = Image.open(PICTURES / "coffee.png").convert("RGB")
    large = picture.resize((1800, 1200), Image.Resampling.BICUBIC)
    for name, (edit, _, _) in EDITS.items():
        edit(picture).save(disk / name)
        edit(large).save(disk / f"large-{name}")
    Image.open(PICTURES / "rocket.jpg").save(disk / "other.jpg")
    found = {Path(item["path"]).name: item for item in known.json("scan", disk, expect=1)}
    assert found.pop("other.jpg")["state"] == "clear"
    for name, item in found.items():
        _, region, transform = EDITS[name.removeprefix("large-")]
        assert (item["state"], item["verdict"]["level"]) == ("matched", "near"), name
        best = item["verdict"]["matches"][0]
        assert (best["entry"], best["known_part"]) == ("cup", "whole")
        assert best["region"].startswith(region), name
        assert best["transform"].startswith(transform), name
        said = best["reason"].partition("compared: ")[2]
        assert said.startswith(transform if region == "full" else region), name


def test_the_fast_depth_leaves_boxes_out(known: CommandLine, tmp_path: Path):
    beside(Image.open(PICTURES / "coffee.png").convert("RGB")).save(tmp_path / "collage.png")
    (item,) = known.json("scan", "--depth", "fast", "collage.png")
    assert item["state"] == "clear"
    (item,) = known.json("scan", "collage.png", expect=1)
    assert item["verdict"]["level"] == "near"
