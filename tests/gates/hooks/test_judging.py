from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.gates.origin import origin
from tests.gates.screening import BROKEN, CLEAR, KNOWN, Screener, gate_of

from tidebreak.errors import CannotAsk
from tidebreak.gates.content_policy import Outcome
from tidebreak.gates.files_below import Roots
from tidebreak.gates.hooks.events import TusEvent
from tidebreak.gates.hooks.judging import Hooks
from tidebreak.gates.hooks.objects import Named, ObjectStore
from tidebreak.gates.hooks.options import HookOptions
from tidebreak.gates.policy import OnFailure
from tidebreak.web.requests import Refused

pytestmark = pytest.mark.anyio


def hooks_of(folder: Path, store: ObjectStore | None = None, idle: float = 5, **policy) -> Hooks:
    options = HookOptions(Roots([folder]), store, status=451, idle=idle)
    return Hooks(gate_of(Screener(), folder, **policy), options)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, data in (("clear", CLEAR), ("known", KNOWN), ("broken", BROKEN)):
        (tmp_path / name).write_bytes(data)
    return tmp_path


async def test_a_file_below_a_root_is_judged(folder: Path):
    hooks = hooks_of(folder)
    found = {name: (await hooks.path(f"{folder}/{name}")).outcome.value
             for name in ("clear", "known", "broken")}  # fmt: skip
    assert found == {"clear": "pass", "known": "refuse", "broken": "failure"}


@pytest.mark.parametrize("path", ["/etc/passwd", "{}/not", "{}", "{}/../x", ""])
async def test_what_cannot_be_opened_never_passes(folder: Path, path: str):
    hooks = hooks_of(folder, on_failure=OnFailure.OPEN)
    assert (await hooks.path(path.format(folder))).outcome is Outcome.FAILURE


async def test_a_body_that_stands_still_is_not_waited_for(folder: Path):
    async def parts() -> AsyncIterator[bytes]:
        yield b"begin"
        await asyncio.sleep(60)

    hooks = hooks_of(folder, idle=0.02)
    with hooks.gate.spool() as content, pytest.raises(Refused) as raised:
        await hooks.taken(parts(), content, "")
    assert raised.value.status == 408


async def test_an_object_is_judged_and_one_that_cannot_be_read_is_a_failure(folder: Path):
    with origin() as served:
        store = ObjectStore(f"http://127.0.0.1:{served.port}", frozenset({"b"}))
        served.pages["/b/known"] = (KNOWN, {})
        hooks = hooks_of(folder, store)
        assert (await hooks.object(Named("b", "known"))).outcome is Outcome.REFUSE
        assert (await hooks.object(Named("c", "known"))).outcome is Outcome.FAILURE
    found = await hooks_of(folder, on_failure=OnFailure.OPEN).object(Named("b", "known"))
    assert found.outcome is Outcome.FAILURE


async def test_tusd_is_told_before_it_finishes_an_upload(folder: Path):
    hooks = hooks_of(folder)
    answers = {}
    for name in ("clear", "known", "broken"):
        event = TusEvent("pre-finish", "14b1c4c77771671a8479bc0444bbc5ce", 1,
                         path=f"{folder}/{name}")  # fmt: skip
        answers[name] = await hooks.tus(event)
    assert answers["clear"] == {}
    for name in ("known", "broken"):  # nobody tells them apart
        told = answers[name]["HTTPResponse"]
        assert told["StatusCode"] == 451
        assert told["Body"] == "This content cannot be sent here. Reference: 14b1c4c77771\n"


async def test_tusd_is_not_told_where_it_cannot_act_or_there_is_nothing_whole_yet(folder: Path):
    hooks = hooks_of(folder, most=1000)
    known = f"{folder}/known"
    assert await hooks.tus(TusEvent("post-finish", "id", 1, path=known)) == {}
    assert await hooks.tus(TusEvent("post-receive", "id", 1, path=known)) == {}
    assert await hooks.tus(TusEvent("pre-create", size=1000)) == {}
    # It was judged after the end, for the operator; nothing else was looked at.
    assert hooks.gate.status.record()["counts"]["refuse"] == 1
    assert hooks.gate.status.record()["counts"]["screened"] == 1


@pytest.mark.parametrize("mode", list(OnFailure))
async def test_an_upload_in_pieces_is_refused_before_it_begins(folder: Path, mode: OnFailure):
    # Of what they are put together to, tusd tells nobody before it is there.
    hooks = hooks_of(folder, on_failure=mode)
    answer = await hooks.tus(TusEvent("pre-create", pieces=True))
    assert answer["RejectUpload"]
    assert answer["HTTPResponse"]["StatusCode"] == 400
    assert hooks.gate.status.record()["counts"]["failure"] == 1
    finished = TusEvent("pre-finish", "id", 1, pieces=True, path=f"{folder}/known")
    assert (await hooks.tus(finished))["HTTPResponse"]["StatusCode"] == 451


def test_an_upload_that_is_too_large_is_refused_before_it_begins(folder: Path):
    answer = asyncio.run(hooks_of(folder, most=1000).tus(TusEvent("pre-create", size=1001)))
    assert answer["RejectUpload"]
    assert answer["HTTPResponse"]["StatusCode"] == 413


async def test_without_answers_tusd_is_told_by_the_stated_fail_mode(folder: Path):
    for mode in OnFailure:
        hooks = hooks_of(folder, on_failure=mode)
        hooks.gate._screens.error = CannotAsk("nobody is there")
        answer = await hooks.tus(TusEvent("pre-finish", "id", 1, path=f"{folder}/clear"))
        assert (answer == {}) is (mode is OnFailure.OPEN)
