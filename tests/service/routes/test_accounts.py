from __future__ import annotations

import pyotp
import pytest
from argon2 import PasswordHasher
from tests.service.service_helper import Running

from tidebreak.access.entrance import Entrance
from tidebreak.access.passwords import Passwords
from tidebreak.access.roles import Role
from tidebreak.access.sessions import COOKIE

PHRASE = "correct horse battery"


@pytest.fixture
def service(service: Running) -> Running:
    """With passwords that are as quick as can be."""
    quick = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    entrance = Entrance(service.access.ledger, quick)
    object.__setattr__(service.parts, "entrance", entrance)
    return service


@pytest.fixture
def invitation(service: Running) -> str:
    return service.access.people.add("ann", frozenset({Role.REVIEWER}), "test")


def post(service: Running, path: str, **body: str):
    return service.send("POST", path, key="", json=body)


def test_somebody_who_was_invited_sets_up_and_logs_in(service: Running, invitation: str):
    invited = post(service, "/v1/set-up", invitation=invitation).json()
    assert invited["name"] == "ann"
    device = pyotp.parse_uri(invited["uri"])
    assert device.secret == invited["secret"]
    answer = post(service, "/v1/set-up/finish", invitation=invitation, password=PHRASE,
                  code=device.now())  # fmt: skip
    codes = answer.json()["recovery_codes"]
    assert len(codes) == 10
    for _ in range(2):
        again = post(service, "/v1/set-up", invitation=invitation)
        assert again.status_code == 422
        assert invitation not in again.text

    answer = post(service, "/v1/session", name="ann", password=PHRASE, code=codes[0])
    cookie = {"Cookie": f"{COOKIE}={answer.cookies[COOKIE]}"}
    change = {"old": PHRASE, "new": "another long one"}
    path = "/v1/session/password"
    refused = service.send("POST", path, key="", json=change, headers=cookie)
    assert refused.status_code == 403, "another page cannot change it"
    headers = {**cookie, "X-CSRF-Token": answer.json()["csrf"]}
    wrong = {**change, "old": "wrong"}
    assert service.send("POST", path, key="", json=wrong, headers=headers).status_code == 422
    assert service.send("POST", path, key="", json=change, headers=headers).status_code == 200
    assert service.send("GET", "/v1/session", key="", headers=cookie).status_code == 401
    answer = post(service, "/v1/session", name="ann", password="another long one", code=codes[1])
    assert answer.status_code == 201


def test_without_an_invitation_there_is_nothing(service: Running):
    assert post(service, "/v1/set-up", invitation="x").status_code == 422
    answer = post(service, "/v1/set-up/finish", invitation="x", password=PHRASE, code="1")
    assert answer.status_code == 422
    assert PHRASE not in answer.text


def test_a_key_has_no_password(shared: Running):
    answer = shared.send("POST", "/v1/session/password", json={"old": PHRASE, "new": PHRASE})
    assert answer.status_code == 403
