from __future__ import annotations

import json

from tidebreak.check.records import Checked, CheckedFile, record
from tidebreak.links.reference import Alignment
from tidebreak.model import Level, Signal, State, Verdict


def test_the_record_is_json_with_the_promised_fields():
    file = CheckedFile("a", 5, (Signal.parse("sha1", "0" * 40),), Verdict(Level.EXACT), "",
                       Alignment(5, 1, 2, b"\0" * 20))  # fmt: skip
    found = json.loads(json.dumps(record(Checked("x", 1, "torrent", State.MATCHED, "", (file,)))))
    assert {"input", "kind", "state", "reason", "files", "verdict"} <= set(found)
    assert {"path", "size", "signals", "verdict"} <= set(found["files"][0])
    assert found["state"] == "matched"
    assert found["files"][0]["verdict"]["level"] == "exact"
    assert found["files"][0]["alignment"]["sha1"] == "0" * 40
    assert "sources" not in found
