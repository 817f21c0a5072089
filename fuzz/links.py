"""Fuzzing of everything that reads links, torrents and Metalink files (needs atheris).

Run ``python fuzz/links.py -max_total_time=60 -max_len=4096``; any option of libFuzzer and a folder
for the corpus may follow. Whatever the input, it must be read or refused with `BadLink`, in time.
What was read must hold together: signals of the right length, questions that a file could answer,
and never neither signals nor a word on why there are none.
"""

from __future__ import annotations

import sys
from contextlib import suppress

import atheris

with atheris.instrument_imports(include=["tidebreak.links"]):
    from tidebreak import links
    from tidebreak.errors import BadLink
    from tidebreak.links.reference import Reference

SEEDS = (
    b"magnet:?xt=urn:btih:F7KODRT2FUUPZ3MET3Q3W5XHHENZH2YS&dn=a&xl=5&so=0-2&xs=/ipfs/x",
    b"ed2k://|file|a|5|1bee69a46ba811185c194762abaeae90|h=F7KODRT2FUUPZ3MET3Q3W5XHHENZH2YS|/",
    b"urn:bitprint:F7KODRT2FUUPZ3MET3Q3W5XHHENZH2YS.WLM2MITXFTCQXEOYO3M4EL5APES353NQLI66ORY",
    b"https://x/ipfs/bafkreigxvd53gb6xqckgtsu2xsyaqlsprvlfdzdnhtnxmlic2c7tpspfsi/a",
    b"/announce?info_hash=%12345678901234567890",
    b"HTTP/1.1 200 OK\r\nRepr-Digest: sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:\r\n",
    b"d8:announce1:x4:infod5:filesld4:attr1:p6:lengthi5e4:pathl1:aeee12:piece lengthi16384e"
    b"6:pieces20:aaaaaaaaaaaaaaaaaaaaee",
    b"d4:infod9:file treed1:ad0:d6:lengthi5e11:pieces root32:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaeee"
    b"12:meta versioni2e12:piece lengthi16384eee",
    b"<metalink xmlns='urn:ietf:params:xml:ns:metalink'><file name='a'><size>5</size>"
    b"<hash type='md5'>5d41402abc4b2a76b9719d911017c592</hash></file></metalink>",
)


def check(found: Reference) -> None:
    """Fail when what was read does not hold together."""
    signals = [*found.signals, *(s for file in found.files for s in file.signals + file.hints)]
    assert all(s.type.length in (0, len(s.value)) for s in signals)
    assert signals or found.files or found.reason or found.notes
    "".join((found.name, found.reason, *found.notes, *found.sources)).encode()
    for file in found.files:
        (file.path + file.silent).encode()
        question = file.alignment
        assert file.signals or file.hints or file.silent or question
        if question is not None:
            assert question.size == file.size
            assert 0 <= question.skip < question.size
            assert len(question.sha1) == 20


def one(data: bytes) -> None:
    """Read one input as a file and as a text."""
    with suppress(BadLink):
        check(links.read_file(data, sources=True))
    with suppress(BadLink):
        check(links.read(data.decode("utf-8", "surrogateescape"), sources=True))


def main() -> None:
    """Try the seeds, then whatever libFuzzer makes of them."""
    for seed in SEEDS:
        one(seed)
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
