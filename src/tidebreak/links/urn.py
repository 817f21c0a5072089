"""Names in words: ``urn:`` forms, what magnets carry as ``xt``, and bare values of any length.

The forms are those of Gnutella, eDonkey, Direct Connect, Kazaa and BitTorrent software
(`docs/links.md` lists them). A bare value fits several types by its length; it is then read as all
of them, since a reading left out would be a miss.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from tidebreak.errors import BadLink, BadSignal
from tidebreak.links import values
from tidebreak.links.equalities import with_equals
from tidebreak.links.reference import Kind, NamedFile, Reference
from tidebreak.links.torrent_parts import v2_signals
from tidebreak.model import Signal
from tidebreak.signals import SIGNAL_TYPES, SignalKind, SignalType, find_signal_type

Named = tuple[Signal, ...]

_ANY_CASE = re.IGNORECASE | re.ASCII
_BITPRINT = re.compile(r"([a-z2-7]{32}|[0-9a-f]{40})\.([a-z2-7]{39}|[0-9a-f]{48})", _ANY_CASE)
_AT_END = re.compile(r"urn:[a-z0-9]+:[a-z0-9.:/]+\Z", _ANY_CASE)
_LONGEST = 256
"""Characters of the longest form; looking further back would take time for nothing."""

_INFOHASH_V2 = re.compile(r"(?:1220)?([0-9a-f]{64})", _ANY_CASE)


def _plain(name: str) -> Callable[[str], Named]:
    kind = SIGNAL_TYPES[name]
    parse = partial(values.parse, kind) if kind.length else kind.parse
    return lambda text: (Signal(kind, parse(text)),)


_SHA1, _TTH = _plain("sha1"), _plain("tth")


def _bitprint(text: str) -> Named:
    sha1, dot, tth = text.partition(".")
    if not dot:
        raise BadSignal("bitprint: expected a SHA-1 and a Tiger tree root with a dot between them")
    return _SHA1(sha1) + _TTH(tth)


def _infohash_v2(text: str) -> Named:
    found = _INFOHASH_V2.fullmatch(text)
    if found is None:
        raise BadSignal("btmh: expected 64 hexadecimal digits, 1220 before them or not")
    return v2_signals(bytes.fromhex(found[1]))


_FORMS: Mapping[str, Callable[[str], Named]] = {
    "btih": _plain("btih"),
    "btmh": _infohash_v2,
    "sha1": _plain("sha1"),
    "bitprint": _bitprint,
    "tree:tiger": _plain("tth"),
    "tree:tiger/": _plain("tth"),
    "tree:tiger/1024": _plain("tth"),
    "ttroot": _plain("tth"),
    "tth": _plain("tth"),
    "ed2k": _plain("ed2k"),
    "ed2khash": _plain("ed2k"),
    "md4": _plain("ed2k"),  # the same below 9,728,000 bytes; of no listed file above
    "aich": _plain("aich"),
    "md5": _plain("md5"),
    "sha256": _plain("sha256"),
    "sha-256": _plain("sha256"),
    "blake3": _plain("blake3"),
    "kzhash": _plain("kzhash"),
}
"""What stands before the value, after ``urn:``, and how the value is read."""

PUBLIC_KEY = "a public key (BEP 46) names whatever its owner publishes next"

# What has the form of an identifier and names no content that a list could hold.
_SILENT: Mapping[str, str] = {
    "crc32": "a CRC-32 names no content: many files share each",
    "btpk": PUBLIC_KEY,
    "tiger": "a plain Tiger digest is compared nowhere; its tree root (TTH) would be",
    "sha512": "SHA-512 is kept in lists but not compared",
}
_UNKNOWN = "an identifier of a kind that is not known here"


def name(text: str) -> Named | str:
    """Return the signals that an ``urn:`` form names, or why it names none.

    The ``urn:`` may be left out. Raises `BadSignal` for a value that is none of its form.
    """
    form, _, value = text.strip().rpartition(":")
    form = form.lower().removeprefix("urn:")
    parse = _FORMS.get(form) or _own_form(form)
    return parse(value) if parse is not None else _SILENT.get(form, _UNKNOWN)


def _own_form(form: str) -> Callable[[str], Named] | None:
    """Return how ``type:value`` is read, as results of this programme write exact signals."""
    kind = find_signal_type(form)
    return _plain(kind.name) if kind is not None and kind.kind is SignalKind.EXACT else None


def at_end(address: str) -> str:
    """Return the ``urn:`` that an address ends in, empty when there is none."""
    found = _AT_END.search(address[-_LONGEST:])
    return found[0] if found else ""


def read(text: str) -> Reference:
    """Return what an ``urn:`` form or a bare value names; raise `BadLink` when it is neither."""
    if ":" not in text:
        return _bare_value(text)
    try:
        found = name(text)
    except BadSignal as error:
        raise BadLink(f"This names nothing: {error}.") from None
    if not isinstance(found, str):
        return of_signals(Kind.URN, found)
    if found is _UNKNOWN:
        raise BadLink(NOT_A_LINK)
    return Reference(Kind.URN, reason=found)


def _bare_value(text: str) -> Reference:
    signals = bare(text)
    if not signals:
        raise BadLink(NOT_A_LINK)
    notes = AMBIGUOUS if len(signals) > 1 else ()
    return of_signals(Kind.URN, signals, notes=notes)


AMBIGUOUS = ("a bare value, read as every type that it fits",)
"""The note of what may be of several types."""

NOT_A_LINK = (
    "This is no link or identifier: taken are magnet:, ed2k:, urn: and ipfs: links, addresses"
    " with /ipfs/ or info_hash= in them, and bare hashes and CIDs."
)


def of_signals(
    kind: Kind, signals: Named, notes: tuple[str, ...] = (), reason: str = ""
) -> Reference:
    """Return a reference to one thing: what names torrents stands with the whole."""
    whole: list[Signal] = []
    own: list[Signal] = []
    for signal in signals:
        (whole if signal.type.torrent else own).append(signal)
    return Reference(kind, tuple(whole), (file_of(own),) if own else (), "", notes, reason)


def file_of(signals: Sequence[Signal], path: str = "", size: int | None = None) -> NamedFile:
    """Return one file by its signals; those that bind to nothing are its hints."""
    hints: list[Signal] = []
    own: list[Signal] = []
    for signal in signals:
        (hints if signal.type is _KZHASH else own).append(signal)
    return NamedFile(path, size, with_equals(own, size), tuple(hints))


_KZHASH = SIGNAL_TYPES["kzhash"]
_V2 = SIGNAL_TYPES["btmh"].length

# Length of a bare value to what it may be: hexadecimal first, base32 as some networks write it.
_HEX: Mapping[int, tuple[SignalType, ...]] = {
    digits: tuple(SIGNAL_TYPES[name] for name in names)
    for digits, names in {
        32: ("md5", "ed2k"),
        40: ("sha1", "btih", "aich", "kzhash"),
        48: ("tth",),
        64: ("sha256", "blake3", "btv2", "btmh"),
    }.items()
}
_BASE32: Mapping[int, tuple[SignalType, ...]] = {
    characters: tuple(SIGNAL_TYPES[name] for name in names)
    for characters, names in {32: ("sha1", "btih", "aich"), 39: ("tth",)}.items()
}
_IS_HEX = re.compile(r"[0-9a-f]+", _ANY_CASE)


def bare(text: str) -> Named:
    """Return every signal that a bare value may be: none, one or several."""
    found: list[Signal] = []
    kinds = _HEX.get(len(text))
    if kinds is not None and _IS_HEX.fullmatch(text):
        value = bytes.fromhex(text)
        found.extend([Signal(kind, value) for kind in kinds])
        if len(value) == _V2:
            found.append(v2_signals(value)[1])
    kinds = _BASE32.get(len(text))
    if kinds is not None:
        with contextlib.suppress(BadSignal):
            value = values.parse(kinds[0], text)
            found.extend([Signal(kind, value) for kind in kinds])
    if found:
        return tuple(found)
    if _INFOHASH_V2.fullmatch(text):
        return _infohash_v2(text)
    return _bitprint(text) if _BITPRINT.fullmatch(text) else ()
