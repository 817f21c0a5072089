from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tidebreak.model import UNKNOWN_SIZE, Level, State
from tidebreak.scan.items import CSV_COLUMNS, as_json, as_row
from tidebreak.store.observations import Item

MATCH = {"list": "L", "entry": "7", "classification": "c", "scheme": "s", "signal": "pdq",
         "distance": 3, "region": "full"}  # fmt: skip


def item(path: bytes = b"/a/b.zip", member: str = "", matches: tuple[object, ...] = ()) -> Item:
    level = Level.NEAR if matches else Level.NONE
    verdict = {"level": level.value, "matches": list(matches)}
    state = State.MATCHED if matches else State.CLEAR
    return Item(path, member, 5, "image/png", state, level, "", "", b"k" * 16, verdict)


def test_a_name_that_is_not_utf8_can_be_printed_and_recovered():
    odd = item(b"/a/\xff.jpg")
    assert json.loads(as_json(odd))["path"] == "/a/\\xff.jpg"
    assert bytes.fromhex(json.loads(as_json(odd))["path_hex"]) == b"/a/\xff.jpg"
    assert "path_hex" not in json.loads(as_json(item()))


def test_json_has_the_stable_fields():
    record = json.loads(as_json(item(matches=(MATCH,))))
    assert {"path", "size", "state", "reason", "verdict"} <= record.keys()
    assert record["state"] == "matched"
    assert record["verdict"]["matches"][0]["distance"] == 3


def test_a_csv_row_has_the_strongest_match():
    row = dict(zip(CSV_COLUMNS, as_row(item(matches=(MATCH, MATCH | {"list": "M"}))), strict=True))
    assert (row["list"], row["distance"], row["matches"]) == ("L", "3", "2")


def test_a_csv_row_says_how_much_of_a_video_is_known_and_nothing_for_a_picture():
    video = MATCH | {"known_fraction": 0.5, "file_fraction": 0.25, "transform": "mirrored"}
    row = dict(zip(CSV_COLUMNS, as_row(item(matches=(video,))), strict=True))
    assert (row["known_fraction"], row["file_fraction"], row["transform"]) == (
        "0.5", "0.25", "mirrored",
    )  # fmt: skip
    picture = MATCH | {"known_fraction": None, "file_fraction": None}
    row = dict(zip(CSV_COLUMNS, as_row(item(matches=(picture,))), strict=True))
    assert (row["known_fraction"], row["file_fraction"]) == ("", "")


@pytest.mark.parametrize("name", [b"=1+1", b"+x", b"-x", b"@x", b"\tx"])
def test_a_spreadsheet_runs_no_name(name: bytes):
    assert as_row(item(name))[0] == "'" + name.decode()


def test_a_name_of_content_is_marked_and_its_size_may_be_unknown():
    named = replace(item(), content="application/x-bittorrent; reference", size=UNKNOWN_SIZE)
    record = json.loads(as_json(named))
    assert (record["reference"], record["size"]) == (True, None)
    assert as_row(named)[CSV_COLUMNS.index("size")] == ""
    assert "reference" not in json.loads(as_json(item()))
