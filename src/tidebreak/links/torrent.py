"""Torrents of version 1, 2 and both (BEP 3, BEP 52): what each names, over the bytes as found.

The infohash is taken over the very bytes of ``info``: decoding and encoding again may change it.
Both halves of a hybrid torrent are read, for software takes either; where they disagree, that is
noted and both count. So it is with keys that occur twice: each reading counts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from tidebreak.errors import BadLink
from tidebreak.links import bencode, torrent_v1, torrent_v2
from tidebreak.links.bencode import Bencoded, Fault, Value
from tidebreak.links.equalities import distinct
from tidebreak.links.reference import Kind, NamedFile, Reference
from tidebreak.links.torrent_parts import Half, Info, is_info, name_of, text_of, v2_signals
from tidebreak.model import Signal
from tidebreak.signals import SIGNAL_TYPES

_BTIH = SIGNAL_TYPES["btih"]

_BOTH = "it is a torrent, and the info of another as peers pass it on"


def read(data: bytes, *, sources: bool = False) -> Reference:
    """Return what a ``.torrent`` file, or its bare ``info`` as peers pass it on, names.

    Raises `BadLink` when ``data`` is no torrent. What breaks rules but can be understood is read,
    with the reason why that may not be all.
    """
    top = bencode.parse(data, (b"info",))
    if not isinstance(top.value, dict):
        raise BadLink("This is no torrent: it holds no dictionary.")
    readings = list(_readings(data, top.spans[b"info"], top, top.value))
    both = bool(readings) and is_info(top.value)
    if is_info(top.value):
        spans = [] if top.broken else [(0, top.end)]
        readings += _readings(data, spans, top, {b"info": top.value})
    found = _joined([_reference(*each) for each in readings])
    if found is None:
        raise BadLink(
            "This is no torrent: it has no info"
            + (f", and reading ended early: {top.broken}." if top.broken else ".")
        )
    return replace(
        found,
        reason="; ".join(filter(None, (_reason(top, both=both), found.reason))),
        notes=(*found.notes, *(f for f in top.faults if f is not Fault.DUPLICATE)),
        sources=tuple(_sources(top.value)) if sources else (),
    )


def _reason(top: Bencoded, *, both: bool) -> str:
    twice = Fault.DUPLICATE if Fault.DUPLICATE in top.faults else ""
    return "; ".join(filter(None, (top.broken, twice, _BOTH if both else "")))


_Reading = tuple[bytes | None, Info, Mapping[bytes, Value]]
"""The bytes of info (None where it is cut off), what they say, and the piece layers."""


def _readings(
    data: bytes, spans: Sequence[tuple[int, int]], top: Bencoded, value: Info
) -> Iterator[_Reading]:
    """Yield every way to read ``info``: one, unless keys occur twice."""
    info, layers = value.get(b"info"), value.get(b"piece layers")
    layers = layers if isinstance(layers, dict) else {}
    if Fault.DUPLICATE not in top.faults or not spans:
        raw = data[slice(*spans[0])] if spans else None
        if isinstance(info, dict) and (raw is None or len(spans) == 1):
            yield raw, info, layers
        return
    for start, end in spans:
        raw = data[start:end]
        for last in (False, True):
            again = bencode.parse(raw, last=last).value
            if isinstance(again, dict):
                yield raw, again, layers


def _reference(raw: bytes | None, info: Info, layers: Mapping[bytes, Value]) -> Reference:
    """Return what one reading of ``info`` names."""
    has_v2 = b"file tree" in info or info.get(b"meta version") == 2
    has_v1 = not has_v2 or b"pieces" in info or b"files" in info
    signals: list[Signal] = []
    halves: list[Half] = []
    if has_v1:
        halves.append(torrent_v1.read(info))
        if raw is not None:
            signals.append(Signal(_BTIH, hashlib.sha1(raw, usedforsecurity=False).digest()))
    if has_v2:
        halves.append(torrent_v2.read(info, layers))
        if raw is not None:
            signals.extend(v2_signals(hashlib.sha256(raw).digest()))
    signals.extend(signal for half in halves for signal in half.signals)
    files, disagreement = _files(halves)
    return Reference(
        Kind.TORRENT,
        tuple(signals),
        files,
        name_of(info),
        (*disagreement, *(note for half in halves for note in half.notes)),
        "; ".join(dict.fromkeys(fault for half in halves for fault in half.faults)),
    )


def _files(halves: Sequence[Half]) -> tuple[tuple[NamedFile, ...], tuple[str, ...]]:
    """Return the files of all halves as one list where they agree, and a note where not."""
    if len(halves) == 1:
        return halves[0].files, ()
    one, two = halves
    if one.listing == two.listing:
        pairs = zip(one.files, two.files, strict=True)
        return tuple(_merged(first, second) for first, second in pairs), ()
    note = (
        f"its two halves disagree: {len(one.files):,} files by version 1,"
        f" {len(two.files):,} by version 2, not the same; both were read"
    )
    return one.files + two.files, (note,)


def _merged(one: NamedFile, two: NamedFile) -> NamedFile:
    """Return one file by what its version 1 and its version 2 description say of it."""
    signals = distinct(one.signals + two.signals)
    silent = "" if signals else one.silent
    return replace(two, signals=signals, hints=one.hints, alignment=one.alignment, silent=silent)


def _joined(found: Sequence[Reference]) -> Reference | None:
    """Return all readings as one, each signal and file once; None when there is none."""
    if len(found) < 2:
        return found[0] if found else None
    return Reference(
        Kind.TORRENT,
        distinct(signal for each in found for signal in each.signals),
        tuple(dict.fromkeys(file for each in found for file in each.files)),
        found[0].name,
        tuple(dict.fromkeys(note for each in found for note in each.notes)),
        "; ".join(dict.fromkeys(each.reason for each in found if each.reason)),
    )


_SOURCES = (b"announce", b"announce-list", b"nodes", b"url-list", b"httpseeds")


def _sources(value: Info) -> Iterator[str]:
    """Yield trackers, nodes and web seeds, whatever lists they are nested in."""
    waiting = [value[key] for key in reversed(_SOURCES) if key in value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, list):
            waiting.extend(reversed(item))
        elif isinstance(item, bytes):
            yield text_of(item)
