"""An installation with synthetic logs in it, and what plain Python reads out of the same files."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path

from tidebreak.installation import Tidebreak
from tidebreak.model import ListKind
from tidebreak.sightings.desk import Desk
from tidebreak.sightings.generator import write_logs
from tidebreak.sightings.intake.importing import Order
from tidebreak.sightings.records import Custody

CUSTODY = Custody("Unit 4", "warrant 17/2026")


@dataclass(frozen=True)
class Line:
    """One row of a log of known content; ``time`` as it is written there."""

    log: str
    network: str
    grade: str
    entry: str
    client: str
    address: str
    port: str
    time: str


def write(folder: Path, rows: int, seed: int = 1) -> Path:
    write_logs(folder / "logs", rows, seed)
    return folder / "logs"


def fill(installation: Tidebreak, logs: Path) -> Desk:
    """Import the list, the table and the JSON lines; not the tracker's log."""
    installation.import_list(
        logs / "list.csv", name="Known", kind=ListKind.CONTRABAND, owner="Unit", scheme="demo"
    )
    desk = installation.sightings
    desk.import_log(Order(logs / "client.csv", "csv", CUSTODY, logs / "client.toml"))
    desk.import_log(Order(logs / "server.jsonl", "jsonl", CUSTODY, logs / "server.toml"))
    return desk


def known_lines(logs: Path) -> list[Line]:
    """Read the logs with nothing of ours: every row whose identifier is on the list."""
    entries = {}
    with (logs / "list.csv").open() as file:
        for row in csv.DictReader(file):
            entries |= {row[k]: row["id"] for k in ("btih", "ed2k", "sha1", "tth") if row[k]}
    with (logs / "client.csv").open() as file:
        found = [
            Line("client.csv", row["network"], row["grade"], entries[row["identifier"]],
                 row["client"], row["address"], row["port"], row["time"])
            for row in csv.DictReader(file)
            if row["identifier"] in entries
        ]  # fmt: skip
    said = [json.loads(text) for text in (logs / "server.jsonl").read_text().splitlines()]
    return found + [
        Line("server.jsonl", row["net"], row["grade"], entries[row["id"]], row["user"],
             row["ip"], str(row["port"]), str(row["ts"]))
        for row in said
        if row["id"] in entries
    ]  # fmt: skip
