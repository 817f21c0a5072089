from __future__ import annotations

import csv
import json
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from tidebreak.calibration.bands import bands_of
from tidebreak.calibration.corpus import LeftOut
from tidebreak.calibration.measure import Outcome
from tidebreak.calibration.report import as_record, check_folder, page, write_report
from tidebreak.calibration.run import Calibration
from tidebreak.calibration.transforms import SUITE
from tidebreak.errors import UsageError
from tidebreak.settings import Settings

ODD = "<script>alert(1)</script>.jpg"


@pytest.fixture
def measured() -> Calibration:
    found = Outcome.empty("Tidebreak standard", SUITE, (ODD, "b", "c"))
    rng = np.random.default_rng(2)
    nearest = rng.integers(80, 130, found.nearest.shape).astype(np.int16)
    nearest[:, np.arange(3), np.arange(3)] = rng.integers(0, 60, (len(SUITE), 3))
    nearest[3, 0, 1] = 44
    shown = np.broadcast_to(np.eye(3, dtype=bool), nearest.shape)
    outcome = replace(found, nearest=nearest, as_is=nearest, shown=shown)
    hard = {"skies": np.full((2, 6), 257, np.int16), "slides": np.full((2, 6), 33, np.int16)}
    return Calibration(outcome, hard, (LeftOut("notes.txt", "no decoder"),), Settings(), 7, "tight")


class Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.words: list[str] = []
        self.links: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("src", "href")]

    def handle_data(self, data):
        self.words.append(data)


def test_the_page_stands_alone_and_runs_nothing(measured):
    text = page(measured, bands_of(measured, []))
    found = Page(text)
    assert "script" not in found.tags
    assert not found.links
    assert found.tags.count("svg") > 1
    assert "default-src 'none'; style-src 'unsafe-inline'" in text
    assert any(ODD in words for words in found.words)
    assert any("tidebreak lists thresholds NAME" in words for words in found.words)
    assert any("never compared" in words for words in found.words)


def test_the_record_says_what_the_page_says(measured):
    record = as_record(measured, bands_of(measured, []))
    assert json.loads(json.dumps(record)) == record
    assert record["clean_distance"] == 43
    assert record["closest"][0] == {
        "distance": 44, "query": ODD, "transform": SUITE[3], "reference": "b",
    }  # fmt: skip
    near, possible, lead = record["bands"]
    assert (near["level"], possible["level"], lead["level"]) == ("near", "possible", "lead")
    own = measured.outcome.own
    assert near["recall"]["mirror"]["hits"] == int((own[SUITE.index("mirror")] <= 31).sum())
    assert lead["false_pairs"]["pairs"] == 1
    assert lead["look_alikes"]["slides"] == {"false": 6, "pairs": 6}
    assert record["left_out"] == [{"name": "notes.txt", "why": "no decoder"}]


def test_the_table_has_every_edit_with_its_own_and_the_closest_other_picture(measured, tmp_path):
    files = write_report(tmp_path / "new" / "folder", measured, bands_of(measured, []))
    assert [file.name for file in files] == [
        "calibration.html",
        "calibration.json",
        "calibration.csv",
    ]
    rows = list(csv.DictReader(files[2].read_text(encoding="utf-8").splitlines()))
    assert len(rows) == 2 * 3 * len(SUITE)
    own = [row for row in rows if row["reference"] == row["query"]]
    assert len(own) == 3 * len(SUITE)
    assert {"reference": "b", "query": ODD, "transform": SUITE[3],
            "algorithm": "Tidebreak standard", "distance": "44"} in rows  # fmt: skip


def test_a_folder_that_cannot_be_is_said_before_and_after(measured, tmp_path: Path):
    (tmp_path / "file").touch()
    for attempt in (
        lambda: check_folder(tmp_path / "file"),
        lambda: write_report(tmp_path / "file", measured, bands_of(measured, [])),
    ):
        with pytest.raises(UsageError, match="another folder with --report"):
            attempt()
