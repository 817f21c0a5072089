from __future__ import annotations

import asyncio
import socket
import sys
from pathlib import Path

import pytest
from tests.gates.screening import CLEAR, KNOWN, Screener

from tidebreak.errors import UsageError
from tidebreak.gates.content import Place
from tidebreak.gates.content_start import KINDS, check, start
from tidebreak.gates.events import Event, EventKind
from tidebreak.gates.keeping import kept_in
from tidebreak.spool import pour
from tidebreak.store.vault import Vault

pytestmark = pytest.mark.anyio

VALUES = {"listen": "127.0.0.1:0", "on_failure": "closed"}


@pytest.mark.parametrize("kind", KINDS)
async def test_every_kind_starts_listens_says_its_policy_and_ends(
    tmp_path: Path, told: list[Event], kind: str
):
    place = Place(tmp_path, told.append)
    running = await start("mine", {**VALUES, "kind": kind}, Screener(), place)
    assert running.server.port
    assert running.gate.name == "mine"
    await running.close()
    assert [each.kind for each in told] == [EventKind.START, EventKind.STOP]
    assert told[0].why.startswith("on-failure=closed, ")


@pytest.mark.parametrize("kind", KINDS)
async def test_an_unknown_setting_is_refused_and_nothing_listens(tmp_path: Path, kind: str):
    with pytest.raises(UsageError, match="no setting anything"):
        await start(kind, {**VALUES, "anything": 1}, Screener(), Place(tmp_path))


def test_a_name_that_is_no_kind_needs_one(tmp_path: Path):
    with pytest.raises(UsageError, match="needs a kind, one of: clamd, icap, hooks"):
        asyncio.run(start("mine", VALUES, Screener(), Place(tmp_path)))


async def test_the_fail_mode_must_be_stated(tmp_path: Path):
    with pytest.raises(UsageError, match="on_failure must be stated"):
        await start("clamd", {"listen": "127.0.0.1:0"}, Screener(), Place(tmp_path))


async def test_copies_are_kept_where_the_key_is_and_only_there(tmp_path: Path):
    values = {**VALUES, "keep": str(tmp_path / "kept")}
    with pytest.raises(UsageError, match="installation's key"):
        await start("clamd", values, Screener(), Place(tmp_path))
    running = await start("clamd", values, Screener(), Place(tmp_path), Vault(bytes(32)))
    for data in (CLEAR, KNOWN):
        with running.gate.spool() as content:
            await pour(data, content)
            await running.gate.screen(content)
    await running.close()
    assert [each.screening for each in kept_in(tmp_path / "kept")] == ["scr-2"]


@pytest.mark.parametrize("kind", KINDS)
async def test_what_is_not_installed_is_said_at_the_start(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(sys.modules, "python_multipart", None)
    with pytest.raises(UsageError, match=r"tidebreak\[service\]"):
        await start(kind, VALUES, Screener(), Place(tmp_path))


@pytest.mark.parametrize("kind", KINDS)
def test_a_check_says_what_a_start_would_and_listens_nowhere(tmp_path: Path, kind: str):
    with socket.create_server(("127.0.0.1", 0)) as taken:  # so that a second one could not
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        values = {"on_failure": "closed", "listen": listen, "kind": kind}
        check("mine", values)
        for wrong in (
            {"kind": "none"}, {"anything": 1}, {"on_failure": "?"}, {"listen": "192.0.2.1:1"},
            {"listen": "nowhere"}, {"keep": str(tmp_path)}, {"connections": 0},
        ):  # fmt: skip
            with pytest.raises(UsageError) as told:
                check("mine", {**values, **wrong})
            with pytest.raises(UsageError) as started:
                asyncio.run(start("mine", {**values, **wrong}, Screener(), Place(tmp_path)))
            assert str(told.value) == str(started.value)


def test_a_check_makes_no_folder(tmp_path: Path):
    check("clamd", {**VALUES, "keep": str(tmp_path / "kept")}, Vault(bytes(32)))
    assert list(tmp_path.iterdir()) == []
    tmp_path.chmod(0o755)
    with pytest.raises(UsageError, match="chmod 700"):
        check("clamd", {**VALUES, "keep": str(tmp_path)}, Vault(bytes(32)))
