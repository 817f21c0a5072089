from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from tidebreak.calibration import run
from tidebreak.calibration.measure import Outcome
from tidebreak.calibration.transforms import SUITE
from tidebreak.errors import UsageError, WorkersFailed
from tidebreak.model import Depth
from tidebreak.settings import Limits, Settings


@pytest.fixture
def folder(tmp_path: Path, photographs) -> Path:
    for name, picture in photographs.items():
        picture.resize((240, 180)).save(tmp_path / f"{name}.png")
        picture.crop((0, 0, 170, 200)).save(tmp_path / f"{name}, left.png")
    (tmp_path / "notes.txt").write_text("not a picture")
    return tmp_path


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "SUITE", ("mirror", "crop 10"))
    monkeypatch.setattr(run, "_FAMILY", 2)


@pytest.mark.usefixtures("short")
def test_a_folder_is_measured_by_several_processes_as_by_one(folder: Path):
    seen: list[tuple[int, int]] = []
    settings = Settings(depth=Depth.FAST, workers=2)
    two = run.calibrate(folder, settings, pictures=8, seed=2, on_progress=lambda *s: seen.append(s))
    one = run.calibrate(folder, Settings(depth=Depth.FAST, workers=1), pictures=8, seed=2)
    assert np.array_equal(one.outcome.nearest, two.outcome.nearest)
    assert one.outcome.names == two.outcome.names
    assert (two.outcome.own[0] <= 31).all()
    assert {name: d.tolist() for name, d in one.hard.items()} == {
        name: d.tolist() for name, d in two.hard.items()
    }
    assert "seccomp" in two.sandbox
    assert seen[-1] == (16, 16)


@pytest.mark.usefixtures("short")
def test_too_few_pictures_are_one_sentence_that_says_why(tmp_path: Path):
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/n\xf6tes.txt")).write_text("not a picture")
    why = r"holds 0 pictures .*; add more \(n\\xf6tes.txt: no decoder"
    with pytest.raises(UsageError, match=why):
        run.calibrate(tmp_path, Settings(workers=1), pictures=6)
    with pytest.raises(UsageError, match="from 5 to 500"):
        run.calibrate(tmp_path, Settings(), pictures=1000)


@pytest.mark.usefixtures("short")
def test_what_is_not_read_is_left_out_with_the_reason(folder: Path):
    os.mkfifo(folder / "pipe")
    (folder / "nothing").touch()
    (folder / "broken").symlink_to(folder / "gone")
    (folder / "large.png").write_bytes(bytes(200_001))
    settings = Settings(workers=1, depth=Depth.FAST, limits=Limits(picture_bytes=200_000))
    measured = run.calibrate(folder, settings, pictures=20)
    why = {item.name: item.why for item in measured.left_out}
    assert why["pipe"] == "no regular file"
    assert why["nothing"] == "empty"
    assert why["broken"] == "cannot be read (No such file or directory)"
    assert why["large.png"] == "200,001 bytes, more than the limit of 200,000"
    assert len(measured.outcome.names) + len(why) == len(list(folder.iterdir()))


@pytest.mark.usefixtures("short")
def test_files_that_are_not_tried_are_said(folder: Path, monkeypatch):
    monkeypatch.setattr(run, "_TRIES", 1)
    measured = run.calibrate(folder, Settings(workers=1, depth=Depth.FAST), pictures=6, seed=13)
    assert len(measured.outcome.names) == 5
    assert measured.left_out[0].name == "3 further files"
    assert measured.left_out[0].why.startswith("not tried: 1 files are opened")


@pytest.mark.usefixtures("short")
def test_less_of_a_sandbox_than_the_settings_ask_for_is_refused(folder: Path):
    with pytest.raises(UsageError, match=r"reaches sandbox level \d, the settings ask for 5"):
        run.calibrate(folder, Settings(workers=1, sandbox_minimum=5, depth=Depth.FAST), pictures=5)


def test_a_process_that_dies_is_said_with_its_last_words(folder: Path, monkeypatch):
    monkeypatch.setattr(run, "_WORKER", "colorsys")
    with pytest.raises(WorkersFailed, match=r"ended early \(ImportError: cannot import"):
        run.calibrate(folder, Settings(workers=1), pictures=5)


def test_parts_that_disagree_are_not_put_together():
    parts = [Outcome.empty("x", SUITE[:1], names) for names in (("a", "b"), ("a", "c"))]
    with pytest.raises(WorkersFailed, match="disagree"):
        run._joined(parts)
