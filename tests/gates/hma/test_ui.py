from __future__ import annotations

from typing import Any

import pytest
from tests.gates.hma.conftest import FAR, ONE, Site, photograph, shifted

FILE = {"photo": ("a.jpg", photograph(), "image/jpeg")}


@pytest.fixture(autouse=True)
def banks(site: Site) -> None:
    site.bank("A")
    site.bank("NEVER", enabled_ratio=0)


def by_hash(site: Site, value: str = ONE, **more: str) -> Any:
    given = {"signal_type": "pdq", "signal_value": value, **more}
    answer = site.send("POST", "/ui/query_hash", data=given)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_hash_is_looked_up_with_the_closest_first(site: Site):
    further = site.send("POST", "/c/bank/A/signal", json={"pdq": shifted(ONE, 9), "note": "n"})
    closest = site.add("NEVER", pdq=ONE)
    found = by_hash(site)
    assert (found["hashes"], found["banks"]) == ({"pdq": ONE}, ["A", "NEVER"])
    assert [m["content_id"] for m in found["matches"]] == [closest, further.json()["id"]]
    assert [m.get("note") for m in found["matches"]] == [None, "n"]
    assert found["matches"][0]["signal_value"] == ONE
    assert by_hash(site, bypass_enabled_ratio="false")["banks"] == ["A"]
    assert by_hash(site, FAR) == {"hashes": {"pdq": FAR}, "banks": [], "matches": []}


def test_a_file_and_a_url_are_looked_up_with_their_metadata(site: Site):
    form = {"metadata": '{"content_id": "x"}'}
    site.send("POST", "/c/bank/A/content", files=FILE, data=form)
    site.fetches.pages["http://p/1"] = ("image/jpeg", photograph())
    by_file = site.send("POST", "/ui/query", files=FILE).json()
    given = {"url": "http://p/1", "content_type": "photo"}
    assert site.send("POST", "/ui/query_url", data=given).json() == by_file
    multipart = {name: (None, value) for name, value in given.items()}
    assert site.send("POST", "/ui/query_url", files=multipart).json() == by_file
    assert by_file["matches"][0]["metadata"] == {"content_id": "x"}


def test_contents_of_a_bank_are_found(site: Site):
    number, other = site.add("A", pdq=ONE), site.add("NEVER", pdq=ONE)
    given = {"signal_type": "pdq", "signal_value": ONE}
    found = site.send("POST", "/ui/bank/A/content/find", json=given).json()
    match = {"signal_type": "pdq", "signal_value": ONE, "content_id": number, "distance": "0"}
    assert found == {"content_ids": [number], "matches": [match], "bank_name": "A"}
    never = site.send("POST", "/ui/bank/NEVER/content/find", json=given).json()
    assert never["content_ids"] == [other]
    site.fetches.pages["http://p/1"] = ("image/jpeg", photograph())
    by_url = {"url": "http://p/1", "content_type": "photo"}
    assert site.send("POST", "/ui/bank/A/content/find", json=by_url).json()["content_ids"] == []
    assert site.send("POST", "/ui/bank/X/content/find", json=given).status_code == 404


def test_a_bank_is_made_from_a_form(site: Site):
    answer = site.send("POST", "/ui/create_bank", data={"bank_name": "B"})
    assert (answer.status_code, answer.headers["location"]) == (302, "./")
    assert site.get("/c/bank/B").status_code == 200


@pytest.mark.parametrize(
    ("path", "given"),
    [("query_hash", {"signal_type": "pdq"}), ("query_hash", {"signal_value": ONE}),
     ("query_url", {"url": "http://p/1"}), ("query_url", {"content_type": "photo"}),
     ("create_bank", {}), ("create_bank", {"bank_name": "small"})],
)  # fmt: skip
def test_what_lacks_something_is_refused(site: Site, path: str, given: dict[str, str]):
    answer = site.send("POST", f"/ui/{path}", data=given)
    assert (answer.status_code, set(answer.json())) == (400, {"message"})


def test_pages_are_not_offered(site: Site):
    for path in ("/ui", "/ui/", "/ui/banks", "/ui/match"):
        assert site.get(path).status_code == 404
