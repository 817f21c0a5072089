from __future__ import annotations

import pytest
from tests.gates.hma.conftest import ONE, Site

from tidebreak.access.roles import Permission
from tidebreak.errors import Damaged
from tidebreak.model import ListKind


def test_banks_are_made_shown_changed_and_taken_away(site: Site):
    made = site.send("POST", "/c/banks", json={"name": "MY_BANK_01", "other": 1})
    assert (made.status_code, made.json()) == (
        201, {"name": "MY_BANK_01", "matching_enabled_ratio": 1.0},
    )  # fmt: skip
    assert site.get("/c/banks").json() == [made.json()]
    assert site.get("/c/bank/MY_BANK_01").json() == made.json()
    renamed = site.send("PUT", "/c/bank/MY_BANK_01", json={"name": "RENAMED"})
    assert renamed.json() == {"name": "RENAMED", "matching_enabled_ratio": 1.0}
    off = site.send("PUT", "/c/bank/RENAMED", json={"enabled": False})
    assert off.json()["matching_enabled_ratio"] == 0
    half = site.send("PUT", "/c/bank/RENAMED", json={"enabled_ratio": "0.5", "enabled": True})
    assert half.json()["matching_enabled_ratio"] == 0.5
    assert site.get("/c/bank/MY_BANK_01").status_code == 404
    assert site.send("DELETE", "/c/bank/RENAMED").json() == {"message": "Done"}
    assert site.send("DELETE", "/c/bank/RENAMED").json() == {"message": "Done"}
    assert site.get("/c/banks").json() == []


def test_what_was_in_a_bank_follows_its_name_and_goes_with_it(site: Site):
    site.bank("OLD")
    number = site.add("OLD", pdq=ONE)
    site.send("PUT", "/c/bank/OLD", json={"name": "NEW"})
    assert site.lookup(ONE).keys() == {"NEW"}
    site.bank("OLD")  # the name is free, though the list still has it
    assert site.lookup(ONE).keys() == {"NEW"}
    site.send("DELETE", "/c/bank/NEW")
    assert site.lookup(ONE) == {}
    site.bank("NEW")
    assert site.get(f"/c/bank/NEW/content/{number}").status_code == 404
    assert site.opened.catalogue.entries([number])[number].list.name == "OLD"  # nothing is erased


@pytest.mark.parametrize(
    ("given", "ratio"),
    [({"enabled_ratio": "1"}, 1.0), ({"enabled": "true", "matching_enabled_ratio": 0.3}, 1.0),
     ({"enabled": False}, 0.0), ({"enabled": False, "enabled_ratio": 0.7}, 0.7), ({}, 1.0)],
)  # fmt: skip
def test_ratios_as_known_clients_write_them(site: Site, given: dict[str, object], ratio: float):
    answer = site.send("POST", "/c/banks", json={"name": "A", **given})
    assert answer.json() == {"name": "A", "matching_enabled_ratio": ratio}


@pytest.mark.parametrize(
    ("given", "status"),
    [({"name": "01_BANK"}, 400), ({"name": "small"}, 400), ({"name": "A\n"}, 400),
     ({"name": ""}, 400), ({"name": "A" * 201}, 400), ({"name": "A", "enabled_ratio": 2}, 400),
     ({"name": "A", "enabled_ratio": "nan"}, 400), ({}, 422), ({"name": 3}, 422),
     ({"name": "A", "enabled_ratio": "x"}, 422), ({"name": "A", "enabled": "x"}, 422)],
)  # fmt: skip
def test_bad_banks_are_refused(site: Site, given: dict[str, object], status: int):
    assert site.send("POST", "/c/banks", json=given).status_code == status
    assert site.get("/c/banks").json() == []


