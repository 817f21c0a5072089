"""The calls of the Ruby client, as it writes and reads them (fetlife/hasher_matcher_actioner_api).

It tells refusals apart by their text and takes every distance for a whole number.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from tests.gates.hma.conftest import NINE_OFF, ONE, Site, photograph

BOUNDARY = "-----------RubyMultipartPost-4da348d9cae0b98fc941e12a432ac1e4"


class Ruby:
    def __init__(self, site: Site) -> None:
        self.site = site

    def call(self, method: str, path: str, **more: Any) -> Any:
        answer = self.site.send(method, path, **more)
        if answer.is_success:
            kind = answer.headers["content-type"]
            return answer.json() if kind.startswith("application/json") else answer.text
        if answer.status_code == 503 and answer.text == "INDEX-STALE":
            return answer.text
        message = answer.json()["message"]
        if answer.status_code == 403:
            for words in ("already exists", "missing role"):
                if words in message:
                    raise LookupError(words)
        raise LookupError(answer.status_code)

    def upload(self, path: str, content: bytes, **fields: str) -> Any:
        """A form as its libraries write it: with a length and an encoding for every part."""
        head = (
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="photo"; filename="a.jpg"\r\n'
            f"Content-Length: {len(content)}\r\nContent-Type: image/jpeg\r\n"
            "Content-Transfer-Encoding: binary\r\n\r\n"
        ).encode()
        body = head + content + b"\r\n"
        for name, value in fields.items():
            body += (
                f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            ).encode()
        kind = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
        return self.call("POST", path, content=body + f"--{BOUNDARY}--\r\n\r\n".encode(),
                         headers=kind)  # fmt: skip

    def create_bank(self, name: str) -> Any:
        body = {"name": name, "enabled": "true", "matching_enabled_ratio": 1.0}
        return self.call("POST", "/c/banks", json=body)


@pytest.fixture
def ruby(site: Site) -> Ruby:
    return Ruby(site)


def test_banks(ruby: Ruby):
    assert ruby.create_bank("TEST_BANK") == {"name": "TEST_BANK", "matching_enabled_ratio": 1.0}
    with pytest.raises(LookupError, match="already exists"):
        ruby.create_bank("TEST_BANK")
    with pytest.raises(LookupError, match="400"):
        ruby.create_bank("bad_name")
    assert ruby.call("GET", "/c/bank/TEST_BANK")["name"] == "TEST_BANK"
    with pytest.raises(LookupError, match="404"):
        ruby.call("GET", "/c/bank/bad_name")


def test_files_and_urls_go_into_a_bank(ruby: Ruby):
    ruby.create_bank("TEST_BANK")
    metadata = {"content_id": "c", "content_uri": "https://p.example/c.jpg", "json": {"a": 1}}
    ruby.site.fetches.pages["http://p/1"] = ("image/jpeg", photograph())
    query = urlencode({"url": "http://p/1", "metadata": json.dumps(metadata)})
    by_url = ruby.call("POST", f"/c/bank/TEST_BANK/content?{query}")
    by_file = ruby.upload("/c/bank/TEST_BANK/content", photograph(), metadata=json.dumps(metadata))
    assert by_url["signals"] == by_file["signals"] == ruby.upload("/h/hash", photograph())
    shown = ruby.call("GET", f"/c/bank/TEST_BANK/content/{by_file['id']}")
    assert shown["metadata"] == metadata | {"collab": None}
    with pytest.raises(LookupError, match="404"):
        ruby.upload("/c/bank/NON_EXISTENT/content", photograph())


def test_lookups_have_distances_that_are_numbers(ruby: Ruby):
    ruby.create_bank("BANK")
    number = ruby.site.add("BANK", pdq=ONE)
    query = urlencode({"signal": NINE_OFF, "signal_type": "pdq"})
    [match] = ruby.call("GET", f"/m/lookup?{query}")["BANK"]
    assert (match["bank_content_id"], int(match["distance"])) == (number, 9)
    raw = ruby.call("GET", f"/m/raw_lookup?{query}&include_distance=true")
    assert [int(one["distance"]) for one in raw["matches"]] == [9]
    assert ruby.call("GET", f"/m/raw_lookup?{query}&include_distance=false") == {
        "matches": [number]
    }
    by_file = ruby.upload("/m/lookup", photograph())
    assert by_file == {"pdq": {}}


def test_a_missing_role_is_told_as_one(ruby: Ruby):
    ruby.site.hma.fetcher = None
    with pytest.raises(LookupError, match="missing role"):
        ruby.call("GET", "/h/hash?url=http://p/1")


def test_a_stale_index_is_told_as_one(ruby: Ruby):
    assert ruby.call("GET", "/status") == "I-AM-ALIVE"
    ruby.site.screens.state.ready = False
    assert ruby.call("GET", "/status") == "INDEX-STALE"


def test_exchanges(ruby: Ruby):
    assert ruby.call("GET", "/c/exchanges/apis") == []
    for path in ("/c/exchange/X", "/c/exchange/X/status"):
        with pytest.raises(LookupError, match="404"):
            ruby.call("GET", path)
