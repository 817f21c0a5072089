from __future__ import annotations

import io
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from tests.client.service_helper import KEY, QUICK, SCREENED, SOUND, Asked, Said, scripted

from tidebreak.client import AsyncClient, CannotAsk, CheckKey, Client, ComeBack, SendLess, bodies
from tidebreak.errors import UsageError
from tidebreak.model import Signal

SHA = Signal.parse("sha256", "ab" * 32)
DOWN: Said = (503, {}, {"title": "busy"})
Caller = Callable[..., Any]


def in_turn(url: str, name: str, *arguments: Any, **more: Any) -> Any:
    patience = more.pop("patience", QUICK)
    with Client(url, KEY, patience=patience) as client:
        return getattr(client, name)(*arguments, **more)


def on_a_loop(url: str, name: str, *arguments: Any, **more: Any) -> Any:
    patience = more.pop("patience", QUICK)

    async def call() -> Any:
        async with AsyncClient(url, KEY, patience=patience) as client:
            return await getattr(client, name)(*arguments, **more)

    return anyio.run(call)


@pytest.fixture(params=[in_turn, on_a_loop])
def call(request: pytest.FixtureRequest) -> Caller:
    """Both clients must do all of this."""
    return request.param


def test_content_is_sent_and_the_answer_read(call: Caller):
    with scripted(SOUND) as script:
        screened = call(script.url, "screen", b"some bytes")
    (asked,) = script.asked
    assert screened.id == "s1"
    assert (asked.method, asked.path) == ("POST", "/v1/screen?surface=public")
    assert asked.body == b"some bytes"
    assert asked.headers["authorization"] == f"Bearer {KEY}"
    assert asked.headers["content-length"] == "10"


def test_what_may_pass_is_tried_again_with_the_same_key(call: Caller, tmp_path: Path):
    (tmp_path / "file").write_bytes(os.urandom(500_000))
    with scripted(DOWN, (429, {"Retry-After": "0"}, {}), (502, {}, b"<html>"), SOUND) as script:
        assert call(script.url, "screen", tmp_path / "file").id == "s1"
    assert len(script.asked) == 4
    assert len({asked.headers["idempotency-key"] for asked in script.asked}) == 1
    assert {asked.body for asked in script.asked} == {(tmp_path / "file").read_bytes()}


def test_an_iterator_is_sent_in_chunks_and_once(call: Caller):
    with scripted(DOWN, SOUND) as script:
        with pytest.raises(ComeBack):
            call(script.url, "screen", iter([b"one", b"two"]))
        assert call(script.url, "screen", iter([b"one", b"two"])).id == "s1"
    assert [asked.body for asked in script.asked] == [b"onetwo", b"onetwo"]
    assert "content-length" not in script.asked[0].headers


def test_a_connection_that_breaks_is_another_try(call: Caller):
    broken: Said = (200, {"Content-Length": "100000"}, SCREENED)

    with scripted(broken, SOUND) as script:
        assert call(script.url, "screen", b"x", patience=replace(QUICK, seconds=0.3)).id == "s1"
    assert len(script.asked) == 2


@pytest.mark.parametrize("before", [3, 100])
def test_a_file_that_changes_meanwhile_is_told(
    call: Caller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: int
):
    monkeypatch.setattr(bodies, "_size_at", lambda _: before)
    (tmp_path / "changing").write_bytes(b"longer or shorter")
    with scripted(SOUND) as script, pytest.raises(UsageError, match="longer or shorter"):
        call(script.url, "screen", tmp_path / "changing")


def test_nobody_there_is_no_answer(call: Caller):
    with pytest.raises(CannotAsk, match="does not answer"):
        call("http://127.0.0.1:9", "screen", b"x")


def test_a_refusal_is_told_at_once(call: Caller):
    with scripted((401, {}, {"title": "Unauthorised", "detail": "Bring a key."})) as script:
        with pytest.raises(CheckKey, match=r"Bring a key\."):
            call(script.url, "screen", b"x")
        assert len(script.asked) == 1


