from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable, Iterator
from functools import partial

import pytest
from tests.service.routes.test_webhooks import HERE, SECRET
from tests.service.service_helper import Running, digest, running
from tests.service.webhooks.receiver import Receiver, receiving

from tidebreak.installation import Tidebreak
from tidebreak.service.config import ServiceConfig
from tidebreak.service.webhooks import desk


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


@pytest.fixture
def service(installation: Tidebreak, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    monkeypatch.setattr(desk, "_FIRST_WAIT", 0.01)
    with running(installation, ServiceConfig(webhooks=HERE)) as made:
        yield made


def hook(service: Running, receiver: Receiver, **more: object) -> str:
    body = {"address": receiver.url, "secret": SECRET, **more}
    return service.send("POST", "/v1/webhooks", json=body).json()["id"]


def deliver(service: Running, until: Callable[[], bool]) -> None:
    """Run the deliveries until something is so."""

    async def run() -> None:
        task = asyncio.create_task(service.parts.webhooks.run())
        async with asyncio.timeout(10):
            while not until():
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
        task.cancel()

    service.portal.call(run)


def stats(service: Running, id: str) -> tuple[int, int, int, int]:
    one = service.send("GET", f"/v1/webhooks/{id}").json()
    return one["waiting"], one["delivered"], one["lost"], one["last_status"]


def test_what_was_decided_is_told_signed_and_without_identifiers(
    service: Running, receiver: Receiver
):
    id = hook(service, receiver)
    screened = service.send("POST", "/v1/screen?item=upload-7", content=b"harmless 1").json()
    service.send("POST", "/v1/screen", content=b"harmless 99")  # allowed: nobody is told
    deliver(service, lambda: bool(receiver.got))
    (got,) = receiver.got
    assert got.signed_by(SECRET.encode())
    assert not got.signed_by(b"another")
    assert (got.json["id"], got.json["item"], got.json["action"]) == (
        screened["id"], "upload-7", "quarantine",
    )  # fmt: skip
    for secret in (digest(1), "#1", "sha256", "owner"):
        assert secret not in got.body.decode()
    assert stats(service, id) == (0, 1, 0, 204)


def test_it_is_tried_again_under_the_same_name(service: Running, receiver: Receiver):
    id = hook(service, receiver)
    receiver.status = 503
    service.send("POST", "/v1/screen", content=b"harmless 1")

    def twice() -> bool:
        if len(receiver.got) >= 2:
            receiver.status = 204
        return len(receiver.got) >= 3

    deliver(service, twice)
    assert len({got.headers["tidebreak-delivery"] for got in receiver.got}) == 1
    assert stats(service, id) == (0, 1, 0, 204)


def test_what_nobody_takes_is_counted_as_lost(
    service: Running, receiver: Receiver, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):  # fmt: skip
    monkeypatch.setattr(desk, "_TRIES", 2)
    id = hook(service, receiver)
    receiver.status = 500
    service.send("POST", "/v1/screen", content=b"harmless 1")
    deliver(service, lambda: len(receiver.got) >= 2)
    assert stats(service, id) == (0, 0, 1, 500)
    assert "webhook.lost" in capsys.readouterr().err


def test_it_outlives_the_process(installation: Tidebreak, receiver: Receiver):
    with running(installation, ServiceConfig(webhooks=HERE)) as service:
        hook(service, receiver)
        service.send("POST", "/v1/screen", content=b"harmless 1")
        service.portal.call(service.parts.webhooks.close)
    assert receiver.got == []
    with running(installation, ServiceConfig(webhooks=HERE)) as service:
        deliver(service, lambda: bool(receiver.got))
    assert len(receiver.got) == 1


def test_nobody_is_told_who_does_not_want_to_know(service: Running, receiver: Receiver):
    hook(service, receiver, enabled=False)
    hook(service, receiver, actions=["block"])
    hook(service, receiver, surfaces=["hosting"])
    service.send("POST", "/v1/screen", content=b"harmless 1")
    service.portal.call(service.parts.webhooks.close)
    assert service.parts.webhooks._db.row("SELECT count(*) FROM delivery") == (0,)


def test_a_redirection_is_not_followed(service: Running, receiver: Receiver):
    id = hook(service, receiver)
    receiver.status, receiver.location = 307, receiver.url
    assert service.send("POST", f"/v1/webhooks/{id}/test").json() == {"status": 307}
    assert len(receiver.got) == 1


def test_what_cannot_be_written_down_is_counted_and_ends_nothing(
    service: Running, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
):
    hook(service, receiver)
    webhooks = service.parts.webhooks

    async def full(*_: object) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(webhooks._grouped, "do", full)
        service.send("POST", "/v1/screen", content=b"harmless 1")
        deliver(service, lambda: webhooks.lost == 1)  # as the disk is full for that as well
    assert b"tidebreak_webhooks_unwritten 1.0" in service.parts.metrics.text()
    service.send("POST", "/v1/screen", content=b"harmless 1")
    deliver(service, lambda: len(receiver.got) == 1)


def test_a_silent_address_makes_no_other_wait(
    service: Running, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
):
    dead = socket.create_server(("127.0.0.1", 0))  # takes connections, and says nothing
    with dead:
        silent = Receiver(port=dead.getsockname()[1])
        ids = hook(service, silent), hook(service, receiver)
        monkeypatch.setattr(desk, "_AT_ONCE", 2)
        for _ in range(7):
            service.send("POST", "/v1/screen", content=b"harmless 1")
        service.portal.call(service.parts.webhooks.close)
        begun = time.monotonic()
        deliver(service, lambda: len(receiver.got) == 7)
    assert time.monotonic() - begun < 5  # and the silent one is waited for for ten seconds
    assert [stats(service, id)[:2] for id in ids] == [(7, 0), (0, 7)]


def test_each_has_its_own_bound_and_disabled_ones_are_not_waited_for(
    service: Running, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
):
    full, well = hook(service, receiver), hook(service, receiver)
    webhooks = service.parts.webhooks
    monkeypatch.setattr(desk, "_MOST_WAITING", 2)
    webhooks._db.change(
        "UPDATE hook SET enabled = 0 WHERE id = ?", (well,)
    )  # so that only the other one fills
    refresh = partial(webhooks.refresh, now=True)
    service.portal.call(refresh)
    for _ in range(3):
        service.send("POST", "/v1/screen", content=b"harmless 1")
    webhooks._db.change("UPDATE hook SET enabled = 1 WHERE id = ?", (well,))
    service.portal.call(webhooks.close)
    service.portal.call(refresh)
    service.send("POST", "/v1/screen", content=b"harmless 1")
    service.portal.call(webhooks.close)
    assert webhooks.lost == 1
    assert [stats(service, id)[0] for id in (full, well)] == [3, 1]
    webhooks._db.change("UPDATE hook SET enabled = 0 WHERE id = ?", (full,))
    service.portal.call(refresh)
    assert webhooks.waiting == 1
