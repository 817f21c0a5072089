from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from tests.gates.screening import BROKEN, CLEAR, KNOWN, Screener, gate_of

from tidebreak.gates.clamd.commands import Command, Verb
from tidebreak.gates.clamd.paths import Paths
from tidebreak.gates.files_below import Roots

pytestmark = pytest.mark.anyio


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    (folder / "b").mkdir(parents=True)
    (folder / "a").write_bytes(CLEAR)
    (folder / "b" / "known 1").write_bytes(KNOWN)
    (folder / "b" / "known 2").write_bytes(KNOWN)
    (folder / "c").mkdir()
    (folder / "c" / "clear").write_bytes(CLEAR)
    return folder


async def replies(root: Path, verb: Verb, path: Path, **more) -> list[str]:
    paths = Paths(gate_of(Screener(), root.parent, **more), Roots([root]))
    command = Command(verb, b"\0", bytes(path))
    found = [reply async for reply in paths.replies(command)]
    return [reply.replace(f"{root}", "") for reply in found]


FOUND = ["/b/known 1: Tidebreak.Known FOUND", "/b/known 2: Tidebreak.Known FOUND"]


def test_scan_ends_with_the_first_that_is_found(root: Path):
    assert asyncio.run(replies(root, Verb.SCAN, root)) == FOUND[:1]


@pytest.mark.parametrize("verb", [Verb.CONTSCAN, Verb.MULTISCAN, Verb.ALLMATCHSCAN])
async def test_the_others_go_on(root: Path, verb: Verb):
    assert await replies(root, verb, root) == FOUND


async def test_a_file_is_told_of_whatever_it_is(root: Path):
    assert await replies(root, Verb.SCAN, root / "a") == ["/a: OK"]
    assert await replies(root, Verb.SCAN, root / "b" / "known 1") == FOUND[:1]


async def test_a_folder_is_ok_only_when_all_in_it_is(root: Path):
    assert await replies(root, Verb.CONTSCAN, root / "c") == ["/c: OK"]
    (root / "c" / "broken").write_bytes(BROKEN)
    failed = ["/c/broken: Could not be examined. ERROR"]
    assert await replies(root, Verb.CONTSCAN, root / "c") == failed
    (root / "c" / "broken").write_bytes(CLEAR + CLEAR)
    large = await replies(root, Verb.CONTSCAN, root / "c", most=len(CLEAR))
    assert large == failed
    (root / "empty").mkdir()
    assert await replies(root, Verb.SCAN, root / "empty") == ["/empty: OK"]


async def test_what_is_outside_is_not_there_and_counts_as_a_failure(root: Path):
    (root.parent / "secret").write_bytes(CLEAR)
    gate = gate_of(Screener(), root.parent)
    command = Command(Verb.SCAN, b"\0", bytes(root.parent / "secret"))
    [reply] = [each async for each in Paths(gate, Roots([root])).replies(command)]
    assert reply.endswith("secret: No such file or directory. ERROR")
    assert gate.status.record()["counts"]["failure"] == 1
