from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest

from tidebreak.errors import UsageError
from tidebreak.media.signatures import REFERENCE
from tidebreak.model import Level, ListKind, Match, Observation, State, Verdict
from tidebreak.scan import report
from tidebreak.scan.report import check_folder, write_report
from tidebreak.store.observations import FileOutcome, FileState, Observations, Outcome

MANIFEST = {
    "version": "1", "engine": "e", "roots": ["/disk <b>"], "roots_hex": [], "snapshot_covers": 1,
    "settings": {}, "sandbox": {"level": 4, "detail": "all"},
    "lists": [{"name": "L", "kind": "watch", "owner": "", "entries": 3,
               "thresholds": {"near": 31, "possible": 40, "lead": 60, "author": "a"}}],
}  # fmt: skip
HIT = Match("L", "O", ListKind.WATCH, "E-1", "c", "s", Level.EXACT, "sha256", 0, "whole file")


def outcome(path: str, content: bytes, level: Level, reason: str = "") -> FileOutcome:
    seen = Observation("", 5, "image/png", ("md5", "sha1", "sha256"), bytes(32) + content * 16)
    matches = (replace(HIT, level=level, reason="why"),) if level.found else ()
    state = State.MATCHED if matches else State.NOT_FULLY_EXAMINED if reason else State.CLEAR
    one = Outcome(seen, state, Verdict(level, matches), reason)
    return FileOutcome(path.encode(), FileState(size=5), (one,))


@pytest.fixture
def store(tmp_path: Path):
    with Observations(tmp_path / "db") as opened:
        yield opened


def write(store: Observations, folder: Path, *outcomes: FileOutcome, finish: bool = True) -> str:
    scan = store.begin_scan(MANIFEST)
    store.record(scan, outcomes, "e")
    if finish:
        store.finish_scan(scan)
    write_report(folder, store, scan)
    return (folder / "report.html").read_text()


def test_copies_of_one_content_are_one_row(store: Observations, tmp_path: Path):
    copies = [outcome(f"/a{n}", b"x", Level.EXACT) for n in range(3)]
    page = write(store, tmp_path / "r", *copies, outcome("/b", b"y", Level.EXACT))
    assert page.count('<tr class="row">') == 2
    assert "and 2 more with the same content" in page


def test_names_cannot_inject_into_the_page(store: Observations, tmp_path: Path):
    page = write(store, tmp_path / "r", outcome("/<script>alert(1)</script>", b"x", Level.NEAR))
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "/disk &lt;b&gt;" in page


def test_names_cannot_turn_the_direction_of_the_page(store: Observations, tmp_path: Path):
    page = write(store, tmp_path / "r", outcome("/a\u202egpj.exe", b"x", Level.NEAR))
    assert "\u202e" not in page
    assert "/a\\u202egpj.exe" in page


def test_reasons_are_grouped_and_counted(store: Observations, tmp_path: Path):
    items = [outcome(f"/{n}", b"x", Level.NONE, "encrypted") for n in range(60)]
    page = write(store, tmp_path / "r", *items)
    assert "and 59 more" in page
    assert "… 10 more in items.csv" in page


def test_what_is_left_out_is_said(
    store: Observations, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(report, "MOST_GROUPS", 2)
    items = [outcome(f"/{n}", bytes([n]), Level.NEAR) for n in range(3)]
    page = write(store, tmp_path / "r", *items)
    assert page.count('<tr class="row">') == 2
    assert "This page lists at most 2 contents per level" in page


def test_a_scan_that_was_interrupted_says_so(store: Observations, tmp_path: Path):
    page = write(store, tmp_path / "r", outcome("/a", b"x", Level.NONE), finish=False)
    assert "This scan was interrupted" in page


def test_nothing_found_says_so(store: Observations, tmp_path: Path):
    page = write(store, tmp_path / "r", outcome("/a", b"x", Level.NONE))
    assert "Every item was read and examined" in page
    rows = list(csv.DictReader((tmp_path / "r" / "items.csv").read_text().splitlines()))
    assert [row["state"] for row in rows] == ["clear"]
    manifest = json.loads((tmp_path / "r" / "manifest.json").read_text())
    assert manifest["scan"] == 1
    assert manifest["lists"] == MANIFEST["lists"]


def test_a_folder_that_cannot_be_made_is_an_error(store: Observations, tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="name another folder with --report"):
        write(store, tmp_path / "file" / "r", outcome("/a", b"x", Level.NONE))


def test_whether_a_report_can_be_written_is_known_ahead(tmp_path: Path):
    check_folder(tmp_path / "new" / "report")
    assert list((tmp_path / "new" / "report").iterdir()) == []
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="cannot be written"):
        check_folder(tmp_path / "file")


def test_a_former_report_stays_whole_until_the_new_one_is(
    store: Observations, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    write(store, tmp_path / "r", outcome("/a", b"x", Level.NONE))
    before = (tmp_path / "r" / "items.csv").read_bytes()

    def fails(item: object) -> list[str]:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(report, "as_row", fails)
    with pytest.raises(UsageError, match="No space left"):
        write(store, tmp_path / "r", outcome("/b", b"y", Level.NONE))
    assert (tmp_path / "r" / "items.csv").read_bytes() == before
    assert not list((tmp_path / "r").glob(".*"))


def test_a_name_of_known_content_is_never_called_found(store: Observations, tmp_path: Path):
    found, named = (outcome(path, b"x", Level.EXACT) for path in ("/a", "/b.meta4"))
    (one,) = named.outcomes
    content = f"application/metalink4+xml{REFERENCE}"
    seen = replace(one.observation, member="f", content=content, note="named here: not it")
    named = replace(named, outcomes=(replace(one, observation=seen),))
    page = write(store, tmp_path / "r", found, named)
    assert page.count('<tr class="row">') == 2
    assert "<strong>named in</strong> /b.meta4!/f" in page
    assert "named here: not it" in page
    assert "recognised, 1 of them only named" in page
    assert "only named" not in write(store, tmp_path / "s", found)
