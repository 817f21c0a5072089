"""Against what Synapse documents: the module is made, registers itself, and is awaited.

The reactor is not asyncio's: a callback that awaited one of asyncio's futures would hang there, so
the coroutine is driven here by hand, and only `defer_to_thread` may suspend it.
"""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from tests.client.service_helper import KEY, SCREENED, Script, scripted

from tidebreak.client.synapse import Screening
from tidebreak.errors import UsageError


class Codes(StrEnum):
    FORBIDDEN = "M_FORBIDDEN"


NOT_SPAM = "NOT_SPAM"


class _Later:
    """What Twisted's coroutines wait for; asyncio would refuse it."""

    def __init__(self, future: Any) -> None:
        self.future = future

    def __await__(self) -> Generator[Any, None, Any]:
        return (yield self)


class ModuleApi:
    def __init__(self) -> None:
        self.callbacks: dict[str, Callable[..., Any]] = {}
        self.pool = ThreadPoolExecutor(1)

    def register_spam_checker_callbacks(self, **callbacks: Callable[..., Any]) -> None:
        self.callbacks |= callbacks

    async def defer_to_thread(self, f: Callable[..., Any], *arguments: Any) -> Any:
        return await _Later(self.pool.submit(f, *arguments))

    def check(self, wrapper: Any, info: Any) -> Any:
        running = self.callbacks["check_media_file_for_spam"](wrapper, info)
        step = running.send
        value: Any = None
        while True:
            try:
                waited = step(value)
            except StopIteration as done:
                return done.value
            assert isinstance(waited, _Later)
            try:
                step, value = running.send, waited.future.result()
            except Exception as error:
                step, value = running.throw, error


@dataclass
class ReadableFileWrapper:
    clock: object
    path: str


@dataclass
class FileInfo:
    server_name: str | None
    file_id: str
    url_cache: bool = False
    thumbnail: object = None


@pytest.fixture(autouse=True)
def synapse(monkeypatch: pytest.MonkeyPatch) -> None:
    package, api, errors = (
        ModuleType(name) for name in ("synapse", "synapse.module_api", "synapse.module_api.errors")
    )
    api.NOT_SPAM = NOT_SPAM  # type: ignore[attr-defined]
    errors.Codes = Codes  # type: ignore[attr-defined]
    for module in (package, api, errors):
        monkeypatch.setitem(sys.modules, module.__name__, module)


@dataclass
class Server:
    """A homeserver with the module; its config is as YAML gives it."""

    folder: Path

    def store(self, url: str, info: FileInfo | None = None, **config: Any) -> Any:
        (self.folder / "key").write_text(KEY)
        (self.folder / "key").chmod(0o600)
        (self.folder / "media").write_bytes(b"some media")
        given = {"server": url, "key_file": str(self.folder / "key"), "surface": "public",
                 "on_failure": "closed", "seconds": 5} | config  # fmt: skip
        api = ModuleApi()
        module = Screening(Screening.parse_config(given), api)
        wrapper = ReadableFileWrapper(None, str(self.folder / "media"))
        found = api.check(wrapper, info or FileInfo(None, "media1"))
        api.pool.shutdown()
        module.close()
        return found


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return Server(tmp_path)


def saying(action: str) -> Any:
    return 200, {}, SCREENED | {"decision": SCREENED["decision"] | {"action": action}}


@pytest.mark.parametrize(
    ("action", "refuse_from", "expected"),
    [
        ("allow", "quarantine", NOT_SPAM),
        ("review", "quarantine", NOT_SPAM),
        ("quarantine", "quarantine", Codes.FORBIDDEN),
        ("block", "quarantine", Codes.FORBIDDEN),
        ("quarantine", "block", NOT_SPAM),
        ("block", "block", Codes.FORBIDDEN),
        ("block", "never", NOT_SPAM),
    ],
)
def test_what_the_policy_says_is_done(
    server: Server, action: str, refuse_from: str, expected: object
):
    with scripted(saying(action)) as script:
        assert server.store(script.url, refuse_from=refuse_from) == expected


def deciding(**changes: Any) -> Any:
    decision = SCREENED["decision"] | {"action": "review"} | changes.pop("decision", {})
    return 200, {}, SCREENED | changes | {"decision": decision}


