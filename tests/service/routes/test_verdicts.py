from __future__ import annotations

import pytest
from tests.service.service_helper import Running, digest, signal

from tidebreak.access.roles import Role
from tidebreak.screens import Surface
from tidebreak.service.forms.records import RecordForm, RecordPage


def screened(service: Running, *numbers: int) -> list[str]:
    body = {"items": [[signal(n)] for n in numbers]}
    return [one["id"] for one in service.send("POST", "/v1/screen", json=body).json()["items"]]


def ids(service: Running, **params: str) -> list[str]:
    answer = service.send("GET", "/v1/verdicts", params=params)
    return [one.id for one in RecordPage.model_validate_json(answer.content).items]


def test_what_was_found_is_shown_and_the_rest_on_request(service: Running):
    known, unknown = screened(service, 1, 99)
    assert ids(service) == [known]
    assert ids(service, found="false") == [unknown, known]
    assert ids(service, level="none") == [unknown]
    assert ids(service, action="quarantine", client="all") == [known]
    assert ids(service, client="nobody") == []
    assert ids(service, retroactive="true") == []


@pytest.mark.parametrize("path", ["verdicts", "observations", "lists", "webhooks", "status"])
def test_a_filter_that_is_not_known_chooses_nothing(shared: Running, path: str):
    answer = shared.send("GET", f"/v1/{path}", params={"item": digest(1)})
    assert answer.status_code == 422
    assert digest(1) not in answer.text


def test_a_verdict_holds_reasons_and_no_signals(service: Running):
    (id,) = screened(service, 1)
    answer = service.send("GET", f"/v1/verdicts/{id}")
    form = RecordForm.model_validate_json(answer.content)
    assert form.parts[0].verdict.matches[0].distance == 3.0
    assert form.parts[0].signals == []
    assert digest(1) not in answer.text
    auditor = service.send("GET", f"/v1/verdicts/{id}", key=service.key(Role.AUDITOR))
    assert '"distance"' not in auditor.text


def test_reviews_stand_beside_each_other_and_are_audited(service: Running):
    (id,) = screened(service, 1)
    reviewer = service.key(Role.REVIEWER)
    path = f"/v1/verdicts/{id}/review"
    first = service.send("POST", path, json={"outcome": "wrong", "note": "a logo"}, key=reviewer)
    assert first.status_code == 201
    second = service.send("POST", path, json={"outcome": "confirmed"}, key=reviewer).json()
    assert [r["outcome"] for r in second["reviews"]] == ["wrong", "confirmed"]
    assert {r["reviewer"] for r in second["reviews"]} == {"key reviewer"}
    actors = [e.actor for e in service.parts.opened.audit.events() if "review" in e.action]
    assert "key reviewer" in actors


@pytest.mark.parametrize(
    "body", [{"outcome": "maybe"}, {}, {"outcome": "wrong", "note": digest(1)},
             {"outcome": "wrong", "note": "x" * 2001}]
)  # fmt: skip
def test_what_is_no_review(service: Running, body: dict[str, str]):
    (id,) = screened(service, 1)
    answer = service.send("POST", f"/v1/verdicts/{id}/review", json=body)
    assert answer.status_code == 422
    assert digest(1) not in answer.text


def test_a_review_of_nothing(shared: Running):
    answer = shared.send("POST", "/v1/verdicts/x/review", json={"outcome": "wrong"})
    assert answer.status_code == 404


@pytest.mark.parametrize(
    "narrow", [{"surfaces": frozenset({Surface.PUBLIC})}, {"lists": frozenset({"another"})},
               {"surfaces": frozenset({Surface.PUBLIC, Surface.PRIVATE_MESSAGE})}]
)  # fmt: skip
def test_a_narrowed_key_sees_no_records_of_others(service: Running, narrow: dict[str, object]):
    body = {"items": [[signal(1)]], "origin": {"surface": "hosting", "item": "somebody-s"}}
    (one,) = service.send("POST", "/v1/screen", json=body).json()["items"]
    roles = (Role.ANALYST, Role.REVIEWER)
    key, wide = service.key(*roles, **narrow), service.key(*roles)
    for path in ("verdicts", "observations"):
        mine = service.send("GET", f"/v1/{path}", key=key)
        assert mine.json()["items"] == []
        assert "somebody" not in mine.text
        assert service.send("GET", f"/v1/{path}/{one['id']}", key=key).status_code == 404
        assert len(service.send("GET", f"/v1/{path}", key=wide).json()["items"]) == 1
    review = {"outcome": "wrong"}
    path = f"/v1/verdicts/{one['id']}/review"
    assert service.send("POST", path, json=review, key=key).status_code == 404
    assert service.send("POST", path, json=review, key=wide).status_code == 201


def test_pages_of_a_narrowed_key_go_on(service: Running):
    for surface in ("hosting", "public", "hosting", "public"):
        body = {"items": [[signal(1)]], "origin": {"surface": surface}}
        service.send("POST", "/v1/screen", json=body)
    few = frozenset({Surface.PUBLIC, Surface.PRIVATE_MESSAGE})
    key, after, seen = service.key(Role.ANALYST, surfaces=few), "", 0
    while after is not None:
        page = service.send(
            "GET", "/v1/verdicts", params={"limit": 1, "after": after}, key=key
        ).json()
        seen, after = seen + len(page["items"]), page["next"]
    assert seen == 2
