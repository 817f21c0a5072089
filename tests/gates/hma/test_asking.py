from __future__ import annotations

import os
from pathlib import Path

import anyio
import pytest
from tests.gates.hma.conftest import CURATOR, ONE, Fetches, Site

from tidebreak.access.roles import Permission, Principal
from tidebreak.gates.hma.asking import Asking, fetched, hashes, hits, read
from tidebreak.gates.hma.hma_types import HMA_TYPES
from tidebreak.model import Examination, Signal
from tidebreak.spool import Spool
from tidebreak.web.requests import Refused

PDQ, MD5 = HMA_TYPES["pdq"], HMA_TYPES["md5"]


@pytest.fixture
def asking(site: Site) -> Asking:
    return Asking(site.hma, Principal("1", "one", frozenset(CURATOR)))


def test_what_may_not_be_done_is_refused_in_the_words_that_clients_know(asking: Asking):
    asking.asker = Principal("1", "one", frozenset({Permission.MATCH}))
    asking.need(Permission.MATCH)
    with pytest.raises(Refused, match="missing role: the key may not fetch, hash") as refused:
        asking.need(Permission.HASH, Permission.MATCH, Permission.FETCH)
    assert refused.value.status == 403


def test_types_by_content(asking: Asking):
    assert [kind.name for kind in asking.kinds("photo", None)] == ["pdq"]
    assert [kind.name for kind in asking.kinds("video", "sha1, video_sha256,sha1")] == [
        "sha1", "video_sha256",
    ]  # fmt: skip
    for content, types in (("text", None), ("photo", "video_md5"), ("photo", "")):
        with pytest.raises(Refused) as refused:
            asking.kinds(content, types)
        assert refused.value.status == 400


def test_a_type_that_is_off_is_an_error_and_no_empty_answer(site: Site, asking: Asking):
    site.send("PUT", "/c/signal_type/pdq", json={"enabled_ratio": 0})
    with pytest.raises(Refused, match="not enabled"):
        asking.kind("pdq")
    with pytest.raises(Refused, match="No signal types") as refused:
        asking.kinds("photo", None)
    assert refused.value.status == 501


def test_a_value_is_never_repeated(asking: Asking):
    with pytest.raises(Refused) as refused:
        read(asking, PDQ, "banana")
    assert "banana" not in str(refused.value)
    assert read(asking, PDQ, ONE.upper()).text == ONE
    assert asking.warnings == ["normalised"]


def test_hashes_of_what_was_examined(asking: Asking):
    pdq, md5 = Signal.parse("pdq", ONE, 20), Signal.parse("md5", "a" * 32)
    whole = Examination("", 5, "image/png", (pdq, md5), reason="truncated")
    assert hashes(asking, whole, [PDQ, MD5]) == {"pdq": "", "md5": "a" * 32}
    assert asking.warnings == ["could not be hashed: pdq: featureless",
                               "not fully examined: truncated"]  # fmt: skip
    broken = Examination("", 5, "image/png", (md5,), reason="not a picture")
    with pytest.raises(Refused, match="could not be hashed: not a picture"):
        hashes(asking, broken, [PDQ])
    assert hashes(asking, broken, [MD5]) == {"md5": "a" * 32}


def test_nothing_is_asked_for_nothing(site: Site, asking: Asking):
    assert site.portal.call(hits, asking, []) == []
    assert site.doors.charged == []


def test_a_page_that_is_fetched_lies_in_the_spool(asking: Asking, tmp_path: Path):
    fetches = Fetches()
    fetches.pages["http://p/1"] = ("image/png", b"content")
    asking.hma.fetcher = fetches

    async def do() -> bytes:
        with Spool(tmp_path, 100) as spool:
            assert await fetched(asking, "http://p/1", None, spool) == "photo"
            with os.fdopen(spool.open(), "rb") as file:
                return file.read()

    assert anyio.run(do) == b"content"
