from __future__ import annotations

import json
import zipfile
from pathlib import Path

from tidebreak.cli.hash import to_record
from tidebreak.model import Examination, Signal, View, ViewKind


def test_table_and_members(run, tmp_path: Path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("in/x.txt", "hello")
    said = run("hash", "a.zip").output
    assert "tth" in said
    assert "in/x.txt" not in said
    lines = run("hash", "--json", "--members", ".").output.splitlines()
    records = [json.loads(line) for line in lines]
    assert [r["path"].rpartition("/")[2] for r in records] == ["a.zip", "x.txt"]


def test_what_cannot_be_read_exits_with_two(run, tmp_path: Path):
    said = run("hash", "gone", code=2).output
    assert "not fully examined" in said


def test_a_record_has_every_signal_and_its_frames():
    signal = Signal.parse("pdq", "ab" * 32, 77)
    item = Examination(
        "m\udcff",
        5,
        "image/gif",
        (signal,),
        (View(signal.value, signal.quality, ViewKind.FRAME, number=3),),
        "cut",
        "note",
    )
    record = to_record(b"/a\n.zip", item)
    assert record["path"] == "/a\n.zip!/m\\xff"
    assert (record["state"], record["reason"]) == ("not fully examined", "cut")
    assert record["signals"]["pdq"] == "ab" * 32
    assert record["signals"]["md5"] is None
    assert record["pdq_quality"] == 77
    assert record["frames"] == [{"frame": 3, "pdq": "ab" * 32, "pdq_quality": 77}]