def test_a_name_that_is_taken_is_said_in_the_words_that_clients_know(site: Site):
    site.bank("A")
    site.bank("B")
    for method, path, name in (("POST", "/c/banks", "A"), ("PUT", "/c/bank/A", "B")):
        answer = site.send(method, path, json={"name": name})
        assert answer.status_code == 403
        assert "already exists" in answer.json()["message"]
    assert site.send("PUT", "/c/bank/A", json={"name": "1"}).status_code == 400
    assert site.send("PUT", "/c/bank/A", json={"name": 1}).status_code == 422


def test_a_bank_is_not_found_only_where_that_is_certain(
    site: Site, monkeypatch: pytest.MonkeyPatch
):
    assert site.get("/c/bank/A").status_code == 404

    def broken() -> None:
        raise Damaged("broken")

    monkeypatch.setattr(site.opened.catalogue, "lists", broken)
    assert site.get("/c/bank/A").status_code == 503


def test_a_key_for_some_lists_touches_no_others(site: Site):
    site.bank("A")
    site.bank("B")
    rights = (Permission.LISTS_READ, Permission.LISTS_WRITE)
    key = site.doors.add("some", *rights, lists=frozenset({"B"}))
    assert [one["name"] for one in site.send("GET", "/c/banks", key).json()] == ["B"]
    assert site.send("GET", "/c/bank/B", key).status_code == 200
    for method in ("GET", "PUT", "DELETE"):
        assert site.send(method, "/c/bank/A", key, json={}).status_code == 403
    assert site.send("POST", "/c/banks", key, json={"name": "C"}).status_code == 403
    assert len(site.get("/c/banks").json()) == 2


def test_who_changed_what_is_audited(site: Site):
    site.bank("A")
    site.send("PUT", "/c/bank/A", json={"enabled_ratio": 0.5})
    site.add("A", pdq=ONE)
    site.send("DELETE", "/c/bank/A")
    events = [(e.actor, e.action, e.object) for e in site.opened.audit.events()]
    assert ("key all", "list.create", "A") in events
    assert ("key all", "hma.bank", "A") in events
    assert ("key all", "entry.add", "A") in events
    assert ("key all", "list.remove", "A") in events


def test_an_imported_list_is_a_bank_by_what_is_left_of_its_name(site: Site):
    for name in ("ncmec industry", "NCMEC-industry", "2024", "ä"):
        site.import_list(name, ListKind.CONTRABAND, f"md5\n{'3' * 32}\n")
    names = {one["name"] for one in site.get("/c/banks").json()}
    assert names == {"NCMEC_INDUSTRY", "NCMEC_INDUSTRY_2", "_2024", "_"}


def test_types_of_content_and_signals(site: Site):
    assert site.get("/c/content_type").json() == [
        {"name": "photo", "enabled": True}, {"name": "video", "enabled": True},
    ]  # fmt: skip
    assert site.get("/c/signal_type").json() == [
        {"name": "pdq", "enabled_ratio": 1.0}, {"name": "video_md5", "enabled_ratio": 1.0},
    ]  # fmt: skip


@pytest.mark.parametrize("given", [{}, {"enabled_ratio": 2}, {"enabled_ratio": None}])
def test_a_signal_type_needs_a_ratio(site: Site, given: dict[str, object]):
    assert site.send("PUT", "/c/signal_type/pdq", json=given).status_code == 400
    assert site.send("PUT", "/c/signal_type/tlsh", json={"enabled_ratio": 1}).status_code == 400


def test_a_body_must_be_json(site: Site):
    assert site.send("POST", "/c/banks", content=b"{}").status_code == 415
    for body in (b"{", b"[]", b"[" * 100_000):
        answer = site.send("POST", "/c/banks", content=body,
                           headers={"Content-Type": "application/json"})  # fmt: skip
        assert answer.status_code == 400
    big = b'{"name":"' + b"A" * (1 << 20) + b'"}'
    answer = site.send("POST", "/c/banks", content=big,
                       headers={"Content-Type": "application/json"})  # fmt: skip
    assert answer.status_code == 413