@pytest.mark.parametrize("unseen", [{"state": "not fully examined"}, {"unexamined": 1}])
@pytest.mark.parametrize(
    ("on_failure", "refuse_from", "expected"),
    [
        ("closed", "quarantine", Codes.FORBIDDEN),
        ("closed", "never", Codes.FORBIDDEN),
        ("open", "quarantine", NOT_SPAM),
    ],
)
def test_what_nobody_could_look_into_is_as_the_operator_said_and_logged(
    server: Server, unseen: dict[str, Any], on_failure: str, refuse_from: str, expected: object,
    caplog: pytest.LogCaptureFixture,
):  # fmt: skip
    with scripted(deciding(**unseen)) as script, caplog.at_level(logging.WARNING):
        found = server.store(script.url, on_failure=on_failure, refuse_from=refuse_from)
        assert found == expected
    assert "could not be fully examined" in caplog.text
    assert "media1" not in caplog.text


def test_what_a_rule_allows_is_stored_though_nobody_could_look_into_it(server: Server):
    with scripted(deciding(unexamined=1, decision={"action": "allow"})) as script:
        assert server.store(script.url) == NOT_SPAM


@pytest.mark.parametrize("hold", ["flood", "dispute"])
@pytest.mark.parametrize(
    ("refuse_from", "expected"), [("block", Codes.FORBIDDEN), ("never", NOT_SPAM)]
)
def test_what_waits_for_a_person_is_refused_whatever_the_action(
    server: Server, hold: str, refuse_from: str, expected: object
):
    with scripted(deciding(decision={"holds": [hold]})) as script:
        found = server.store(script.url, refuse_from=refuse_from, on_failure="open")
        assert found == expected


def test_media_are_sent_whole_under_the_id_that_synapse_keeps(server: Server):
    with scripted(saying("allow")) as script:
        server.store(script.url, FileInfo("other.example", "kept1"), jurisdiction="EU",
                     surface="hosting")  # fmt: skip
    (asked,) = script.asked
    assert asked.body == b"some media"
    assert asked.path == "/v1/screen?surface=hosting&jurisdiction=EU&item=kept1"
    assert "other.example" not in str(asked.headers) + asked.path


@pytest.mark.parametrize(
    ("on_failure", "expected"), [("closed", Codes.FORBIDDEN), ("open", NOT_SPAM)]
)
@pytest.mark.parametrize("said", [(401, {}, {"title": "no"}), (500, {}, {}), (200, {}, b"<html>")])
def test_what_cannot_be_screened_is_as_the_operator_said_and_logged(
    server: Server, on_failure: str, expected: object, said: Any, caplog: pytest.LogCaptureFixture
):
    with scripted(said) as script, caplog.at_level(logging.WARNING):
        assert server.store(script.url, on_failure=on_failure) == expected
    assert "could not be screened" in caplog.text
    assert "media1" not in caplog.text


def test_a_file_that_vanished_is_a_failure_too(server: Server, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(ReadableFileWrapper, "path", "/gone", raising=False)
    monkeypatch.setattr(ReadableFileWrapper, "__init__", lambda *_: None)
    with scripted(saying("allow")) as script:
        assert server.store(script.url) == Codes.FORBIDDEN


def test_a_thumbnail_was_screened_as_what_it_was_made_of(server: Server):
    script: Script
    with scripted(saying("block")) as script:
        assert server.store(script.url, FileInfo(None, "x", thumbnail=object())) == NOT_SPAM
        assert not script.asked


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"surface": None}, "'surface' must be a text"),
        ({"surface": "everywhere"}, "'surface' must be one of public"),
        ({"on_failure": "maybe"}, "closed, open"),
        ({"refuse_from": "review"}, "quarantine, block, never"),
        ({"seconds": "long"}, "'seconds' must be a number"),
        ({"servers": "x"}, "Unknown name 'servers'"),
    ],
)
def test_a_mistake_in_the_configuration_is_told(change: dict[str, Any], words: str):
    sound = {"server": "https://x", "key_file": "k", "surface": "public", "on_failure": "open"}
    with pytest.raises(UsageError, match=words):
        Screening.parse_config(sound | change)


@pytest.mark.parametrize("name", ["server", "key_file", "surface", "on_failure"])
def test_nothing_that_matters_is_assumed(name: str):
    sound = {"server": "https://x", "key_file": "k", "surface": "public", "on_failure": "open"}
    del sound[name]
    with pytest.raises(UsageError, match=f"'{name}' is missing"):
        Screening.parse_config(sound)


def test_synapse_is_needed_only_where_it_runs():
    code = "import sys, tidebreak.client.synapse; print('synapse' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "False"
