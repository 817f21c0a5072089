"""The calls of Coop, as it writes them (roostorg/coop, ``server/services/hmaService``).

Its default address ends with a slash, so that all its paths begin with two; it sends no key.
"""

from __future__ import annotations

import json
from urllib.parse import urlencode

import httpx
import pytest
from tests.gates.hma.conftest import CURATOR, MakeSite, Site, black, photograph

BASE = "http://hma//"
NAME = "COOP_E7C89CE7729_HASHES"


class Coop:
    """Calls as Coop does, with its way of taking every error for nothing found."""

    def __init__(self, site: Site) -> None:
        self.site = site

    def call(self, method: str, path: str, **more: object) -> httpx.Response:
        return self.site.send(method, f"{BASE}{path}", key="", **more)

    def create(self, ratio: float = 1) -> httpx.Response:
        body = json.dumps({"name": NAME, "enabled_ratio": f"{ratio:g}"})
        return self.call("POST", "c/banks", content=body,
                         headers={"Content-Type": "application/json"})  # fmt: skip

    def add_url(self, url: str) -> httpx.Response:
        query = urlencode({
            "url": url, "content_id": "item-1", "content_uri": "https://p.example/item-1",
            "metadata": json.dumps({"reason": "x"}),
        })  # fmt: skip
        return self.call("POST", f"c/bank/{NAME}/content?{query}")

    def add_file(self, content: bytes) -> httpx.Response:
        fields = {"content_id": "item-2", "metadata": json.dumps({"reason": "y"})}
        files = {"photo": ("blob", content, "image/jpeg")}
        return self.call("POST", f"c/bank/{NAME}/content", files=files, data=fields)

    def matched(self, url: str) -> list[str]:
        """The banks that an item matches: hash it, then look every hash up."""
        hashed = self.call("GET", f"h/hash?{urlencode({'url': url})}")
        if not hashed.is_success:
            return []
        banks: list[str] = []
        for kind, value in hashed.json().items():
            query = {"signal_type": kind} | ({"signal": value} if value else {})
            found = self.call("GET", f"m/lookup?{urlencode(query)}")
            assert found.is_success, "Coop would take that for an item without hashes"
            banks += [name for name in (NAME,) if found.json().get(name)]
        return banks


@pytest.fixture
def coop(make_site: MakeSite) -> Coop:
    site = make_site(as_key="coop")
    site.doors.add("coop", *CURATOR)
    site.fetches.pages["http://p/known"] = ("image/jpeg", photograph())
    site.fetches.pages["http://p/other"] = ("image/jpeg", photograph("brick.png"))
    site.fetches.pages["http://p/black"] = ("image/png", black())
    return Coop(site)


def test_a_bank_is_made_filled_by_url_and_matched(coop: Coop):
    assert coop.create().status_code == 201
    added = coop.add_url("http://p/known")
    assert added.status_code == 200
    assert added.json().keys() == {"id", "signals"}
    assert coop.matched("http://p/known") == [NAME]
    assert coop.matched("http://p/other") == []


def test_what_it_says_of_a_content_is_kept(coop: Coop):
    coop.create()
    by_url, by_file = coop.add_url("http://p/known"), coop.add_file(photograph())
    shown = [
        coop.site.get(f"/c/bank/{NAME}/content/{added.json()['id']}").json()["metadata"]
        for added in (by_url, by_file)
    ]
    assert shown[0] == {
        "content_id": "item-1", "content_uri": "https://p.example/item-1",
        "json": {"reason": "x"}, "collab": None,
    }  # fmt: skip
    assert (shown[1]["content_id"], shown[1]["json"]) == ("item-2", {"reason": "y"})


def test_a_picture_without_features_does_not_fail_open(coop: Coop):
    coop.create()
    coop.add_file(photograph())
    assert coop.matched("http://p/black") == []
    assert coop.site.hma.warned["empty signal"] == 1


def test_a_bank_is_found_until_it_is_deleted(coop: Coop):
    assert coop.create(0.5).json()["matching_enabled_ratio"] == 0.5
    assert coop.call("GET", f"c/bank/{NAME}").status_code == 200
    body = {"enabled_ratio": 0.25}
    assert coop.call("PUT", f"c/bank/{NAME}", json=body).json()["matching_enabled_ratio"] == 0.25
    assert coop.call("DELETE", f"c/bank/{NAME}").status_code == 200
    assert coop.call("GET", f"c/bank/{NAME}").status_code == 404


def test_its_pages_of_exchanges_do_not_break(coop: Coop):
    assert coop.call("GET", "c/exchanges/apis").json() == []
    assert coop.call("GET", "c/exchanges/api/ncmec/schema").status_code == 404
    assert coop.call("GET", f"c/exchange/{NAME}").status_code == 404
    body = {"bank": NAME, "api": "ncmec", "api_json": {}}
    assert coop.call("POST", "c/exchanges", json=body).status_code == 400
    assert coop.call("GET", f"c/bank/{NAME}").status_code == 404  # nothing was made by halves
