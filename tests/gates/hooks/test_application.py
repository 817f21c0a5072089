from __future__ import annotations

import asyncio
import gzip
import json
from pathlib import Path

import httpx
import pytest
from tests.gates.hooks.test_events import s3, tus
from tests.gates.origin import origin
from tests.gates.screening import BROKEN, CLEAR, KNOWN, Screener, gate_of

from tidebreak.errors import CannotAsk
from tidebreak.gates.files_below import Roots
from tidebreak.gates.hooks.application import application
from tidebreak.gates.hooks.objects import ObjectStore
from tidebreak.gates.hooks.options import HookOptions
from tidebreak.gates.policy import OnFailure
from tidebreak.screens import Overloaded


class Served:
    def __init__(self, folder: Path, options: dict | None = None, **policy) -> None:
        self.screener = Screener()
        self.gate = gate_of(self.screener, folder, **policy)
        made = HookOptions(Roots([folder]), **(options or {}))
        self._transport = httpx.ASGITransport(application(self.gate, made))

    def ask(self, method: str, path: str, **more) -> httpx.Response:
        async def run() -> httpx.Response:
            async with httpx.AsyncClient(transport=self._transport) as client:
                return await client.request(method, f"http://gate{path}", **more)

        return asyncio.run(run())

    def post(self, path: str, **more) -> httpx.Response:
        return self.ask("POST", path, **more)


@pytest.fixture
def served(tmp_path: Path) -> Served:
    return Served(tmp_path)


STATUSES = [(CLEAR, 200, "pass"), (KNOWN, 403, "refuse"), (BROKEN, 503, "failure")]


@pytest.mark.parametrize(("data", "status", "decision"), STATUSES)
def test_bytes_and_forms_are_told_by_status(served: Served, data, status, decision):
    # pict-rs: a POST of the bytes with their type; all but 2xx refuses the upload.
    for more in ({"content": data, "headers": {"Content-Type": "image/png"}},
                 {"files": {"f": ("a", data)}}):  # fmt: skip
        answer = served.post("/check", **more)
        assert (answer.status_code, answer.json()["decision"]) == (status, decision)
        assert answer.json()["screening"].startswith("scr-")
    packed = served.post("/check", content=gzip.compress(data),
                         headers={"Content-Encoding": "gzip"})  # fmt: skip
    assert packed.status_code == status
    assert {each for each, _ in served.screener.asked} == {data}


def test_the_callers_own_name_goes_with_the_question(served: Served):
    served.post("/check", content=CLEAR, headers={"Tidebreak-Item": "photo 7"})
    assert served.screener.asked[0][1].item == "photo 7"


@pytest.mark.parametrize(("data", "status", "decision"), STATUSES)
def test_a_file_is_told_by_status(tmp_path: Path, data, status, decision):
    (tmp_path / "upload").write_bytes(data)
    served = Served(tmp_path)
    assert served.post("/file", json={"path": f"{tmp_path}/upload"}).status_code == status
    assert served.post("/file", json={"path": "/etc/passwd"}).status_code == 503
    assert served.post("/file", json={}).status_code == 400


def test_a_proxy_goes_on_with_what_passes_and_users_see_no_reason(served: Served):
    following = {"X-Tidebreak-Next": "application"}
    for method in ("POST", "PUT", "GET"):
        answer = served.ask(method, "/upload/a", headers=following, content=CLEAR)
        assert (answer.status_code, answer.headers["x-accel-redirect"]) == (200, "@application")
    texts = []
    for data in (KNOWN, BROKEN):
        answer = served.post("/upload", content=data, headers=following)
        assert answer.status_code == 403
        assert "x-accel-redirect" not in answer.headers
        texts.append(answer.text.partition("Reference: ")[0])
    assert texts[0] == texts[1]
    passed = served.post("/upload", content=CLEAR)
    assert (passed.status_code, passed.headers["tidebreak-action"]) == (204, "allow")
    assert passed.headers["tidebreak-screening"].startswith("scr-")


def test_only_a_location_can_be_gone_on_with(served: Served):
    for name in ("/etc/passwd", "a b", "Application", "", "x" * 33):
        answer = served.post("/upload", content=CLEAR, headers={"X-Tidebreak-Next": name})
        assert "x-accel-redirect" not in answer.headers


def test_tusd_gets_json_it_can_act_on(tmp_path: Path):
    (tmp_path / "upload").write_bytes(KNOWN)
    storage = {"Type": "filestore", "Path": f"{tmp_path}/upload"}
    answer = Served(tmp_path).post("/tus", content=tus(Storage=storage))
    # Anything but 2xx with JSON would be a failure of the hook (tusd, "HTTP(S) Hooks").
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["HTTPResponse"]["StatusCode"] == 403
    assert len(answer.content) < 5 << 10


def test_an_object_store_is_asked_to_tell_again_only_of_what_failed(tmp_path: Path):
    with origin() as store:
        at = ObjectStore(f"http://127.0.0.1:{store.port}", frozenset({"uploads"}))
        served = Served(tmp_path, {"store": at})
        store.pages["/uploads/a/b%20c.jpg"] = (KNOWN, {})
        notice = {"Records": [s3("s3:ObjectCreated:Put")]}
        answer = served.post("/s3", json=notice)
        assert answer.status_code == 200
        assert answer.json()["objects"][0]["decision"] == "refuse"
        store.pages["/uploads/a/b%20c.jpg"] = (BROKEN, {})
        assert served.post("/s3", json=notice).status_code == 503


def test_who_has_no_token_learns_nothing(tmp_path: Path):
    served = Served(tmp_path, {"token": b"digest"})
    for path in ("/check", "/upload", "/file", "/tus", "/s3"):
        assert served.post(path, content=KNOWN).status_code == 401
    assert served.ask("GET", "/status").status_code == 401
    assert served.screener.asked == []


@pytest.mark.parametrize("mode", list(OnFailure))
def test_without_answers_the_stated_fail_mode_counts_and_shows(tmp_path: Path, mode: OnFailure):
    served = Served(tmp_path, on_failure=mode)
    served.screener.error = Overloaded(7)
    answer = served.post("/check", content=CLEAR)
    assert answer.status_code == (200 if mode is OnFailure.OPEN else 503)
    assert answer.headers.get("retry-after") == (None if mode is OnFailure.OPEN else "7")
    assert answer.headers["tidebreak-gate"].startswith(f"failing; on-failure={mode}")
    status = served.ask("GET", "/status")
    assert (status.status_code, status.json()["on_failure"]) == (503, mode.value)
    served.screener.error = CannotAsk("nobody is there")
    assert (served.post("/upload", content=CLEAR).status_code < 300) is (mode is OnFailure.OPEN)


@pytest.mark.parametrize("mode", list(OnFailure))
def test_more_than_is_taken_never_passes(tmp_path: Path, mode: OnFailure):
    served = Served(tmp_path, on_failure=mode, most=100)
    assert served.post("/check", content=bytes(101)).status_code == 503
    assert served.post("/upload", content=bytes(101)).status_code == 403
    assert served.screener.asked == []


@pytest.mark.parametrize("path", ["/tus", "/s3", "/file"])
def test_what_is_no_event_is_400_and_what_is_huge_413(served: Served, path: str):
    assert served.post(path, content=b"nonsense").status_code == 400
    assert served.post(path, content=json.dumps("x" * (1 << 20)).encode()).status_code == 413


def test_two_types_for_one_body_do_not_pass(served: Served):
    headers = [("Content-Type", "text/plain"), ("Content-Type", "multipart/form-data; boundary=a")]
    assert served.post("/check", content=KNOWN, headers=headers).status_code == 503
