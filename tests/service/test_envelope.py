from __future__ import annotations

import json

import anyio
import httpx
import pytest
from starlette.types import Receive, Scope, Send
from tests.service.service_helper import Running, digest

from tidebreak.service.envelope import Done, Envelope


def test_headers_that_browsers_heed(shared: Running):
    for path, key in (("/healthz", ""), ("/v1/status", None), ("/nothing", None)):
        headers = shared.send("GET", path, key=key).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert headers["content-security-policy"].startswith("default-src 'none'")
        assert headers["x-frame-options"] == "DENY"
        assert "server" not in headers


@pytest.mark.parametrize("given", ["order-12.a_B", "7"])
def test_an_id_that_was_given_is_given_back(shared: Running, given: str):
    answer = shared.send("GET", "/v1/nothing", headers={"X-Request-Id": given})
    assert answer.headers["x-request-id"] == given == answer.json()["request_id"]


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, digest(1), digest(1)[:32], "é"])
def test_any_other_id_is_made_anew(shared: Running, given: str):
    answer = shared.send("GET", "/healthz", key="", headers={"X-Request-Id": given.encode()})
    assert len(answer.headers["x-request-id"]) == 36
    assert answer.headers["x-request-id"] != given


def test_a_line_says_what_happened_and_nothing_of_what_was_asked(
    shared: Running, capsys: pytest.CaptureFixture[str]
):
    seen: list[Done] = []
    loud = Envelope(shared.app, seen.append)

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(loud)
        async with httpx.AsyncClient(transport=transport, base_url="http://s") as client:
            return await client.get(
                f"/v1/verdicts/{digest(1)}?x={digest(2)}",
                headers={"Authorization": f"Bearer {key}", "User-Agent": digest(3)},
            )

    key = shared.key()
    assert shared.portal.call(ask).status_code == 422  # no name in a query is unknown
    out = capsys.readouterr().err
    line = json.loads(out)
    assert line["route"] == "/v1/verdicts/{id}"
    assert (line["status"], line["method"], line["event"]) == (422, "GET", "request")
    assert line["client"].startswith("key:")
    assert line["ms"] > 0
    assert key not in out
    assert not any(digest(number) in out for number in (1, 2, 3))
    assert seen == [Done("/v1/verdicts/{id}", "GET", 422, seen[0].seconds)]


def run(inner: object, **scope: object) -> list[dict[str, object]]:
    sent: list[dict[str, object]] = []

    async def send(message: object) -> None:
        sent.append(message)  # type: ignore[arg-type]

    async def receive() -> dict[str, object]:
        return {"type": "http.request"}

    full = {"type": "http", "method": "GET", "headers": [], **scope}
    anyio.run(Envelope(inner, lambda done: None), full, receive, send)  # type: ignore[arg-type]
    return sent


def test_what_nobody_foresaw_is_a_problem_and_its_text_is_seen_by_nobody(
    capsys: pytest.CaptureFixture[str],
):
    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        raise RuntimeError(digest(1))

    start, body = run(broken)
    assert start["status"] == 500
    assert json.loads(body["body"])["status"] == 500  # type: ignore[arg-type]
    out = capsys.readouterr().err
    assert "RuntimeError" in out
    assert "test_envelope" in out
    assert digest(1) not in out + str(body)


def test_half_an_answer_is_not_made_whole(capsys: pytest.CaptureFixture[str]):
    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError

    with pytest.raises(RuntimeError):
        run(broken)


def test_methods_that_are_none_are_one_label(capsys: pytest.CaptureFixture[str]):
    async def fine(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    run(fine, method="PROPFIND")
    assert json.loads(capsys.readouterr().err)["method"] == "other"
