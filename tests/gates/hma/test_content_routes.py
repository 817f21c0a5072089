from __future__ import annotations

import json
import time
from typing import Any

import pytest
from tests.gates.hma.conftest import CURATOR, FAR, ONE, MakeSite, Site, black, photograph

from tidebreak.access.roles import Permission
from tidebreak.model import ListKind

FILE = {"photo": ("a.jpg", photograph(), "image/jpeg")}
URI = "https://platform.example/item/123"


def added(site: Site, **more: Any) -> int:
    answer = site.send("POST", "/c/bank/A/content", files=FILE, **more)
    assert answer.status_code == 200, answer.text
    return answer.json()["id"]


def shown(site: Site, number: int, key: str | None = None, **query: str) -> Any:
    answer = site.send("GET", f"/c/bank/A/content/{number}", key, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.fixture(autouse=True)
def bank(site: Site) -> None:
    site.bank("A")


def test_a_file_is_added_with_all_its_identifiers(site: Site):
    answer = site.send("POST", "/c/bank/A/content", files=FILE)
    assert answer.status_code == 200
    hashes = site.send("POST", "/h/hash", files=FILE).json()
    assert answer.json() == {"id": answer.json()["id"], "signals": hashes}
    every = site.send("POST", "/h/hash?types=md5,sha1,sha256", files=FILE).json()
    for name, value in every.items():
        assert site.lookup(value, name).keys() == {"A"}


def test_a_content_is_shown_as_hma_shows_it(site: Site):
    number = added(site)
    assert shown(site, number) == {
        "id": number, "disable_until_ts": 1, "original_media_uri": None,
        "bank": {"name": "A", "matching_enabled_ratio": 1.0},
    }  # fmt: skip


def test_metadata_and_note_come_back(site: Site):
    metadata = {"content_id": "x", "content_uri": URI, "json": {"a": {"b": 1}}, "collab": {"E": []}}
    site.fetches.pages["http://p/1"] = ("image/jpeg", photograph())
    answer = site.send(
        "POST", "/c/bank/A/content?url=http://p/1&content_type=photo",
        json={"metadata": metadata, "note": "by user X"},
    )  # fmt: skip
    found = shown(site, answer.json()["id"])
    assert found["metadata"] == metadata | {"collab": None}
    assert found["note"] == "by user X"
    assert "metadata" not in shown(site, answer.json()["id"], include_metadata="false")


def test_the_address_is_for_who_may_change_lists_and_sealed_at_rest(site: Site):
    form = {"metadata": json.dumps({"content_uri": URI, "content_id": "x"}), "note": "secretnote"}
    number = added(site, data=form)
    reader = site.doors.add("reader", Permission.LISTS_READ)
    assert shown(site, number)["metadata"]["content_uri"] == URI
    assert shown(site, number, reader)["metadata"]["content_uri"] is None
    for file in site.opened.home.glob("*.db*"):
        content = file.read_bytes()
        assert b"platform.example" not in content
        assert b"secretnote" not in content


@pytest.mark.parametrize(
    "metadata", [{"invalid": 5}, 5, {"content_id": 5}, {"json": "x"}, {"content_uri": []}]
)
def test_bad_metadata_in_a_body_is_refused_as_hma_does(site: Site, metadata: object):
    site.fetches.pages["http://p/1"] = ("image/jpeg", photograph())
    answer = site.send("POST", "/c/bank/A/content?url=http://p/1", json={"metadata": metadata})
    assert answer.status_code == 400


@pytest.mark.parametrize("metadata", ["{", "5", '"x"'])
def test_bad_metadata_in_a_form_is_refused(site: Site, metadata: str):
    answer = site.send("POST", "/c/bank/A/content", files=FILE, data={"metadata": metadata})
    assert answer.status_code == 400


@pytest.mark.parametrize("note", ["x" * 256])
def test_a_long_note_is_refused(site: Site, note: str):
    assert (
        site.send("POST", "/c/bank/A/content", files=FILE, data={"note": note}).status_code == 400
    )
    assert site.send("POST", "/c/bank/A/signal", json={"pdq": ONE, "note": note}).status_code == 400
    assert site.send("POST", "/c/bank/A/signal", json={"pdq": ONE, "note": 5}).status_code == 400


def test_signals_are_added_and_their_text_is_normalised(site: Site):
    answer = site.send("POST", "/c/bank/A/signal", json={
        "pdq": ONE.upper(), "video_md5": "AB" * 16, "note": "n"})  # fmt: skip
    number = answer.json()["id"]
    assert answer.json() == {"id": number, "signals": {"pdq": ONE, "video_md5": "ab" * 16}}
    assert answer.headers["tidebreak-warning"] == "normalised; normalised"
    assert shown(site, number)["note"] == "n"
    assert site.lookup("ab" * 16, "video_md5")["A"][0]["bank_content_id"] == number


@pytest.mark.parametrize(
    "given", [{}, {"note": "n"}, {"tlsh": "x"}, {"pdq": "x"}, {"pdq": 5}, {"pdq": [ONE]},
              {"video_md5": "d41d8cd98f00b204e9800998ecf8427e"}],
)  # fmt: skip
def test_bad_signals_are_refused(site: Site, given: object):
    assert site.send("POST", "/c/bank/A/signal", json=given).status_code == 400
    assert site.opened.catalogue.editor.page("A") == []


def test_signals_of_a_content_are_shown_but_for_addresses(site: Site):
    number = site.add("A", pdq=ONE, video_md5="a" * 32)
    assert "signals" not in shown(site, number)
    found = site.send("GET", f"/c/bank/A/content/{number}?include_signals=true")
    assert found.json()["signals"] == {"pdq": ONE}
    assert "signals sealed" in found.headers["tidebreak-warning"]
    assert "entry.signals" in [e.action for e in site.opened.audit.events()]
    reader = site.doors.add("reader", Permission.LISTS_READ)
    assert "signals" not in shown(site, number, reader, include_signals="true")


def test_an_imported_list_is_not_read_out_nor_added_to_nor_deleted(site: Site):
    site.import_list("L", ListKind.CONTRABAND, f"pdq\n{ONE}\n")
    [number] = [record.number for record in site.opened.catalogue.editor.page("L")]
    answer = site.get(f"/c/bank/L/content/{number}", include_signals="true")
    assert "signals" not in answer.json()
    assert "signals sealed" in answer.headers["tidebreak-warning"]
    for method, path, body in (("POST", "/signal", {"pdq": FAR}), ("DELETE", "", None)):
        refused = site.send(method, f"/c/bank/L{path}", json=body)
        assert refused.status_code == 403
        assert "imported" in refused.json()["message"]
    assert site.send("POST", "/c/bank/L/content", files=FILE).status_code == 403
    assert site.lookup(ONE).keys() == {"L"}
    off = site.send("PUT", f"/c/bank/L/content/{number}", json={"disable_until_ts": 0})
    assert off.status_code == 200
    assert site.lookup(ONE) == {}
    assert site.send("PUT", "/c/bank/L", json={"enabled_ratio": 0.5}).status_code == 200
    assert site.send("DELETE", "/c/bank/L").status_code == 403


def test_imported_lists_are_changed_where_that_is_switched_on(make_site: MakeSite):
    site = make_site(edits_imported=True)
    site.import_list("L", ListKind.CONTRABAND, f"pdq\n{ONE}\n")
    assert site.add("L", pdq=FAR)
    assert site.send("DELETE", "/c/bank/L").status_code == 200


def test_featureless_content_is_refused(site: Site):
    answer = site.send("POST", "/c/bank/A/content", files={"photo": ("a.png", black())})
    assert answer.status_code == 400
    assert site.opened.catalogue.editor.page("A") == []


def test_what_is_no_content_is_refused(site: Site):
    for more in ({}, {"data": {"x": "y"}}, {"json": {}}):
        assert site.send("POST", "/c/bank/A/content", **more).status_code == 400
    assert site.send("POST", "/c/bank/NONE/content", files=FILE).status_code == 404
    assert site.send("POST", "/c/bank/NONE/signal", json={"pdq": ONE}).status_code == 404


def test_a_disabled_content_matches_nowhere_but_in_raw_lookups(site: Site):
    number = site.add("A", pdq=ONE, video_md5="a" * 32)
    other = site.add("A", pdq=FAR)
    off = site.send("PUT", f"/c/bank/A/content/{number}", json={"disable_until_ts": 0})
    assert off.json() == {
        "id": number, "disable_until_ts": 0, "collab_metadata": {}, "original_media_uri": None,
        "bank": {"name": "A", "matching_enabled_ratio": 1.0}, "user_metadata": None, "note": None,
    }  # fmt: skip
    assert site.lookup(ONE) == {}
    assert site.opened.match([_signal(ONE)])[0].matches == ()  # nor for anybody else
    raw = site.get("/m/raw_lookup", signal=ONE, signal_type="pdq", include_distance="true")
    assert raw.json() == {"matches": [{"bank_content_id": number, "distance": "0"}]}
    exact = site.get("/m/raw_lookup", signal="a" * 32, signal_type="video_md5")
    assert exact.json() == {"matches": [number]}
    assert site.get("/m/raw_lookup", signal=FAR, signal_type="pdq").json() == {"matches": [other]}
    assert shown(site, number)["disable_until_ts"] == 0
    site.send("PUT", f"/c/bank/A/content/{number}", json={"disable_until_ts": "1"})
    assert site.lookup(ONE)["A"][0]["bank_content_id"] == number
    raw = site.get("/m/raw_lookup", signal=ONE, signal_type="pdq")
    assert raw.json() == {"matches": [number]}


def test_a_content_is_disabled_until_its_time(site: Site):
    number = site.add("A", pdq=ONE)
    until = int(time.time()) + 2
    site.send("PUT", f"/c/bank/A/content/{number}", json={"disable_until_ts": until})
    assert site.lookup(ONE) == {}
    deadline = time.monotonic() + 10
    while not site.lookup(ONE):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert time.time() >= until
    assert shown(site, number)["disable_until_ts"] == until
    past = site.send("PUT", f"/c/bank/A/content/{number}", json={"disable_until_ts": until})
    assert past.json()["disable_until_ts"] == until
    assert site.lookup(ONE)


@pytest.mark.parametrize("until", [-1, 9_999_999_999, "x", None, [], 1e999])
def test_a_time_that_is_none_is_refused(site: Site, until: object):
    number = site.add("A", pdq=ONE)
    body = json.dumps({"disable_until_ts": until}).encode()
    answer = site.send("PUT", f"/c/bank/A/content/{number}", content=body,
                       headers={"Content-Type": "application/json"})  # fmt: skip
    assert answer.status_code == 400
    assert site.lookup(ONE)


def test_a_note_is_set_kept_and_cleared(site: Site):
    number = added(site, data={"metadata": '{"content_id": "x"}'})
    for note, told in (("one", "one"), (None, "one"), ("two", "two"), ("", None)):
        given = {} if note is None else {"note": note}
        answer = site.send("PUT", f"/c/bank/A/content/{number}", json=given)
        assert answer.json()["note"] == told
        assert answer.json()["user_metadata"] == {"content_id": "x"}
        assert shown(site, number).get("note") == told


def test_a_deleted_content_is_gone_and_not_erased(site: Site):
    number = site.add("A", pdq=ONE)
    site.send("PUT", f"/c/bank/A/content/{number}", json={"disable_until_ts": 0})
    assert site.send("DELETE", f"/c/bank/A/content/{number}").json() == {"deleted": 1}
    assert site.send("DELETE", f"/c/bank/A/content/{number}").json() == {"deleted": 0}
    for method in ("GET", "PUT"):
        assert site.send(method, f"/c/bank/A/content/{number}", json={}).status_code == 404
    assert site.lookup(ONE) == {}
    raw = site.get("/m/raw_lookup", signal=ONE, signal_type="pdq")
    assert raw.json() == {"matches": []}
    assert site.opened.catalogue.entries([number])[number].withdrawn
    again = site.add("A", pdq=ONE)
    assert site.lookup(ONE)["A"][0]["bank_content_id"] == again != number


def test_a_dispute_outlives_being_disabled(site: Site):
    number = site.add("A", pdq=ONE)
    site.opened.catalogue.editor.dispute("A", [number], "an appeal")
    for until in (0, 1):
        site.send("PUT", f"/c/bank/A/content/{number}", json={"disable_until_ts": until})
    assert site.lookup(ONE)["A"][0]["disputed"] is True


def test_there_is_no_content_of_that_number(site: Site):
    for path in ("/c/bank/A/content/7", "/c/bank/NONE/content/7", "/c/bank/A/content/x",
                 f"/c/bank/A/content/{1 << 70}"):  # fmt: skip
        assert site.send("GET", path).status_code == 404


def test_what_its_owner_withdrew_cannot_be_enabled_here(site: Site):
    number = site.add("A", pdq=ONE)
    site.opened.catalogue.editor.withdraw("A", [number], "by its owner")
    answer = site.send("PUT", f"/c/bank/A/content/{number}", json={"disable_until_ts": 1})
    assert answer.status_code == 404
    assert site.lookup(ONE) == {}


def test_adding_a_file_by_url_needs_the_permission_to_fetch(site: Site):
    key = site.doors.add("few", *(p for p in CURATOR if p is not Permission.FETCH))
    answer = site.send("POST", "/c/bank/A/content?url=http://p/1", key)
    assert answer.status_code == 403


def _signal(text: str):
    from tidebreak.model import Signal

    return Signal.parse("pdq", text)
