"""Texts of one signal type to values, a column at a time; what is irregular goes one by one."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from tidebreak.errors import BadSignal
from tidebreak.lists.batch import Column
from tidebreak.places import is_region, places_of
from tidebreak.signals import SIGNAL_TYPES, SignalType, signal_type

# Hexadecimal digits to the types that a bare value of that length may be, likeliest first.
_HEX_LENGTHS: Mapping[int, tuple[str, ...]] = {
    32: ("md5",),
    40: ("sha1",),
    64: ("sha256", "pdq", "blake3", "btv2"),
    128: ("sha512",),
    288: ("photodna",),
}
_SHORTEST_CID = 49  # version 1 in base58
_OTHER_LENGTHS: Mapping[int, str] = {39: "tth", 46: "cid-v0", 192: "photodna"}


def decode(kind: SignalType, texts: Sequence[str]) -> tuple[list[Column], dict[int, str]]:
    """Return the signals that ``texts`` write and, by row, why a text writes none.

    An empty text is no signal and nothing bad. A region must have a code that there is.
    """
    column = _regular(kind, texts)
    if column is not None:
        return _with_known_codes(column)
    values: dict[int, list[tuple[int, bytes]]] = {}
    bad: dict[int, str] = {}
    for row, text in enumerate(texts):
        text = text.strip()
        if not text:
            continue
        try:
            value = kind.parse(text)
        except BadSignal as error:
            bad[row] = str(error)
        else:
            values.setdefault(len(value), []).append((row, value))
    columns = [_with_known_codes(_column(kind, found)) for found in values.values()]
    for _, unknown in columns:
        bad |= unknown
    return [column for found, _ in columns for column in found], bad


def decode_hex_block(block: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
    """Return the bytes (n, w / 2) of hexadecimal text (n, w), None when anything is not a digit."""
    count, width = block.shape
    try:
        decoded = bytes.fromhex(block.tobytes().decode("ascii"))
    except ValueError:
        return None
    # fromhex() skips white space: then the result is too short.
    if len(decoded) * 2 != count * width:
        return None
    return np.frombuffer(decoded, np.uint8).reshape(count, width // 2)


def types_of_bare(text: str) -> tuple[SignalType, ...]:
    """Return the types that a bare value may be: none, one, or several that its length fits."""
    length = len(text)
    if length in _HEX_LENGTHS and _is_hex(text):
        return tuple(signal_type(name) for name in _HEX_LENGTHS[length])
    if length in _OTHER_LENGTHS:
        return (SIGNAL_TYPES[_OTHER_LENGTHS[length]],)
    if length >= _SHORTEST_CID and text[:1] in "bBfFz" and text.isalnum():
        return (SIGNAL_TYPES["cid-v1"],)
    return ()


def _with_known_codes(column: Column) -> tuple[list[Column], dict[int, str]]:
    """Return ``column`` without regions of codes that no table has, and those by row."""
    if column.type.name != "pdq-region":
        return [column], {}
    known = np.array([is_region(int(code)) for code in places_of(column.values)], np.bool_)
    bad = dict.fromkeys(column.rows[~known].tolist(), "pdq-region: a code that no region has")
    return [column.take(known)], bad


def _regular(kind: SignalType, texts: Sequence[str]) -> Column | None:
    """The fast way: every text is empty or exactly as long as the type's hexadecimal."""
    if not kind.length or not texts:
        return None
    width = 2 * kind.length
    lengths = set(map(len, texts))
    if not lengths <= {0, width}:
        return None
    joined = "".join(texts)
    try:
        decoded = bytes.fromhex(joined)
    except ValueError:
        return None
    if len(decoded) * 2 != len(joined):
        return None
    if 0 in lengths:
        given = np.fromiter(map(bool, texts), np.bool_, len(texts))
        rows = np.flatnonzero(given).astype(np.uint32)
    else:
        rows = np.arange(len(texts), dtype=np.uint32)
    return Column(kind, rows, np.frombuffer(decoded, np.uint8).reshape(-1, kind.length))


def _column(kind: SignalType, found: list[tuple[int, bytes]]) -> Column:
    rows = np.fromiter((row for row, _ in found), np.uint32, len(found))
    joined = b"".join(itertools.chain.from_iterable((value,) for _, value in found))
    return Column(kind, rows, np.frombuffer(joined, np.uint8).reshape(len(found), -1))


def _is_hex(text: str) -> bool:
    return all(character in "0123456789abcdefABCDEF" for character in text)
