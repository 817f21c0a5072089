"""What holds for all formats: choosing one, and never crashing."""

from __future__ import annotations

import contextlib
import hashlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidebreak.errors import BadList, UsageError
from tidebreak.lists.formats import choose, formats
from tidebreak.lists.source import Source

MD5 = hashlib.md5(b"a").hexdigest()
SEEDS = [
    f"{MD5}\n".encode(),
    f"pdq {'0' * 64}\nsha1:{'1' * 40}\n".encode(),
    f"{MD5}  name\nMD5 (b) = {MD5}\n".encode(),
    f'id,md5,note\r\n1,{MD5},"a\nb"\r\n'.encode(),
    json.dumps({"value": [{"MediaID": 1, "MD5": MD5, "AlternativeHashes": [{}]}]}).encode(),
    b"SQLite format 3\0" + bytes(100),
]


def test_formats_are_found_and_the_surest_come_first():
    names = [item.name for item in formats()]
    assert names == ["nsrl", "pack", "vics", "vpdq", "checksums", "nsrl-text", "csv", "lines"]


def test_a_format_may_be_named(file):
    path = file(MD5)
    assert choose(Source(path), "csv").name == "csv"
    source = Source(path)
    assert choose(source, "ed2k").name == "lines"
    assert source.type.name == "ed2k"
    with pytest.raises(UsageError, match="checksums"):
        choose(Source(path), "nonsense")


@pytest.mark.parametrize("content", [b"hello\n", b"\0\1\2", b"%PDF-1.7", b'{"a": 1}', b"\n\n"])
def test_what_no_format_knows_is_refused_with_the_list_of_them(file, content):
    with pytest.raises(BadList, match="csv:"):
        choose(Source(file(content)), None)


def test_an_empty_file_is_refused(file):
    with pytest.raises(BadList, match="empty"):
        choose(Source(file(b"")), None)


def check(path, item):
    """Every format ends in batches whose parts fit together, or in `BadList`."""
    with contextlib.suppress(BadList):
        for batch in item.read(Source(path)):
            for part in (batch.keys, batch.classifications, batch.schemes, batch.sizes):
                assert len(part) in (0, len(batch))
            assert len(batch.fields) in (0, len(batch))
            for column in batch.columns:
                assert len(column.rows) == len(column.values)
                assert column.type.length in (0, column.values.shape[1])
                assert not len(column.rows) or int(column.rows.max()) < len(batch)
                assert (column.rows[1:] >= column.rows[:-1]).all()
            for row in batch.bad:
                assert row.line >= 1
                assert row.reason


@settings(max_examples=150, deadline=None)
@given(content=st.binary(max_size=400), item=st.sampled_from(formats()))
def test_any_bytes_end_well(tmp_path_factory, content, item):
    path = tmp_path_factory.mktemp("any") / "list"
    path.write_bytes(content)
    check(path, item)


@settings(max_examples=300, deadline=None)
@given(
    seed=st.sampled_from(SEEDS),
    edits=st.lists(
        st.tuples(st.integers(0, 300), st.integers(0, 3), st.binary(max_size=4)), max_size=4
    ),
    item=st.sampled_from(formats()),
    mark=st.sampled_from([b"", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"]),
)
def test_mutated_lists_end_well(tmp_path_factory, seed, edits, item, mark):
    content = bytearray(mark + seed * 2)
    for place, removed, added in edits:
        content[place : place + removed] = added
    path = tmp_path_factory.mktemp("mutated") / "list"
    path.write_bytes(content)
    check(path, item)
    source = Source(path)
    for known in formats():
        known.detect(source)
