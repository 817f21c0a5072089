from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.gates.origin import origin

from tidebreak.errors import CannotRead, UsageError
from tidebreak.gates.hooks.objects import Named, ObjectStore
from tidebreak.gates.table import Table
from tidebreak.spool import Spool, TooLarge


def store(endpoint: str, **more) -> ObjectStore:
    values = {"s3_endpoint": endpoint, "s3_buckets": ["uploads"], **more}
    made = ObjectStore.of(Table("hooks", values))
    assert made is not None
    return made


async def taken(made: ObjectStore, named: Named, folder: Path, most: int = 1000) -> bytes:
    with Spool(folder, most) as content:
        await made.take(named, content)
        with os.fdopen(content.open(), "rb") as file:
            return file.read()


@pytest.mark.anyio
async def test_an_object_is_read_as_it_is(tmp_path: Path):
    with origin() as served:
        # Bytes as they are stored, whatever they say that they are encoded in.
        served.pages["/uploads/a/b%20c%3F.jpg"] = (b"benign", {"Content-Encoding": "gzip"})
        served.pages["/uploads/a?versionId=v%2F1"] = (b"older", {})
        made = store(f"http://127.0.0.1:{served.port}/")
        assert await taken(made, Named("uploads", "a/b c?.jpg"), tmp_path) == b"benign"
        assert await taken(made, Named("uploads", "a", "v/1"), tmp_path) == b"older"
        with pytest.raises(TooLarge):
            await taken(made, Named("uploads", "a/b c?.jpg"), tmp_path, most=5)


@pytest.mark.anyio
@pytest.mark.parametrize(
    "named",
    [Named("private", "a"), Named("uploads", "../private/a"), Named("uploads", "a/../../private"),
     Named("uploads", "./a"), Named("uploads", ""), Named("", "a"), Named("uploads/x", "a")],
)  # fmt: skip
async def test_nothing_but_the_named_buckets_is_asked_for(tmp_path: Path, named: Named):
    made = store("http://127.0.0.1:1")
    with pytest.raises(CannotRead, match="no bucket that may be read"):
        await taken(made, named, tmp_path)


@pytest.mark.anyio
async def test_who_does_not_answer_or_refuses_is_a_reason(tmp_path: Path):
    with pytest.raises(CannotRead, match="no object store answers"):
        await taken(store("http://127.0.0.1:1"), Named("uploads", "a"), tmp_path)
    with origin() as served:
        made = store(f"http://127.0.0.1:{served.port}")
        served.redirects["/uploads/a"] = "/uploads/b"
        with pytest.raises(CannotRead, match="answered with 302"):
            await taken(made, Named("uploads", "a"), tmp_path)


@pytest.mark.anyio
async def test_with_a_key_requests_are_signed_and_the_key_is_not_sent(tmp_path: Path):
    key = tmp_path / "key"
    key.write_text("ACCESS\nthe-secret\n")
    key.chmod(0o600)
    with origin() as served:
        served.pages["/uploads/a"] = (b"benign", {})
        made = store(f"http://127.0.0.1:{served.port}", s3_key_file=str(key), s3_region="eu-west-1")
        assert await taken(made, Named("uploads", "a"), tmp_path) == b"benign"
        [sent] = served.heads
    assert sent["authorization"].startswith("AWS4-HMAC-SHA256 Credential=ACCESS/")
    assert "/eu-west-1/s3/aws4_request" in sent["authorization"]
    assert "the-secret" not in str(sent)


def test_settings_that_cannot_be_are_refused(tmp_path: Path):
    assert ObjectStore.of(Table("hooks", {})) is None
    for endpoint in ("ftp://h", "h:9000", "http://h/path", "http://"):
        with pytest.raises(UsageError, match="s3_endpoint"):
            store(endpoint)
    with pytest.raises(UsageError, match="s3_buckets"):
        store("http://h", s3_buckets=[])
    key = tmp_path / "key"
    key.write_text("one-word")
    key.chmod(0o600)
    with pytest.raises(UsageError, match="two lines"):
        store("http://h", s3_key_file=str(key))
