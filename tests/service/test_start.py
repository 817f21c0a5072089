"""The service with all its real parts, in this process: workers, look-ups, stores, policy."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import anyio.from_thread
import pytest
from tests.service.hostile import corpus
from tests.service.service_helper import Running, digest, signal

from tidebreak.access.start import open_access
from tidebreak.errors import UsageError
from tidebreak.installation import Tidebreak
from tidebreak.model import ListKind
from tidebreak.service.config import Intake, ServiceConfig
from tidebreak.service.forms.screening import MatchedForm, ScreenedForm
from tidebreak.service.start import started

CONFIG = ServiceConfig(
    intake=Intake(upload_bytes=8 << 20),
    gates={"clamd": {"listen": "127.0.0.1:0", "on_failure": "closed", "surface": "hosting"}},
)


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    place = tmp_path_factory.mktemp("real")
    (place / "list.txt").write_text("".join(f"{digest(n)}\n" for n in range(10)))
    with (
        Tidebreak.create(place / "home", place / "key") as opened,
        anyio.from_thread.start_blocking_portal() as portal,
        open_access(opened) as access,
    ):
        opened.import_list(
            place / "list.txt", name="list", kind=ListKind.CONTRABAND, format="sha256"
        )
        with portal.wrap_async_context_manager(started(opened, CONFIG)) as parts:
            yield Running(parts, access, portal)
    assert not list((place / "home" / "spool").glob("*"))


def test_what_is_known_is_found_and_kept(real: Running):
    form = ScreenedForm.model_validate_json(
        real.send("POST", "/v1/screen?surface=hosting", content=b"harmless 1").content
    )
    assert (form.level, form.decision.action) == ("exact", "quarantine")
    kept = real.send("GET", f"/v1/verdicts/{form.id}").json()
    assert kept["decision"]["action"] == "quarantine"
    assert real.send("POST", "/v1/screen", content=b"harmless 99").json()["state"] == "clear"


def test_an_entry_that_is_added_counts_within_two_seconds_and_so_does_its_end(real: Running):
    def level() -> str:
        answer = real.send("POST", "/v1/match", json={"items": [[signal(500)]]})
        return MatchedForm.model_validate_json(answer.content).items[0].level

    def wait_for(wanted: str) -> None:
        begun = time.monotonic()
        while level() != wanted:
            assert time.monotonic() - begun < 2.0
            time.sleep(0.02)

    assert level() == "none"
    body = {"entries": [{"signals": [signal(500)], "key": "case 1"}]}
    (number,) = real.send("POST", "/v1/lists/list/entries", json=body).json()["numbers"]
    wait_for("exact")
    path = f"/v1/lists/list/entries/{number}/withdraw"
    assert real.send("POST", path, json={"reason": "a test"}).status_code == 200
    wait_for("none")


def test_private_messages_are_off_until_somebody_enters_why_not(real: Running):
    for ask in ({"content": b"harmless 1"}, {"json": {"items": [[signal(1)]]}}):
        path = "/v1/screen?surface=private-message"
        if "json" in ask:
            ask["json"]["origin"] = {"surface": "private-message"}  # type: ignore[index]
        answer = real.send("POST", path, **ask)
        assert answer.status_code == 403
        assert answer.json()["type"] == "urn:tidebreak:problem:surface-off"
    assert real.send("GET", "/v1/verdicts", params={"found": "false"}).status_code == 200


def test_every_hostile_file_ends_in_a_state(real: Running):
    async def all_of_them() -> list[tuple[str, int, bytes]]:
        headers = {"Authorization": f"Bearer {key}"}
        found: list[tuple[str, int, bytes]] = []

        async def one(name: str, content: bytes) -> None:
            answer = await real._send("POST", "/v1/screen", headers, {"content": content})
            found.append((name, answer.status_code, answer.content))

        async with asyncio.TaskGroup() as group:
            for name, content in corpus():
                group.create_task(one(name, content))
        return found

    key = real.key()
    found = real.portal.call(all_of_them)
    assert len(found) == len(list(corpus()))
    (empty,) = (one for one in found if one[0] == "nothing")
    assert empty[1] == 422  # it cannot be told from a lost one
    found.remove(empty)
    for name, status, content in found:
        assert status == 200, (name, content)
        form = ScreenedForm.model_validate_json(content)
        assert form.state in ("clear", "not fully examined"), name
        assert form.sandbox >= 2
        for part in form.parts:
            assert (part.state == "not fully examined") == bool(part.reason), name
            assert form.state != "clear" or not part.reason, name
    states = {name: ScreenedForm.model_validate_json(content).state for name, _, content in found}
    for name in ("zip bomb", "zip in zip in zip", "zip cut off", "huge picture", "PNG cut off"):
        assert states[name] == "not fully examined", name
    actions = [ScreenedForm.model_validate_json(c).decision.action for _, _, c in found
               if ScreenedForm.model_validate_json(c).state != "clear"]  # fmt: skip
    assert "allow" not in actions


def test_an_upload_that_is_too_large_is_refused(real: Running):
    assert real.send("POST", "/v1/screen", content=bytes((8 << 20) + 1)).status_code == 413


def test_gates_of_the_configuration_are_open(real: Running):
    (gate,) = real.send("GET", "/v1/status").json()["gates"]
    assert (gate["name"], gate["on_failure"], gate["trouble"]) == ("clamd", "closed", "")


def test_matching_anew_finds_what_has_come_to_count_since(real: Running):
    screened = real.send("POST", "/v1/screen", content=b"harmless 700").json()
    body = {"entries": [{"signals": [signal(700)]}]}
    real.send("POST", "/v1/lists/list/entries", json=body)
    job = real.send("POST", "/v1/observations/rematch", json={"lists": ["list"]}).json()
    for _ in range(400):
        found = real.send("GET", f"/v1/jobs/{job['id']}").json()
        later = real.send("GET", f"/v1/observations/{screened['id']}").json()["later"]
        if found["state"] != "running" and later:
            break
        time.sleep(0.05)
    assert found["state"] in ("done", "failed"), found
    assert later
    again = real.send("GET", f"/v1/verdicts/{later[0]}").json()
    assert (again["earlier"], again["level"]) == (screened["id"], "exact")


@pytest.mark.parametrize(
    "tables",
    [{"clamd": {"listen": "127.0.0.1:0"}}, {"nothing": {}}, {"hma": {"nothing": 1}}],
)
def test_a_gate_that_cannot_be_stops_the_start(
    installation: Tidebreak, tables: dict[str, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
):
    from contextlib import asynccontextmanager

    from tidebreak.service import start

    @asynccontextmanager
    async def quick(*_: object, **__: object):
        yield SimpleNamespace(listeners=[])

    monkeypatch.setattr(start, "screener", quick)

    async def begin() -> None:
        async with started(installation, ServiceConfig(gates=tables)):
            raise AssertionError("it started")

    with pytest.raises(UsageError):
        anyio.run(begin)
