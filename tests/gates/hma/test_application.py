from __future__ import annotations

import re

import pytest
from tests.gates.hma.conftest import CURATOR, ONE, MakeSite, Site

from tidebreak.errors import CannotAsk, Damaged
from tidebreak.gates.hma.application import WARNING
from tidebreak.gates.hma.routes import PUBLIC, WAYS, Way
from tidebreak.screens import Overloaded


def of(way: Way) -> str:
    return re.sub(r"\{\w+:int\}", "1", re.sub(r"\{\w+\}", "X", way.path))


def test_every_route_refuses_who_has_no_key_and_who_may_not(site: Site):
    for way in WAYS:
        for key in ("", "tb_unknown"):
            answer = site.send(way.method, of(way), key=key)
            assert answer.status_code == 401, way
            assert answer.headers["www-authenticate"] == "Bearer"
            assert set(answer.json()) == {"message"}
        assert way.needs
        for lacking in way.needs:
            rest = [each for each in CURATOR if each is not lacking]
            answer = site.send(way.method, of(way), key=site.doors.add(f"no-{lacking}", *rest))
            assert answer.status_code == 403, way
            assert "missing role" in answer.json()["message"]


def test_every_route_of_the_application_is_listed(site: Site):
    listed = {re.sub(r"\{(\w+)(:\w+)?\}", r"<\1>", way.path) for way in WAYS} | set(PUBLIC)
    assert site.send("GET", "/site-map", key="").json() == sorted(listed)
    assert not any(path.startswith("/dev") for path in listed)


def test_the_public_routes_tell_nothing_of_lists(site: Site):
    assert site.send("GET", "/status", key="").text == "I-AM-ALIVE"
    assert site.send("GET", "/status/live", key="").text == "I-AM-ALIVE"
    home = site.send("GET", "/", key="")
    assert (home.status_code, home.headers["location"]) == (302, "/status")
    assert site.send("GET", "/hma/", key="").headers["location"] == "/hma/status"


@pytest.mark.parametrize(("version", "told"), [("", "INDEX-NOT-LOADED"), ("7", "INDEX-STALE")])
def test_the_status_says_when_lookups_cannot_be_trusted(site: Site, version: str, told: str):
    site.screens.state.ready, site.screens.state.version = False, version
    answer = site.send("GET", "/status", key="")
    assert (answer.status_code, answer.text) == (503, told)
    assert site.send("GET", "/status/live", key="").status_code == 200


def test_errors_are_messages(site: Site):
    for method, path, status in (("GET", "/nowhere", 404), ("DELETE", "/m/lookup", 405)):
        answer = site.send(method, path)
        assert (answer.status_code, set(answer.json())) == (status, {"message"})


@pytest.mark.parametrize("path", ["//c/banks", "/c//banks", "/hma//c/banks", "/hma/c/banks"])
def test_slashes_collapse_and_a_post_is_not_redirected(site: Site, path: str):
    assert site.send("POST", path, json={"name": "A"}).status_code == 201


@pytest.mark.parametrize(
    ("error", "status", "after"),
    [
        (Overloaded(7), 429, "7"),
        (CannotAsk("no list"), 503, "2"),
        (Damaged("/secret/place is broken"), 503, "2"),
        (RuntimeError("/secret/place"), 500, None),
    ],
)
def test_what_fails_is_never_an_empty_answer(
    site: Site, error: Exception, status: int, after: str | None
):
    site.bank("A")
    site.screens.broken = error
    answer = site.get("/m/lookup", signal=ONE, signal_type="pdq")
    assert (answer.status_code, answer.headers.get("retry-after")) == (status, after)
    assert "secret" not in answer.text


def test_what_nobody_foresaw_is_told_without_its_values(
    site: Site, caplog: pytest.LogCaptureFixture
):
    site.screens.broken = RuntimeError(f"{ONE} in a text")
    assert site.get("/m/lookup", signal=ONE, signal_type="pdq").status_code == 500
    [record] = [each for each in caplog.records if each.name.startswith("tidebreak")]
    assert record.getMessage().startswith("a request failed: RuntimeError at conftest:")
    assert site.hma.warned["failed"] == 1


def test_a_quota_that_is_used_up_is_said(site: Site):
    site.doors.full = True
    answer = site.get("/m/lookup", signal=ONE, signal_type="pdq")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "4")


def test_a_listener_may_act_as_a_key_for_clients_that_can_send_none(make_site: MakeSite):
    site = make_site(as_key="coop")
    assert site.send("GET", "/c/banks", key="").status_code == 401  # there is no such key yet
    site.doors.add("coop", *CURATOR)
    assert site.send("GET", "/c/banks", key="").status_code == 200
    assert site.send("GET", "/c/banks", key="tb_unknown").status_code == 401
    for name, value in (("Origin", "http://evil.example"), ("Sec-Fetch-Site", "cross-site")):
        answer = site.send("GET", "/c/banks", key="", headers={name: value})
        assert answer.status_code == 403
    basic = site.send("GET", "/c/banks", key="", headers={"Authorization": "Basic eDp5"})
    assert basic.status_code == 401


def test_a_warning_is_a_header_and_a_count(site: Site):
    answer = site.get("/m/lookup", signal="", signal_type="pdq")
    assert answer.headers[WARNING] == "empty signal: nothing was compared"
    assert site.hma.warned["empty signal"] == 1
