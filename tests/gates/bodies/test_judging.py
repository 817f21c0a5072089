from __future__ import annotations

import asyncio
import gzip
from pathlib import Path

import httpx
import pytest
from tests.gates.screening import BROKEN, CLEAR, KNOWN, Screener, gate_of

from tidebreak.gates.bodies.headers import Described, described
from tidebreak.gates.bodies.judging import judge_body
from tidebreak.gates.content_policy import Outcome, Ruling
from tidebreak.gates.policy import OnFailure

pytestmark = pytest.mark.anyio


class Judge:
    def __init__(self, folder: Path, **policy) -> None:
        self.screener = Screener()
        self.gate = gate_of(self.screener, folder, **policy)

    async def __call__(self, data: bytes, found: Described) -> Ruling:
        with self.gate.spool() as body:
            body.write(data)
            return await judge_body(self.gate, body, found)

    @property
    def asked(self) -> list[bytes]:
        return [data for data, _ in self.screener.asked]


@pytest.fixture
def judge(tmp_path: Path) -> Judge:
    return Judge(tmp_path)


def form(*files: bytes, **fields: str) -> tuple[bytes, Described]:
    request = httpx.Request("POST", "http://localhost", data=fields,
                            files=[("f", ("a", each)) for each in files])  # fmt: skip
    return request.read(), described(request.headers.items())


async def test_a_plain_body_is_judged_whole(judge: Judge):
    assert (await judge(CLEAR, Described("image/png"))).passes
    assert (await judge(KNOWN, Described())).outcome is Outcome.REFUSE
    assert judge.asked == [CLEAR, KNOWN]


@pytest.mark.parametrize(
    ("files", "outcome"),
    [((CLEAR, CLEAR), Outcome.PASS), ((CLEAR, KNOWN, CLEAR), Outcome.REFUSE),
     ((CLEAR, BROKEN), Outcome.FAILURE), ((KNOWN, BROKEN), Outcome.REFUSE)],
)  # fmt: skip
async def test_every_file_of_a_form_is_judged_and_the_hardest_counts(
    judge: Judge, files: tuple[bytes, ...], outcome: Outcome
):
    assert (await judge(*form(*files, title="x"))).outcome is outcome
    assert judge.asked == list(files)


async def test_a_form_without_files_passes_without_a_question(judge: Judge):
    data, found = (
        b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\nb\r\n--x--",
        Described("multipart/form-data", "x"),
    )
    assert await judge(data, found) == Ruling(Outcome.PASS, "there is no file in it", known=False)
    assert judge.asked == []


async def test_an_encoded_body_is_judged_without_its_encoding(judge: Judge):
    assert not (await judge(gzip.compress(KNOWN), Described("x/y", encodings=("gzip",)))).passes
    data, found = form(KNOWN)
    encoded = Described(found.kind, found.boundary, ("gzip",))
    assert (await judge(gzip.compress(data), encoded)).outcome is Outcome.REFUSE
    assert judge.asked == [KNOWN, KNOWN]


@pytest.mark.parametrize("mode", list(OnFailure))
@pytest.mark.parametrize(
    ("data", "found"),
    [(CLEAR, Described(encodings=("gzip",))), (CLEAR, Described(encodings=("zstd",))),
     (CLEAR, Described(partial=True)), (CLEAR, Described("multipart/mixed", "x"))],
)  # fmt: skip
async def test_what_cannot_be_taken_apart_is_a_failure(
    tmp_path: Path, mode: OnFailure, data: bytes, found: Described
):
    judge = Judge(tmp_path, on_failure=mode)
    ruling = await judge(data, found)
    assert (ruling.passes, ruling.known) == (mode is OnFailure.OPEN, None)
    assert judge.asked == []


def test_what_unfolds_beyond_the_limit_never_passes(tmp_path: Path):
    judge = Judge(tmp_path, on_failure=OnFailure.OPEN, most=100_000)
    bomb = gzip.compress(bytes(5_000_000))
    ruling = asyncio.run(judge(bomb, Described(encodings=("gzip",))))
    assert ruling.outcome is Outcome.FAILURE
    assert judge.asked == []


async def test_what_may_hold_encoded_files_is_judged_as_it_came_and_counted(judge: Judge):
    assert (await judge(b"a=b", Described("application/x-www-form-urlencoded"))).passes
    assert judge.gate.status.record()["counts"]["not opened"] == 1


async def test_a_fault_of_ours_is_a_failure_like_any_other(
    judge: Judge, monkeypatch: pytest.MonkeyPatch
):
    def broken(*_: object) -> None:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr("tidebreak.gates.bodies.judging.files_of", broken)
    ruling = await judge(*form(CLEAR))
    assert (ruling.outcome, ruling.why) == (Outcome.FAILURE, "an internal error (RuntimeError)")
