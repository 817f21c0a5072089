"""``fileinfo`` of gtk-gnutella: its downloads, with what is there of each, and what it seeds.

Records of lines of text with an empty line after each; a line is a word of four letters and its
value, as the file's own head lists them (gtk-gnutella, ``src/core/fileinfo.c``).
"""

from __future__ import annotations

from collections.abc import Iterator

from tidebreak.errors import BadLink, BadSignal
from tidebreak.links.equalities import with_equals
from tidebreak.links.reference import NamedFile
from tidebreak.links.stores.store import ClientStore, Held, collect, time_or_none
from tidebreak.links.torrent_parts import size_of
from tidebreak.model import Signal

_MARK = b"# Fileinfo database saved on "

_Record = dict[str, str]


def looks(head: bytes) -> bool:
    """Whether a file that begins with ``head`` is a ``fileinfo``."""
    return head.startswith(b"#") and _MARK in head[:200]


def read(data: bytes) -> ClientStore:
    """Return what a ``fileinfo`` says; raises `BadLink` when it is none."""
    if not looks(data):
        raise BadLink("This is no fileinfo of gtk-gnutella: it lacks the head; name another.")
    items, reason = collect(map(_held, _records(data)))
    if not data.endswith(b"\n\n"):
        reason = reason or "damaged: it is cut off in its last record"
    return ClientStore("gtk-gnutella", items=items, reason=reason)


def _records(data: bytes) -> Iterator[_Record]:
    record: _Record = {}
    for line in data.decode("utf-8", "replace").split("\n"):
        if not line:
            if record:
                yield record
            record = {}
        elif not line.startswith("#"):
            word, _, value = line.partition(" ")
            record.setdefault(word, value.strip())
    if record:
        yield record


def _held(record: _Record) -> Held:
    name, size = record.get("NAME", ""), size_of(_number(record, "SIZE"))
    if record.get("FSKN") == "0":
        size = None
    signals = with_equals(tuple(_signals(record)), size)
    silent = "" if signals else "it was fetched by its name alone: no hash of it was known"
    done = _number(record, "DONE")
    return Held(
        NamedFile(name, size, signals, silent=silent),
        share=min(1.0, done / size) if size and done is not None else None,
        path=f"{record['PATH']}/{name}" if "PATH" in record else "",
        first_seen=time_or_none(_number(record, "CTIM") or 0),
        last_seen=time_or_none(_number(record, "TIME") or 0),
    )


def _signals(record: _Record) -> Iterator[Signal]:
    """Yield what the record names its file by; the computed SHA-1 before the one asked for."""
    for kind, words in (("sha1", ("CHA1", "SHA1")), ("tth", ("TTH",))):
        for word in words:
            try:
                yield Signal.parse(kind, record.get(word, ""))
            except BadSignal:
                continue
            break


def _number(record: _Record, word: str) -> int | None:
    text = record.get(word, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else None
