from __future__ import annotations

import httpx
import pytest
from tests.service.service_helper import Running

from tidebreak.access.entrance import Denied
from tidebreak.access.roles import GRANTS, Principal, Role
from tidebreak.access.sessions import COOKIE, Session
from tidebreak.errors import OverLimit


class Door:
    """Lets one person in: what a password is has its own tests."""

    def __init__(self, service: Running) -> None:
        self._service, self.ended = service, ""
        self.principal = Principal("person:1", "ann", GRANTS[Role.REVIEWER], person=True)
        sessions = service.parts.gatekeeper.sessions
        sessions.principal = (  # type: ignore[method-assign]
            lambda cookie: self.principal if cookie == "c" * 43 and not self.ended else None
        )
        self.csrf = sessions.csrf("c" * 43)

    def log_in(self, name: str, password: str, code: str, address: str = "") -> Session:
        if name == "often":
            raise OverLimit("Wait.", 30)
        if (name, password, code) != ("ann", "long enough", "123456"):
            raise Denied("The name, the password or the code is wrong; try again.")
        return Session("c" * 43, self.csrf, self.principal)

    def log_out(self, cookie: str) -> None:
        self.ended = cookie


@pytest.fixture
def door(service: Running) -> Door:
    made = Door(service)
    object.__setattr__(service.parts, "entrance", made)
    return made


RIGHT = {"name": "ann", "password": "long enough", "code": "123456"}


def cookie(answer: httpx.Response) -> dict[str, str]:
    return {"Cookie": answer.headers["set-cookie"].partition(";")[0]}


def test_in_and_out(service: Running, door: Door):
    answer = service.send("POST", "/v1/session", key="", json=RIGHT)
    assert answer.status_code == 201
    set_cookie = answer.headers["set-cookie"]
    for word in ("HttpOnly", "Secure", "SameSite=Strict", "Path=/", f"{COOKIE}="):
        assert word in set_cookie
    assert "c" * 43 not in answer.text
    who = service.send("GET", "/v1/session", key="", headers=cookie(answer))
    assert who.json() == answer.json()
    assert who.json()["name"] == "ann"
    headers = {**cookie(answer), "X-CSRF-Token": answer.json()["csrf"]}
    assert service.send("DELETE", "/v1/session", key="", headers=headers).status_code == 200
    assert service.send("GET", "/v1/session", key="", headers=cookie(answer)).status_code == 401


def test_another_page_cannot_act_with_the_cookie(service: Running, door: Door):
    answer = service.send("POST", "/v1/session", key="", json=RIGHT)
    path, body = "/v1/verdicts/x/review", {"outcome": "wrong"}
    for token in ({}, {"X-CSRF-Token": ""}, {"X-CSRF-Token": "0" * 64}):
        headers = {**cookie(answer), **token}
        refused = service.send("POST", path, key="", json=body, headers=headers)
        assert refused.status_code == 403
    headers = {**cookie(answer), "X-CSRF-Token": answer.json()["csrf"]}
    assert service.send("POST", path, key="", json=body, headers=headers).status_code == 404


@pytest.mark.parametrize(
    ("change", "status"),
    [({"password": "wrong"}, 401), ({"name": "nobody"}, 401), ({"code": "1"}, 401),
     ({"name": "often"}, 429), ({"name": 1}, 422), ({"more": "x"}, 422)],
)  # fmt: skip
def test_who_is_not_let_in(service: Running, door: Door, change: dict[str, object], status: int):
    answer = service.send("POST", "/v1/session", key="", json={**RIGHT, **change})
    assert answer.status_code == status
    assert "long enough" not in answer.text
    assert "set-cookie" not in answer.headers


def test_a_key_is_somebody_too(shared: Running):
    who = shared.send("GET", "/v1/session", key=shared.key(Role.PLATFORM)).json()
    assert (who["name"], who["person"], who["csrf"]) == ("platform", False, "")
    assert "screen" in who["permissions"]


def test_a_person_looks_at_nothing_without_an_event(service: Running, door: Door):
    answer = service.send("POST", "/v1/session", key="", json=RIGHT)
    made = service.send("POST", "/v1/screen", content=b"harmless 1").json()["id"]
    audit = service.parts.opened.audit
    before = len(list(audit.events()))
    for path in (f"/v1/verdicts/{made}", "/v1/verdicts", "/v1/verdicts/nothing-of-ours"):
        service.send("GET", path, key="", headers=cookie(answer))
    service.send("GET", "/v1/status", key="", headers=cookie(answer))  # looks nothing up
    seen = [(e.action, e.actor, e.object, e.detail) for e in list(audit.events())[before:]]
    look, who = "look.verdicts:read", "person ann"
    assert seen == [
        (look, who, "/v1/verdicts/{id}", {"id": made}), (look, who, "/v1/verdicts", {}),
        (look, who, "/v1/verdicts/{id}", {}),
    ]  # fmt: skip
