from __future__ import annotations

import pytest
from tests.service.routes.test_lists import ended
from tests.service.service_helper import Running, digest, signal

from tidebreak.service.forms.records import ObservationForm, ObservedPage


def test_everything_that_was_screened_is_there(service: Running):
    ids = [
        service.send("POST", "/v1/screen", content=f"harmless {n}".encode()).json()["id"]
        for n in (1, 98, 99)
    ]
    page = ObservedPage.model_validate_json(service.send("GET", "/v1/observations").content)
    assert [one.id for one in page.items] == ids[::-1]
    one = service.send("GET", f"/v1/observations/{ids[0]}")
    form = ObservationForm.model_validate_json(one.content)
    assert (form.level, form.parts[0].size, form.later) == ("exact", 10, [])
    assert digest(1) not in one.text


def test_pages_and_filters(service: Running):
    service.send("POST", "/v1/screen", json={"items": [[signal(n)] for n in (1, 2, 97, 98, 99)]})
    seen: list[str] = []
    after = ""
    while True:
        params = {"limit": 2, "after": after, "state": "clear"}
        page = service.send("GET", "/v1/observations", params=params).json()
        seen += [one["id"] for one in page["items"]]
        assert all(one["state"] == "clear" for one in page["items"])
        if page["next"] is None:
            break
        after = page["next"]
    assert len(seen) == len(set(seen)) == 3
    later = service.send("GET", "/v1/observations", params={"since": "2999-01-01T00:00:00Z"})
    assert later.json()["items"] == []


@pytest.mark.parametrize(
    "params", [{"limit": 0}, {"limit": 501}, {"state": "x"}, {"since": "x"}, {"after": digest(1)},
               {"after": "no id"}]
)  # fmt: skip
def test_what_cannot_be_asked(shared: Running, params: dict[str, str]):
    answer = shared.send("GET", "/v1/observations", params=params)
    assert answer.status_code == 422
    assert digest(1) not in answer.text


@pytest.mark.parametrize("path", ["/v1/observations/x", "/v1/verdicts/x"])
def test_what_is_not_there(shared: Running, path: str):
    assert shared.send("GET", path).status_code == 404


def test_matching_anew_is_a_job(service: Running):
    for body in ({"json": {}}, {}):
        answer = service.send("POST", "/v1/observations/rematch", **body)
        assert answer.status_code == 202
        job = ended(service, answer.json())
        assert (job.kind, job.state, job.result["verdicts"]) == ("rematch", "done", 1)
    unknown = service.send("POST", "/v1/observations/rematch", json={"lists": ["nothing"]})
    assert unknown.status_code == 404
