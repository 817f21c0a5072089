"""A seized disk with the records of peer-to-peer programs on it, scanned by the real command."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

from tests.e2e.command import CommandLine
from tests.links.stores.programs import DATA, content

from tidebreak.hashing.digests import digest_many

METALINK = """<?xml version="1.0" encoding="UTF-8"?>
<metalink xmlns="urn:ietf:params:xml:ns:metalink">
<file name="renamed.bin"><hash type="sha-256">{}</hash></file></metalink>"""


def test_what_stores_name_is_recognised_and_never_called_found(tmp_path: Path):
    disk = tmp_path / "disk"
    shutil.copytree(DATA, disk)
    known = content("brücke.dat")
    (disk / "link.meta4").write_text(METALINK.format(hashlib.sha256(known).hexdigest()))
    (disk / "the file itself").write_bytes(known)
    ((signals, _),) = digest_many([known])
    texts = {signal.type.name: signal.text for signal in signals}
    (infohash,) = disk.glob("*.fastresume")
    (tmp_path / "list.txt").write_text(
        f"sha256 {texts['sha256']}\ned2k {texts['ed2k']}\nbtih {infohash.stem}\n"
    )
    command = CommandLine(tmp_path)
    command("init")
    command("lists", "import", "list.txt", "--name", "list", "--kind", "contraband")
    shown = command("scan", disk, "--report", "report", expect=1).stdout.decode()
    items = map(json.loads, (tmp_path / "report" / "items.jsonl").read_text().splitlines())
    matched = {
        item["path"].removeprefix(f"{disk}/"): (item["verdict"]["level"], "reference" in item)
        for item in items
        if item["state"] == "matched"
    }
    whole = "(torrent as a whole) shared"
    assert matched == {
        "the file itself": ("exact", False),
        "link.meta4!/renamed.bin": ("exact", True),
        "known.met!/brücke.dat": ("exact-weak", True),
        f"shared.torrent!/{whole}": ("exact", True),
        f"{infohash.name}!/{whole}": ("exact", True),
    }
    assert "named in" in shown
    assert "4  only named, in torrents or client stores" in shown
    page = (tmp_path / "report" / "report.html").read_text()
    assert "recognised, 4 of them only named" in page
    # Not one of the identifiers that were read is repeated anywhere.
    for text in texts.values():
        assert text not in page + shown
