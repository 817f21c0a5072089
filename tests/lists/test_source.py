from __future__ import annotations

import hashlib

import pytest

from tidebreak.errors import BadList
from tidebreak.lists.source import Source

TEXT = "eins\r\nzwei\rdrei\nvier ü 🌊"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("big", [False, True])
def test_every_encoding_reads_as_the_same_bytes_and_text(file, encoding, big):
    text = TEXT * (200_000 if big else 1)
    content = text.encode(encoding)
    if encoding == "utf-16" and big:
        content = "\ufeff".encode("utf-16-be") + text.encode("utf-16-be")
    source = Source(file(content))
    for _ in range(2):  # reading again begins again
        with source.open_bytes() as opened:
            assert b"".join(iter(lambda: opened.read(1 << 16), b"")) == text.encode()
        with source.open_text() as opened:
            assert opened.read() == text
    assert source.text_head() == text[: len(source.text_head())]
    assert source.sha256 == hashlib.sha256(content).hexdigest()


def test_bytes_that_are_not_utf_8_survive(file):
    with Source(file(b"caf\xe9")).open_text() as opened:
        assert opened.read().encode("utf-8", "surrogateescape") == b"caf\xe9"


@pytest.mark.parametrize("how", ["open_bytes", "open_text"])
@pytest.mark.parametrize("change", [b"", b"longer than before", b"same"])
def test_a_file_that_changes_is_refused(file, how, change):
    path = file(b"text")
    source = Source(path)

    def read():
        with getattr(source, how)() as opened:
            path.write_bytes(change)
            opened.read()

    with pytest.raises(BadList, match="changed"):
        read()
