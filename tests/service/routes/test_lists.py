from __future__ import annotations

import time

import pytest
from tests.service.service_helper import Running, digest

from tidebreak.access.roles import Role
from tidebreak.service.forms.lists import ListForm, ListPage
from tidebreak.service.forms.service import JobForm


def ended(service: Running, job: dict[str, object]) -> JobForm:
    for _ in range(200):
        form = JobForm.model_validate(service.send("GET", f"/v1/jobs/{job['id']}").json())
        if form.state != "running":
            return form
        time.sleep(0.05)
    raise AssertionError("the job does not end")


def imported(service: Running, name: str, *numbers: int, **query: str) -> JobForm:
    body = "".join(f"{digest(n)}\n" for n in numbers).encode()
    answer = service.send(
        "POST", f"/v1/lists/{name}/import", content=body, params={"format": "sha256", **query}
    )
    assert answer.status_code == 202, answer.text
    return ended(service, answer.json())


def test_a_list_from_beginning_to_end(service: Running):
    made = service.send("POST", "/v1/lists", json={"name": "mine", "owner": "us"})
    assert made.status_code == 201
    assert ListForm.model_validate_json(made.content).thresholds.near == 31
    assert service.send("POST", "/v1/lists", json={"name": "mine"}).status_code == 409
    page = ListPage.model_validate_json(service.send("GET", "/v1/lists").content)
    assert [one.name for one in page.items] == ["mine"]
    body = {"enabled": False, "thresholds": {"near": 20, "reason": "measured"}}
    changed = service.send("PATCH", "/v1/lists/mine", json=body).json()
    assert (changed["enabled"], changed["thresholds"]["near"]) == (False, 20)
    assert changed["thresholds"]["author"] == "key all"
    assert service.send("GET", "/v1/lists/mine").json() == changed
    assert service.send("DELETE", "/v1/lists/mine").status_code == 422
    gone = service.send("DELETE", "/v1/lists/mine", params={"reason": "a test"})
    assert gone.json() == {"removed": "mine"}
    assert service.send("GET", "/v1/lists/mine").status_code == 404
    events = [(e.action, e.actor) for e in service.parts.opened.audit.events()]
    for action in ("list.create", "list.disable", "list.thresholds", "list.remove"):
        assert (action, "key all") in events


def test_an_import_counts_and_is_audited_by_name(service: Running):
    job = imported(service, "big", 1, 2, 3)
    assert (job.state, job.result["added"], job.error) == ("done", 3, "")
    again = imported(service, "big", 1, 2)
    assert again.result["withdrawn"] == 1
    actions = [(e.action, e.actor, e.object) for e in service.parts.opened.audit.events()]
    assert ("list.import", "key all", "big") in actions


def test_a_bad_import_says_why_and_repeats_nothing(service: Running):
    secret = digest(1)[:50]
    answer = service.send(
        "POST", "/v1/lists/bad/import", content=secret.encode(), params={"format": "sha256"}
    )
    job = ended(service, answer.json())
    assert (job.state, job.result) == ("failed", {})
    assert job.error
    assert secret not in job.error
    assert service.send("GET", "/v1/lists/bad").status_code == 404


@pytest.mark.parametrize("query", [{"kind": "nothing"}, {"fomat": "sha256"}, {"owner": digest(1)}])
def test_an_import_that_cannot_be_meant_is_refused_at_once(shared: Running, query: dict[str, str]):
    answer = shared.send("POST", "/v1/lists/x/import", content=b"x", params=query)
    assert answer.status_code == 422
    assert digest(1) not in answer.text


def test_names_that_hold_a_hash_are_refused_and_not_repeated(shared: Running):
    answer = shared.send("POST", "/v1/lists", json={"name": digest(1)})
    assert answer.status_code == 422
    assert digest(1) not in answer.text
    for path in (f"/v1/lists/{digest(1)}", f"/v1/jobs/{digest(1)}"):
        missing = shared.send("GET", path)
        assert missing.status_code == 404
        assert digest(1) not in missing.text


def test_a_key_for_one_list_sees_no_other(service: Running):
    for name in ("mine", "other"):
        service.send("POST", "/v1/lists", json={"name": name})
    key = service.key(Role.LIST_MANAGER, lists=frozenset({"mine"}))
    page = service.send("GET", "/v1/lists", key=key).json()
    assert [one["name"] for one in page["items"]] == ["mine"]
    assert service.send("GET", "/v1/lists/other", key=key).status_code == 404
    answer = service.send("POST", "/v1/lists/other/import", content=b"x", key=key)
    assert answer.status_code == 404
    body = {"enabled": False}
    assert service.send("PATCH", "/v1/lists/other", json=body, key=key).status_code == 404


def test_the_same_creation_twice_under_one_key_is_one(service: Running):
    ask = {"json": {"name": "once"}, "headers": {"Idempotency-Key": "k"}}
    first, again = (service.send("POST", "/v1/lists", **ask) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
