from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.service.service_helper import Running, running
from tests.service.webhooks.receiver import Receiver, receiving

from tidebreak.installation import Tidebreak
from tidebreak.service.config import ServiceConfig, WebhookRules
from tidebreak.service.forms.records import WebhookForm, WebhookPage

SECRET = "s" * 32
HERE = WebhookRules(allowed_hosts=("127.0.0.1",), insecure_hosts=("127.0.0.1",))


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


@pytest.fixture
def service(installation: Tidebreak) -> Iterator[Running]:
    with running(installation, ServiceConfig(webhooks=HERE)) as made:
        yield made


def test_from_beginning_to_end(service: Running, receiver: Receiver):
    body = {"address": receiver.url, "secret": SECRET, "actions": ["block"]}
    made = service.send("POST", "/v1/webhooks", json=body)
    assert made.status_code == 201
    form = WebhookForm.model_validate_json(made.content)
    assert (form.host, form.actions, form.enabled) == ("127.0.0.1", ["block"], True)
    path = f"/v1/webhooks/{form.id}"
    change = {"enabled": False, "surfaces": ["hosting"]}
    assert service.send("PATCH", path, json=change).json()["enabled"] is False
    page = WebhookPage.model_validate_json(service.send("GET", "/v1/webhooks").content)
    assert [one.surfaces for one in page.items] == [["hosting"]]
    assert service.send("DELETE", path).json() == {"done": True}
    assert service.send("GET", path).status_code == 404
    actions = [event.action for event in service.parts.opened.audit.events()]
    assert [a for a in actions if a.startswith("webhook")] == [
        "webhook.add", "webhook.change", "webhook.remove",
    ]  # fmt: skip


def test_neither_address_nor_secret_is_ever_shown_or_readable(service: Running, receiver: Receiver):
    body = {"address": f"{receiver.url}?token=abc", "secret": SECRET}
    made = service.send("POST", "/v1/webhooks", json=body)
    shown = made.text + service.send("GET", "/v1/webhooks").text
    assert "token" not in shown
    assert SECRET not in shown
    for file in service.parts.opened.home.glob("webhooks.db*"):
        assert SECRET.encode() not in file.read_bytes()
        assert b"token=abc" not in file.read_bytes()


def test_trying_it_out(service: Running, receiver: Receiver):
    body = {"address": receiver.url, "secret": SECRET}
    id = service.send("POST", "/v1/webhooks", json=body).json()["id"]
    assert service.send("POST", f"/v1/webhooks/{id}/test").json() == {"status": 204}
    (got,) = receiver.got
    assert got.json["type"] == "test"
    assert got.signed_by(SECRET.encode())
    receiver.status = 500
    assert service.send("POST", f"/v1/webhooks/{id}/test").json() == {"status": 500}


@pytest.mark.parametrize(
    "address",
    ["ftp://x.example/", "https://u:p@x.example/", "not one", "https:///a", "http://x.example/",
     "https://10.0.0.1/", "https://[::1]/", "https://169.254.169.254/latest", "https://é.example/"],
)  # fmt: skip
def test_where_nothing_is_posted(service: Running, address: str):
    answer = service.send("POST", "/v1/webhooks", json={"address": address, "secret": SECRET})
    assert answer.status_code == 422
    assert address not in answer.text


def test_what_is_not_there(shared: Running):
    for method, end in (("GET", ""), ("DELETE", ""), ("POST", "/test")):
        assert shared.send(method, f"/v1/webhooks/x{end}").status_code == 404
    assert shared.send("PATCH", "/v1/webhooks/x", json={}).status_code == 404
    assert shared.send("POST", "/v1/webhooks", json={"secret": "short"}).status_code == 422
