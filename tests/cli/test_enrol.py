from __future__ import annotations

import json
from pathlib import Path

import pytest
import skimage.data
from PIL import Image

from tidebreak.errors import UsageError


@pytest.fixture
def media(tmp_path: Path) -> Path:
    folder = tmp_path / "media"
    folder.mkdir()
    Image.fromarray(skimage.data.coffee()).save(folder / "coffee.png")
    (folder / "[red]notes.txt").write_text("words")
    return folder


def test_media_is_enrolled_into_a_list_and_packed(run, media: Path, tmp_path: Path):
    run("init")
    made = run(
        "lists", "enrol", media, "--name", "own", "--kind", "watch", "--pack", "own.pack",
        "--classification", "B", "--owner", "Us", "--regions", "few",
    ).output  # fmt: skip
    assert "[red]notes.txt: left out: neither a picture nor a video" in made.replace("\n", "")
    assert "1 added" in made
    head, entry, _ = map(json.loads, (tmp_path / "own.pack").read_text().splitlines())
    assert (head["owner"], entry["classification"]) == ("Us", "B")
    assert "own" in run("lists").output
    run("lists", "import", "own.pack", "--name", "theirs", "--kind", "contraband")
    assert "enrol" in run("audit", "show").output


def test_a_pack_alone_touches_no_list(run, media: Path, tmp_path: Path):
    run("init")
    lines = run("lists", "pack", "own.pack.gz", media, "--json").output.splitlines()
    *items, last = map(json.loads, lines)
    assert {item["outcome"] for item in items} == {"enrolled", "left out"}
    assert last["result"]["counts"] == {"enrolled": 1, "left out": 1}
    assert "No lists" in run("lists").output
    with pytest.raises(UsageError, match="exists"):
        run("lists", "pack", "own.pack.gz", media)
