from __future__ import annotations

import json

import pytest

from tidebreak.errors import UsageError

MD5 = "0cc175b9c0f1b6a831c399e269772661"


def capture(address: str, event: str = "Upload", **more: str) -> dict[str, str]:
    return {"captureType": "IP Address", "value": address, "eventName": event,
            "dateTime": "2026-01-02T03:04:05Z", **more}  # fmt: skip


def tip(*files: dict, people: list | None = None) -> dict:
    return {
        "reportId": 9000001,
        "reportedInformation": {
            "reportingEsp": {"espName": "Example Platform"},
            "incidentSummary": {"incidentDateTime": "2026-01-02T00:00:00Z"},
            "reportedPeople": {"reportedPersons": people or []},
            "uploadedFiles": {"uploadedFiles": list(files)},
        },
    }


def file(*captures: dict, hash: str = MD5) -> dict:
    return {"verificationHash": hash, "sourceInformation": {"sourceCaptures": list(captures)}}


PERSON = {
    "screenName": {"value": "synthetic_user"},
    "sourceInformation": {
        "sourceCaptures": [
            capture("198.51.100.7", "Login"),
            {"captureType": "URL", "value": "x"},
        ]
    },
}


def test_only_the_upload_of_the_file_itself_is_received_from_that_source(imported, rows, opened):
    report = tip(
        file(capture("192.0.2.1", port="50123"), capture("192.0.2.2", "Login")),
        file(), file(hash=""), people=[PERSON],
    )  # fmt: skip
    source = imported(json.dumps(report), "cybertip")
    assert (source.rows, source.kept) == (3, 2)
    assert source.rejects == {"a file without a hash": 1}
    found = rows()
    told = sorted(zip(opened().addresses(found["address"]), found["grade"], found["event"],
                      found["port"], strict=True))  # fmt: skip
    assert told == [("192.0.2.1", 1, 3, 50123), ("192.0.2.2", 3, 6, 0), ("198.51.100.7", 3, 6, 0)]
    assert opened().clients([1]) == ["Example Platform synthetic_user"]


def test_a_file_of_which_no_capture_tells_is_kept_without_an_actor(imported, rows):
    source = imported(json.dumps([tip(file(), people=[]), "?"]), "cybertip")
    assert (source.rows, source.kept) == (1, 1)
    assert (rows()["address"], rows()["client"], rows()["grade"]) == ([0], [0], [3])


XML = """<reports><fileDetails xmlns="https://example.org/x"><reportId>1</reportId>
<originalFileHash hashType="MD5">{0}</originalFileHash>
<originalFileHash hashType="sha1">86f7e437faa5a7fce15d1ddcb9eaeaea377667b8</originalFileHash>
<originalFileHash hashType="Odd">1</originalFileHash>
<ipCaptureEvent><ipAddress>192.0.2.10</ipAddress><eventName>Upload</eventName>
<dateTime>2026-01-02T03:04:05{1}</dateTime><port>443</port></ipCaptureEvent></fileDetails></reports>"""


def test_file_details_in_xml_give_every_hash(imported, rows, opened):
    source = imported(XML.format(MD5, "Z"), "cybertip")
    assert (source.rows, source.kept) == (1, 1)
    assert source.noted == {"a further identifier by the same row": 1}
    assert (rows()["grade"], rows()["event"]) == ([1, 1], [3, 3])
    assert len(opened().contents()) == 2


def test_a_time_without_a_zone_needs_one(imported):
    with pytest.raises(UsageError, match="--timezone"):
        imported(XML.format(MD5, ""), "cybertip")
    assert (
        imported(XML.format(MD5, ""), "cybertip", timezone="America/New_York").first == 1767341045
    )


@pytest.mark.parametrize("content", ["{", "3", "<a>", '<!DOCTYPE a [<!ENTITY b "c">]><a/>'])
def test_what_is_no_whole_tip_is_refused(imported, content):
    with pytest.raises(UsageError, match="not whole"):
        imported(content, "cybertip")
