from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tidebreak.calibration.corpus import LONGEST, LeftOut, corpus_of, files_below
from tidebreak.errors import UsageError
from tidebreak.settings import Limits, Settings


def saved(picture: Image.Image, form: str = "PNG", **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()


def test_files_are_found_in_all_folders_in_an_order_that_a_seed_repeats(tmp_path: Path):
    (tmp_path / "in" / "deeper").mkdir(parents=True)
    for number in range(9):
        (tmp_path / ("in", "in/deeper")[number % 2] / f"{number}.png").touch()
    first = files_below(tmp_path, 1)
    assert len(first) == 9
    assert first == files_below(tmp_path, 1)
    assert first != files_below(tmp_path, 2)
    with pytest.raises(UsageError, match="is not a folder; name one with pictures of your own"):
        files_below(tmp_path / "nowhere", 1)


def test_a_folder_that_cannot_be_opened_is_among_the_files(tmp_path: Path, monkeypatch):
    def walk(top, onerror):
        onerror(PermissionError(13, "Permission denied", str(top / "closed")))
        yield str(top), ["closed"], ["a.png"]

    monkeypatch.setattr("tidebreak.calibration.corpus.os.walk", walk)
    assert set(files_below(tmp_path, 1)) == {tmp_path / "a.png", tmp_path / "closed"}


def test_what_was_not_read_is_left_out_in_its_turn(photographs):
    files = [("pipe", "no regular file"), ("coffee.png", saved(photographs["coffee"])), ("b", "?")]
    _, left_out = corpus_of(files, Settings(), 1)
    assert left_out == [LeftOut("pipe", "no regular file")]


def test_what_is_no_picture_is_left_out_and_says_why(photographs):
    coffee, chelsea = photographs["coffee"], photographs["chelsea"]
    files = [
        ("text.txt", b"not a picture"),
        ("coffee.png", saved(coffee)),
        ("cut.png", saved(chelsea)[:5000]),
        ("small.png", saved(chelsea.resize((300, 100)))),
        ("again.jpg", saved(coffee.resize((450, 300)), "JPEG", quality=70)),
        ("clear.png", saved(Image.new("RGBA", (300, 300)))),
        ("chelsea.png", saved(chelsea)),
        ("more.png", saved(photographs["rocket"])),
    ]
    samples, left_out = corpus_of(files, Settings(), 2)
    assert [sample.name for sample in samples] == ["coffee.png", "chelsea.png"]
    why = {item.name: item.why for item in left_out}
    assert list(why) == ["text.txt", "cut.png", "small.png", "again.jpg", "clear.png"]
    assert why["text.txt"].startswith("no decoder takes it")
    assert why["cut.png"].startswith("cannot be decoded: ")
    assert why["small.png"] == "a side is shorter than 160 pixels"
    assert why["again.jpg"] == "a copy of coffee.png"
    assert why["clear.png"].startswith("fully transparent")


def test_pictures_are_upright_and_reduced_to_the_longest_side(photographs):
    large = photographs["coffee"].resize((3000, 2000))
    turned = large.getexif()
    turned[0x0112] = 6
    ((sample,), _) = corpus_of([("a", saved(large, "JPEG", exif=turned))], Settings(), 9)
    assert sample.picture.mode == "RGB"
    assert sample.picture.size == (round(LONGEST * 2 / 3), LONGEST)


def test_the_limit_on_pixels_holds(photographs):
    settings = Settings(limits=Limits(frame_pixels=1000))
    _, left_out = corpus_of([("a", saved(photographs["coffee"]))], settings, 9)
    assert left_out[0].why == "more pixels than the limit allows"


def test_grey_pictures_become_colour_ones(photographs):
    grey = photographs["coffee"].convert("L")
    ((sample,), _) = corpus_of([("a", saved(grey))], Settings(), 9)
    assert np.array_equal(np.asarray(sample.picture)[..., 1], np.asarray(grey))
