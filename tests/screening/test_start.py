from __future__ import annotations

import asyncio
import hashlib
import io
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from tests.screening.rig import Book, Rig, picture, run, sha256, spool

from tidebreak.errors import Busy, UsageError
from tidebreak.installation import Tidebreak
from tidebreak.model import Level, ListKind, State
from tidebreak.screening.lease import Lease
from tidebreak.screening.screener import Screener
from tidebreak.screening.start import Options, open_store, rematch, screener
from tidebreak.screens import Origin, Screened


def archive(*pictures: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        for number, data in enumerate(pictures):
            packed.writestr(f"{number}.jpg", data)
    return made.getvalue()


def smaller(data: bytes) -> bytes:
    made = io.BytesIO()
    with Image.open(io.BytesIO(data)) as image:
        image.resize((300, 225)).save(made, "jpeg", quality=70)
    return made.getvalue()


def know(opened: Tidebreak, folder: Path, name: str, *texts: str, format: str = "sha256") -> None:
    path = folder / f"{name}.txt"
    path.write_text("".join(f"{text}\n" for text in texts))
    opened.import_list(path, name=name, kind=ListKind.CONTRABAND, format=format)


async def put(made: Screener, folder: Path, data: bytes) -> Screened:
    with spool(folder, data) as content:
        return await made.screen(content, Origin(client="test"))


def test_uploads_are_screened_by_real_workers_and_matched_again(
    installation: Tidebreak, tmp_path: Path
):
    known, other = picture(1), picture(2)
    know(installation, tmp_path, "ours", hashlib.sha256(known).hexdigest())
    heard: list[tuple[Level, str]] = []

    async def screen() -> None:
        async with screener(installation, Book(), Options(workers=2)) as made:
            made.listeners.append(lambda s, earlier: heard.append((s.level, earlier)))
            uploads = (known, other, archive(known, other), known[:-9], b"words", b"")
            first, clear, packed, cut, words, empty = await asyncio.gather(
                *(put(made, tmp_path, data) for data in uploads)
            )
            assert made.state.ready
            assert made.state.sandbox == first.sandbox == made.posture.level
            assert (first.level, clear.level) == (Level.EXACT, Level.NONE)
            assert (packed.level, len(packed.parts)) == (Level.EXACT, 3)
            assert cut.state is State.NOT_FULLY_EXAMINED
            assert (words.state, empty.state) == (State.CLEAR, State.CLEAR)
            with spool(tmp_path, smaller(other)) as content:
                (hashed,) = await made.hash(content, full=True)
            near = hashed.signal("pdq")
            assert near is not None
            await asyncio.to_thread(know, installation, tmp_path, "looks", near.text, format="pdq")
            begun = time.monotonic()
            while (await put(made, tmp_path, other)).level is not Level.NEAR:
                assert time.monotonic() - begun < 2  # followed
            later = {packed.id, clear.id}
            while not later <= {earlier for _, earlier in heard}:
                assert time.monotonic() - begun < 10  # and matched again
                await asyncio.sleep(0.02)
            (verdict,) = made.records.later(clear.id)
            assert verdict.screened.level is Level.NEAR
            result = await made.rematch(["looks"])
            assert result.verdicts == 0

    run(screen())


def test_workers_that_are_not_locked_down_enough_are_refused(
    installation: Tidebreak, tmp_path: Path
):
    know(installation, tmp_path, "ours", sha256(1).text)
    installation.settings = replace(installation.settings, sandbox_minimum=9)

    async def begin() -> None:
        async with screener(installation, Book(), Options(workers=1)):
            pytest.fail("it started")

    with pytest.raises(UsageError, match="sandbox level"):
        run(begin())


def test_without_a_service_what_was_seen_can_be_matched_again(rig: Rig):
    rig.know("ours", "sha256", sha256(99).text)
    rig.rematch()
    id = rig.keep(rig.observed(sha256(1)))
    rig.know("news", "sha256", sha256(1).text)
    done: list[int] = []
    found = rematch(rig.opened, Book(), on_progress=lambda progress: done.append(progress.done))
    assert (found.verdicts, done) == (1, [1])
    assert len(rig.records.later(id)) == 1
    assert rematch(rig.opened, Book()).verdicts == 0
    sql = open_store(rig.opened)
    with Lease(sql, "rematch").held(), pytest.raises(Busy):
        rematch(rig.opened, Book())
    sql.close()