def test_an_upload_that_is_refused_early_is_a_refusal(call: Caller):
    def early(asked: Asked) -> Said:
        return (413, {"Connection": "close"}, {"title": "Too large"})

    with scripted(early) as script, pytest.raises(SendLess):
        call(script.url, "screen", b"x" * 3_000_000)


@pytest.mark.parametrize(
    "said", [(200, {}, b"<html>"), (200, {}, {}), (302, {"Location": "/"}, b"")]
)
def test_nonsense_is_no_answer_and_no_redirect_is_followed(call: Caller, said: Said):
    with scripted(said) as script:
        with pytest.raises(CannotAsk):
            call(script.url, "screen", b"x")
        assert len(script.asked) == 1


def test_a_call_ends_when_its_time_is_up(call: Caller):
    ended = threading.Event()

    def silent(asked: Asked) -> Said:
        ended.wait(60)  # far longer than the call may take; then it would have its answer
        return SOUND

    with scripted(silent) as script:
        try:
            with pytest.raises(CannotAsk):
                call(script.url, "screen", b"x", patience=replace(QUICK, deadline=0.3))
        finally:
            ended.set()


def test_many_items_are_several_calls_and_as_many_answers(call: Caller):
    def say(asked: Asked) -> Said:
        number = asked.body.count(b"sha256")
        none = {"level": "none", "matches": [], "omitted": 0}
        if asked.path == "/v1/screen":
            return 200, {}, {"items": [SCREENED] * number}
        return 200, {}, {"items": [none] * number, "version": "v1"}

    with scripted(say) as script:
        verdicts, version = call(script.url, "match", [[SHA]] * 2001)
        assert (len(verdicts), version) == (2001, "v1")
        assert len(call(script.url, "screen_signals", [[SHA]] * 1001)) == 1001
    assert len(script.asked) == 5


def test_hashing_and_addresses(call: Caller):
    with scripted((200, {}, {"parts": [], "sandbox": 4}), SOUND) as script:
        assert call(script.url, "hash", io.BytesIO(b"x")) == ()
        assert call(script.url, "screen_url", "https://media.example/1").id == "s1"


def test_an_upload_stops_between_blocks_when_its_time_is_up():
    def drip() -> Iterator[bytes]:
        while True:
            time.sleep(0.05)
            yield b"x" * 1000

    # Blocks come without end: only the time that is up can stop it.
    with scripted(SOUND) as script, pytest.raises(CannotAsk, match="takes longer"):
        in_turn(script.url, "screen", drip(), patience=replace(QUICK, deadline=0.3))


def test_neither_proxies_nor_a_netrc_of_the_environment_count(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    with scripted(SOUND) as script:
        assert in_turn(script.url, "screen", b"x").id == "s1"


def test_a_transport_can_be_another():
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json=SCREENED))
    with Client("https://x.example", KEY, transport=transport) as client:
        assert client.screen(b"").id == "s1"


def test_a_key_file_is_read(tmp_path: Path):
    (tmp_path / "key").write_text(KEY)
    (tmp_path / "key").chmod(0o600)
    Client("https://x.example", tmp_path / "key").close()
    with pytest.raises(UsageError, match="missing"):
        Client("https://x.example", tmp_path / "none")


def test_the_client_is_light():
    """Whoever only asks elsewhere does not wait for what hashes here."""
    seen = subprocess.run(
        [sys.executable, "-c", "import sys, tidebreak.client; print(*sys.modules)"],
        capture_output=True, text=True, check=True, timeout=60,
    ).stdout.split()  # fmt: skip
    assert "httpx" in seen
    heavy = {"numpy", "numba", "PIL", "typer", "cryptography", "sqlite3", "fastapi", "starlette"}
    assert not heavy & set(seen)
    ours = {name for name in seen if name.startswith("tidebreak.")} - {"tidebreak.client"}
    allowed = {"errors", "model", "view", "signals", "screens", "spool", "secret_files", "files",
               "web", "version"}  # fmt: skip
    assert {name.split(".")[1] for name in ours} <= allowed | {"client"}


def test_without_httpx_the_extra_is_named():
    code = "import sys; sys.modules['httpx'] = None; import tidebreak.client"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert "pip install 'tidebreak[client]'" in done.stderr
