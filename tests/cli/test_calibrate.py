from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import skimage
from PIL import Image

from tidebreak.calibration import run as job
from tidebreak.errors import UsageError


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(job, "SUITE", ("mirror", "crop 10"))
    monkeypatch.setattr(job, "_FAMILY", 2)
    data = Path(skimage.__file__).parent / "data"
    (tmp_path / "mine").mkdir()
    for name in ("coffee.png", "chelsea.png", "rocket.jpg", "astronaut.png", "coins.png"):
        Image.open(data / name).convert("RGB").resize((240, 180)).save(tmp_path / "mine" / name)
    (tmp_path / "mine" / "[red]notes.txt").write_text("not a picture")
    return tmp_path / "mine"


def test_it_prints_what_is_recognised_and_how_to_set_a_threshold(run, folder, tmp_path: Path):
    run("init")
    (tmp_path / "list.csv").write_text("pdq\n" + "f0" * 32 + "\n")
    run("lists", "import", tmp_path / "list.csv", "--name", "usual", "--kind", "watch")
    text = run("calibrate", folder, "--pictures", 5, "--depth", "fast").output
    assert "5 pictures, 2 edits of each, depth fast, " in text
    assert "left out: [red]notes.txt: no decoder takes it" in text
    assert re.search(r"mirror +100.0 % \[48–100]", text)
    assert "0 of 40" in text
    assert "tidebreak lists thresholds NAME --near N --author NAME --reason TEXT" in text


def test_json_and_the_report_say_the_same_also_for_lists_with_thresholds(
    run, folder, tmp_path: Path
):
    run("init")
    (tmp_path / "list.csv").write_text("pdq\n" + "f0" * 32 + "\n")
    run("lists", "import", tmp_path / "list.csv", "--name", "mine", "--kind", "watch")
    run("lists", "thresholds", "mine", "--near", 20, "--author", "me", "--reason", "a test")
    run("lists", "import", tmp_path / "list.csv", "--name", "usual", "--kind", "watch")
    result = run("calibrate", folder, "--pictures", 5, "--depth", "fast", "--json",
                 "--report", tmp_path / "report")  # fmt: skip
    record = json.loads(result.stdout)
    assert record["pictures"] == 5
    assert record["bands"][0]["recall"]["mirror"]["hits"] == 5
    assert json.loads((tmp_path / "report" / "calibration.json").read_text()) == record
    assert "calibration.html" in result.stderr
    near = [band for band in record["bands"] if band["level"] == "near"]
    assert [(band["lists"], band["distance"]) for band in near] == [
        (["usual"], 31), (["mine"], 20),
    ]  # fmt: skip


def test_an_empty_folder_is_told_without_a_reason_that_there_is_not(run, tmp_path: Path):
    run("init")
    (tmp_path / "none").mkdir()
    with pytest.raises(UsageError, match=r"holds 0 pictures .*; add more\.$"):
        run("calibrate", tmp_path / "none")
