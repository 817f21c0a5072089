from __future__ import annotations

import json

import pytest

from tidebreak.errors import UsageError

MAGNET = f"magnet:?xt=urn:btih:{'ab' * 20}&dn=x&tr=http%3A%2F%2F192.0.2.9%2Fannounce"
REPORTS = [
    {"received": "2026-01-01T00:00:00Z", "locator": MAGNET, "network": "bittorrent"},
    {
        "received": "2026-01-01T00:00:00Z",
        "locator": [f"urn:sha1:{'A' * 32}", "?"],
        "address": "192.0.2.1",
    },
    {"received": "2026-01-01T00:00:00Z", "locator": "https://example.org/"},
    "not a report",
]


@pytest.mark.parametrize("as_text", [
    json.dumps, lambda reports: "\n".join(json.dumps(report) for report in reports),
])  # fmt: skip
def test_reports_are_what_third_parties_say(imported, rows, as_text, anywhere):
    source = imported(as_text(REPORTS), "hotline")
    assert (source.rows, source.kept) == (4, 2)
    assert source.rejects == {
        "an identifier that is not understood": 1, "a report that is not a JSON object": 1,
    }  # fmt: skip
    assert source.noted["a second sighting by the same row, refused: "
                        "an identifier that is not understood"] == 1  # fmt: skip
    assert set(rows()["grade"]) == {3}
    assert set(rows()["event"]) == {6}
    assert set(rows()["network"]) == {0, 1}
    assert anywhere(b"192.0.2.9") == []


def test_reports_in_csv_are_the_same(imported):
    text = f"received,locator\n2026-01-01T00:00:00Z,{'ab' * 32}\n2026-01-01T00:00:00Z,\n"
    source = imported(text, "hotline")
    assert source.rejects == {"no content": 1}


@pytest.mark.parametrize(("content", "reason"), [
    ("[1,", "not whole JSON"), ("{}x", "not whole JSON"), ("a,b\n", "need the columns"),
])  # fmt: skip
def test_what_is_no_file_of_reports_is_refused(imported, content, reason):
    with pytest.raises(UsageError, match=reason):
        imported(content, "hotline")
