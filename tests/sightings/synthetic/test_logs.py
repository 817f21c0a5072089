from __future__ import annotations

import csv
import json
import re
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote_to_bytes

import pytest

from tidebreak.sightings.synthetic import logs
from tidebreak.sightings.synthetic.world import Shape, make

ROWS = 4_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("synthetic")
    logs.write(path, make(Shape.for_rows(ROWS)), ROWS)
    return path


def test_the_three_logs_have_all_rows_between_them(folder: Path):
    lines = [(folder / name).read_text().count("\n") for name in
             ("client.csv", "tracker.log", "server.jsonl")]  # fmt: skip
    assert lines == [ROWS // 2 + 1, ROWS * 35 // 100, ROWS * 15 // 100]


def test_announces_are_those_of_bep_3_in_the_combined_format(folder: Path):
    line = re.compile(
        r'(\S+) - - \[([^]]+)\] "GET /announce\?info_hash=([^&]+)&peer_id=([^&]+)&port=(\d+)'
        r'&uploaded=0&downloaded=0&left=0&compact=1(?:&ip=(\S+))? HTTP/1.1" 200 132'
        r' "-" "synthetic/1.0"\n'
    )
    times, named = [], set()
    with (folder / "tracker.log").open() as file:
        for text in file:
            found = line.fullmatch(text)
            assert found
            assert len(unquote_to_bytes(found[3])) == len(unquote_to_bytes(found[4])) == 20
            assert (found[1] == "240.255.255.254") == bool(found[6])
            named.add(found[6])
            times.append(datetime.strptime(found[2], "%d/%b/%Y:%H:%M:%S %z"))
    assert times == sorted(times)
    assert len(named) > 5, "bystanders are named by somebody else"


def test_who_was_behind_every_endpoint_of_a_log_is_in_the_truth(folder: Path):
    with (folder / logs.SEEN).open() as file:
        seen = {
            (r["network"], r["client"], r["address"], r["port"]): r for r in csv.DictReader(file)
        }
    with (folder / "client.csv").open() as file:
        for row in csv.DictReader(file):
            assert (row["network"], row["client"], row["address"], row["port"]) in seen
    for text in (folder / "server.jsonl").read_text().splitlines():
        row = json.loads(text)
        assert (row["net"], row["user"], row["ip"], str(row["port"])) in seen
    planted = {str(n) for n in json.loads((folder / logs.TRUTH).read_text())["planted"]}
    assert len(planted) == 50
    assert {r["computer"] for r in seen.values() if r["kind"] == "planted"} <= planted
    assert all(not r["computer"] for r in seen.values() if r["kind"] == "bystander")


def test_the_list_has_known_files_and_only_them(folder: Path):
    with (folder / logs.LIST).open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == json.loads((folder / logs.TRUTH).read_text())["shape"]["known"]
    assert {row["classification"] for row in rows} == {f"class {n}" for n in range(1, 5)}
    listed = {row[kind] for row in rows for kind in ("btih", "ed2k", "sha1", "tth")}
    with (folder / "client.csv").open() as file:
        hits = [row["identifier"] in listed for row in csv.DictReader(file)]
    assert 0.2 < sum(hits) / len(hits) < 0.95
