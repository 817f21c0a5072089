from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

import anyio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.responses import Response
from tests.backends import BOTH
from tests.service.service_helper import Running, running, signal

from tidebreak.access.roles import Principal
from tidebreak.errors import CannotAsk
from tidebreak.installation import Tidebreak
from tidebreak.screens import Overloaded
from tidebreak.service import once
from tidebreak.service.grouped import Grouped
from tidebreak.service.problems import Problem
from tidebreak.store.stores import Stores
from tidebreak.store.vault import Vault

BACKENDS = BOTH

KEY = {"Idempotency-Key": "order 4711"}
ITEM = {"items": [[signal(1)]]}


def screen(service: Running, content: bytes = b"x", **more: str):
    return service.send("POST", "/v1/screen", content=content, headers={**KEY, **more})


def test_the_same_request_is_answered_the_same_and_done_once(service: Running):
    first, again = screen(service), screen(service)
    assert first.status_code == 200
    assert again.content == first.content
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert service.screener.screened == 1


def test_a_batch_too(service: Running):
    answers = [service.send("POST", "/v1/screen", json=ITEM, headers=KEY) for _ in range(2)]
    assert answers[0].content == answers[1].content
    assert service.screener.screened == 1


def test_the_key_for_something_else_is_refused(service: Running):
    screen(service)
    assert screen(service, b"y").status_code == 422
    other = service.send("POST", "/v1/screen?item=other", content=b"x", headers=KEY)
    assert other.status_code == 422
    assert other.json()["type"] == "urn:tidebreak:problem:key-reused"
    assert service.screener.screened == 1


def test_keys_of_others_are_others(service: Running):
    from tidebreak.access.roles import Role

    screen(service)
    other = service.send(
        "POST", "/v1/screen", content=b"z", headers=KEY, key=service.key(Role.PLATFORM)
    )
    assert other.status_code == 200
    assert service.screener.screened == 2


def test_it_survives_a_restart_and_nothing_readable_is_kept(installation: Tidebreak):
    with running(installation) as service:
        first = screen(service, b"harmless 1")
        value = first.json()["parts"][0]["signals"][0]["value"]
        key = service.key()
    for file in installation.home.glob("service.db*"):
        assert value.encode() not in file.read_bytes()
        assert b"order 4711" not in file.read_bytes()
    with running(installation) as service:
        service.keys["all"] = key
        assert screen(service, b"harmless 1").content == first.content
        assert service.screener.screened == 0


def test_who_comes_meanwhile_waits_and_gets_the_same(service: Running):
    async def slowly() -> None:
        await asyncio.sleep(0.1)

    service.screener.waits = slowly
    key = service.key()

    async def both() -> list[bytes]:
        headers = {"Authorization": f"Bearer {key}", **KEY}
        ask = [service._send("POST", "/v1/screen", headers, {"content": b"x"}) for _ in range(5)]
        return [answer.content for answer in await asyncio.gather(*ask)]

    assert len(set(service.portal.call(both))) == 1
    assert service.screener.screened == 1


def test_another_replica_that_has_it_is_waited_for(service: Running):
    db = service.parts.once._db
    screen(service)
    with db.writing():
        db.change("UPDATE once SET status = 0, answer = ?, owner = 'another'", (b"",))
    answer = screen(service)
    assert answer.status_code == 409
    assert answer.headers["retry-after"] == "2"
    with db.writing():  # and has died
        db.change("UPDATE once SET until = ?", (time.time() - 1,))
    assert screen(service).status_code == 200
    assert service.screener.screened == 2


@pytest.mark.parametrize("error", [Overloaded(1), CannotAsk("x"), RuntimeError("x")])
def test_what_failed_for_a_while_may_be_tried_again(service: Running, error: Exception):
    service.screener.fails = error
    assert screen(service).status_code in (429, 503, 500)
    service.screener.fails = None
    assert screen(service).status_code == 200


def test_a_refusal_for_good_is_kept(service: Running):
    body = {"items": [[{"type": "sha256", "value": "no"}]]}
    first, again = (
        service.send("POST", "/v1/screen", json=body, headers=KEY) for _ in range(2)
    )  # fmt: skip
    assert (first.status_code, again.status_code) == (422, 422)
    assert again.headers["content-type"] == "application/problem+json"


def test_leases_are_renewed_and_the_old_is_forgotten(
    service: Running, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(once, "_RENEW_SECONDS", 0.01)
    monkeypatch.setattr(once, "_CLEAR_SECONDS", 0.0)
    screen(service)
    db = service.parts.once._db
    with db.writing():
        db.change("UPDATE once SET until = ?", (time.time() - 1,))

    async def keep() -> None:
        task = asyncio.create_task(service.parts.once.keep())
        await asyncio.sleep(0.2)
        task.cancel()

    service.portal.call(keep)
    assert db.row("SELECT count(*) FROM once") == (0,)


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from([b"1", b"2"])), max_size=8))
def test_every_key_means_one_thing_only(service: Running, draw: list[tuple[str, bytes]]):
    run = f"{time.time_ns()}"
    meant: dict[str, bytes] = {}
    answers: dict[str, bytes] = {}
    for name, content in draw:
        answer = service.send(
            "POST", "/v1/screen", content=content, headers={"Idempotency-Key": f"{run} {name}"}
        )
        if meant.setdefault(name, content) != content:
            assert answer.status_code == 422
        else:
            assert answer.status_code == 200
            assert answers.setdefault(name, answer.content) == answer.content


@dataclass(frozen=True)
class Asking:
    caller: Principal
    key: str = "order 4711"


def test_it_is_kept_by_every_kind_of_store(stores: Stores):
    db = stores.open("service", "tidebreak.service")
    kept = once.Once(db, Grouped(db), Vault(bytes(32)), bytes(32))
    asking, done = Asking(Principal("key:1", "k", frozenset())), 0

    async def make() -> Response:
        nonlocal done
        done += 1
        return Response(b"{}", 201)

    async def run() -> list[Response]:
        return [await kept.answer(asking, "/v1/x", b"body", make) for _ in range(3)]

    answers = anyio.run(run)
    assert [(a.status_code, a.body) for a in answers] == [(201, b"{}")] * 3
    kept.touch()
    db.close()
    assert done == 1


def test_what_was_told_to_more_rights_is_not_told_to_less(service: Running):
    made = service.parts.once

    @dataclass
    class Asking:
        caller: Principal
        key: str = "order 9"

    async def make() -> Response:
        return Response(b"{}")

    async def ask(**rights: object) -> int:
        caller = Principal("key:1", "one", frozenset(), **rights)  # type: ignore[arg-type]
        return (await made.answer(Asking(caller), "/x", b"", make)).status_code

    assert service.portal.call(ask) == 200
    assert service.portal.call(ask) == 200
    with pytest.raises(Problem) as raised:
        service.portal.call(lambda: ask(lists=frozenset({"mine"})))
    assert raised.value.said.name == "key-reused"
