"""Columns of identifiers to values of exact signal types."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tidebreak.errors import BadLink, BadSignal
from tidebreak.hashing.arrays import Bytes, Ints
from tidebreak.links import read
from tidebreak.sightings.intake.mapping import LINK, ContentColumn
from tidebreak.sightings.text_kernels import match_words, parse_hex
from tidebreak.sightings.texts import Mask, Texts
from tidebreak.signals import EXACT_TYPES, SignalKind, SignalType, TextForm

_NAMES = [(name, kind) for kind in EXACT_TYPES for name in (kind.name, *kind.aliases)]


@dataclass(frozen=True, slots=True)
class Identified:
    """Values (N, L) uint8 of one type, and the rows (N,) that gave them."""

    type: SignalType
    rows: Ints
    values: Bytes


def identify(column: ContentColumn, columns: dict[str, Texts]) -> tuple[list[Identified], Mask]:
    """Return what ``column`` names, and the rows that give something which is not understood."""
    texts = columns[column.column]
    given = np.flatnonzero(texts.given)
    bad = np.zeros(len(texts), np.bool_)
    if column.type == LINK:
        return _linked(texts, given, bad), bad
    found: list[Identified] = []
    for kind, rows in _kinds(column, columns, given, bad):
        found += _typed(kind, texts, rows, bad)
    return found, bad


def _kinds(
    column: ContentColumn, columns: dict[str, Texts], given: Ints, bad: Mask
) -> list[tuple[SignalType, Ints]]:
    """Return which of the ``given`` rows are of which type."""
    kind = column.signal_type
    if kind is not None:
        return [(kind, given)]
    known = Texts.of([name.encode() for name, _ in _NAMES])
    places = match_words(columns[column.type_column].take(given), known)
    bad[given[places < 0]] = True
    return [(_NAMES[place][1], given[places == place]) for place in np.unique(places[places >= 0])]


def _typed(kind: SignalType, texts: Texts, rows: Ints, bad: Mask) -> list[Identified]:
    """Return the values of one type: hexadecimal at once, everything else one by one."""
    chosen = texts if len(rows) == len(texts) else texts.take(rows)
    found: list[Identified] = []
    left = np.ones(len(rows), np.bool_)
    if kind.form is not TextForm.CID:
        values, ok = parse_hex(chosen, kind.length)
        found.append(Identified(kind, rows[ok], values if ok.all() else values[ok]))
        left = ~ok
    if left.any():
        found += _one_by_one(rows[left], chosen.take(left), bad, _parser(kind))
    return found


Parser = Callable[[str], list[tuple[SignalType, bytes]]]


def _parser(kind: SignalType) -> Parser:
    return lambda text: [(kind, kind.parse(text))]


def _linked(texts: Texts, given: Ints, bad: Mask) -> list[Identified]:
    return _one_by_one(given, texts.take(given), bad, named_by)


def named_by(text: str) -> list[tuple[SignalType, bytes]]:
    """Return what a link names: a torrent as a whole, or the files one by one.

    Claims of a link's author about its files are left out. Raises `BadLink`.
    """
    reference = read(text)
    signals = [*reference.signals]
    for file in reference.files:
        signals += file.signals
    return [(s.type, s.value) for s in signals if s.type.kind is SignalKind.EXACT]


def _one_by_one(rows: Ints, texts: Texts, bad: Mask, parse: Parser) -> list[Identified]:
    """Parse each distinct text once; lengths of values may differ (CIDs do)."""
    known: dict[bytes, list[tuple[SignalType, bytes]]] = {}
    groups: dict[tuple[str, int], tuple[SignalType, list[int], list[bytes]]] = {}
    for row, item in zip(rows.tolist(), texts.to_list(), strict=True):
        if item not in known:
            try:
                known[item] = parse(item.decode())
            except (BadSignal, BadLink, UnicodeDecodeError):
                known[item] = []
        for kind, value in known[item]:
            _, at, values = groups.setdefault((kind.name, len(value)), (kind, [], []))
            at.append(row)
            values.append(value)
        bad[row] |= not known[item]
    return [
        Identified(
            kind, np.array(at), np.frombuffer(b"".join(values), np.uint8).reshape(len(at), -1)
        )
        for kind, at, values in groups.values()
    ]
