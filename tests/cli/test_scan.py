from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from tidebreak.errors import UsageError


@pytest.fixture
def disk(run, tmp_path: Path) -> Path:
    folder = tmp_path / "disk"
    folder.mkdir()
    for number in range(25):
        (folder / f"known{number}").write_bytes(b"known")
    (folder / "other\x1b[2J").write_bytes(b"other")
    (folder / "doc.pdf").write_bytes(b"%PDF-1.7\n")
    digest = hashlib.sha256(b"known").hexdigest()
    (tmp_path / "list.csv").write_text(f"id,sha256\nE [1],{digest}\n")
    run("init")
    run("lists", "import", "list.csv", "--name", "L", "--kind", "contraband")
    return folder


def test_the_summary_counts_everything_and_names_the_first(run, disk: Path):
    result = run("scan", "disk", code=1)
    assert "27 items in 27 files" in result.output
    assert "25  recognised" in result.output
    assert "and 5 more" in result.output
    assert "E [1]" in result.output
    assert "not fully examined" in result.stderr
    assert "\x1b[2J" not in result.output


def test_the_summary_says_why(run, disk: Path):
    assert "PDF" in run("scan", "disk/doc.pdf").output


def test_json_is_alone_on_standard_output(run, disk: Path):
    result = run("scan", "disk", "--json", code=1)
    assert len([json.loads(line) for line in result.stdout.splitlines()]) == 27


def test_the_report_is_named(run, disk: Path, tmp_path: Path):
    assert "report.html" in run("scan", "disk", "--report", "out", code=1).stderr
    assert (tmp_path / "out" / "report.html").exists()


def test_an_empty_path_is_refused_not_taken_for_this_folder(run, disk: Path):
    for paths in ([""], ["disk", ""]):
        with pytest.raises(UsageError, match="A path is empty"):
            run("scan", *paths)
        with pytest.raises(UsageError, match="A path is empty"):
            run("hash", *paths)


def test_one_item_is_one_item(run, disk: Path):
    assert "1 item in 1 file, 5 B" in run("scan", disk / "other\x1b[2J").output
