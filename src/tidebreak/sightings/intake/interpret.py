"""Texts of a log to what can be stored: every row is understood, or refused with a reason.

A row without a content or without a time is no sighting; one whose address or port is no such
thing would accuse the wrong one, so it is refused as well. A word for an event, a network or a
grade that the mapping does not know is kept as the least that it may mean, and counted.
"""

from __future__ import annotations

import ipaddress
from collections import Counter
from collections.abc import Mapping as Dict
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from tidebreak.hashing.arrays import Bytes, Ints
from tidebreak.sightings.formats import Table
from tidebreak.sightings.intake.identify import Identified, identify
from tidebreak.sightings.intake.instants import now, read_instants
from tidebreak.sightings.intake.mapping import ClientForm, Mapping
from tidebreak.sightings.kept_logs.names import pack_address
from tidebreak.sightings.kept_logs.values import LONGEST
from tidebreak.sightings.records import Event, Grade, Network
from tidebreak.sightings.text_kernels import decode_hex, match_words, parse_ipv4, parse_numbers
from tidebreak.sightings.texts import Mask, Texts

_EARLIEST = 631_152_000
"""1990-01-01: no log of any of these networks is older."""
_SLACK = 86_400
_REMEMBERED = 1 << 20
"""IPv6 addresses whose bytes are remembered from one row to the next."""

_Small = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms a log is read: ``zone`` of local times, ``offset`` in seconds to add to all.

    ``ceiling`` is the best grade that a row may have; ``grade`` and ``network`` are those of rows
    that name none.
    """

    zone: ZoneInfo | None
    offset: int
    ceiling: Grade
    grade: Grade
    network: Network


@dataclass(frozen=True, slots=True)
class Understood:
    """The rows of a table that are sightings: ``kept`` (N,) bool; all else has N rows.

    ``contents`` are only of rows that are kept; a row may have several.
    """

    kept: Mask
    contents: tuple[Identified, ...]
    sizes: Ints
    times: Ints
    networks: _Small
    grades: _Small
    events: _Small
    clients: Texts
    addresses: Bytes
    ports: Ints
    rejects: Counter[str]
    noted: Counter[str]


class Interpreter:
    """Reads the tables of one log by its ``mapping``."""

    def __init__(self, mapping: Mapping, terms: Terms) -> None:
        self._mapping, self._terms = mapping, terms
        self._latest = now() + _SLACK
        self._addresses: dict[bytes, bytes] = {}

    def read(self, table: Table) -> Understood:
        """Return what ``table`` says; raises `UsageError` where it cannot be read at all."""
        columns = table.columns
        check = _Check(len(columns[self._mapping.time]), table.further)
        times = self._times(columns, check)
        contents = self._contents(columns, check)
        addresses = self._read_addresses(columns, check)
        ports = self._numbers(columns, self._mapping.port, 65_535, "a port that is none", check)
        sizes = self._numbers(columns, self._mapping.size, None, "a size that is none", check)
        clients = self._clients(columns, check)
        networks = self._networks(columns, check)
        events = self._events(columns, check)
        grades = self._grades(columns, check)
        kept = check.kept
        return Understood(
            kept,
            tuple(_of_kept(found, kept) for found in contents),
            np.where(self._given(columns, self._mapping.size, check), sizes, -1),
            times, networks, grades, events, clients, addresses, ports,
            +check.rejects, check.noted,
        )  # fmt: skip

    def _times(self, columns: dict[str, Texts], check: _Check) -> Ints:
        texts = columns[self._mapping.time]
        check.refuse(~texts.given, "no time")
        instants = read_instants(texts, self._mapping.time_format, self._terms.zone)
        check.refuse(instants.unread, "a time that is not understood")
        check.refuse(instants.skipped, "a local time that the clocks of this zone skipped")
        times = instants.seconds + self._terms.offset
        check.refuse(times < _EARLIEST, "a time before 1990")
        check.refuse(times > self._latest, "a time that is yet to come")
        check.note(instants.twice, "a local time that came twice: the first was taken")
        return times

    def _contents(self, columns: dict[str, Texts], check: _Check) -> list[Identified]:
        found: list[Identified] = []
        named = np.zeros(check.count, np.bool_)
        wrong = np.zeros(check.count, np.bool_)
        for column in self._mapping.contents:
            values, bad = identify(column, columns)
            found += values
            wrong |= bad
            for item in values:
                named[item.rows] = True
        check.refuse(wrong & ~named, "an identifier that is not understood")
        check.refuse(~named, "no content")
        check.note(wrong & named, "one of several identifiers that is not understood")
        return found

    def _read_addresses(self, columns: dict[str, Texts], check: _Check) -> Bytes:
        if not self._mapping.address:
            return np.zeros((check.count, 16), np.uint8)
        texts = columns[self._mapping.address]
        packed, ok = parse_ipv4(texts)
        others = np.flatnonzero(texts.given & ~ok)
        for row, text in zip(others.tolist(), texts.take(others).to_list(), strict=True):
            packed[row] = np.frombuffer(self._address(text), np.uint8)
        check.refuse(texts.given & (packed == 0).all(axis=1), "an address that is none")
        return packed

    def _address(self, text: bytes) -> bytes:
        if text not in self._addresses:
            if len(self._addresses) >= _REMEMBERED:
                self._addresses.clear()
            try:
                self._addresses[text] = pack_address(text.decode())
            except (ValueError, ipaddress.AddressValueError):
                self._addresses[text] = bytes(16)
        return self._addresses[text]

    def _numbers(
        self, columns: dict[str, Texts], name: str, most: int | None, reason: str, check: _Check
    ) -> Ints:
        if not name:
            return np.zeros(check.count, np.int64)
        values = parse_numbers(columns[name])
        wrong = values < 0 if most is None else (values < 0) | (values > most)
        check.refuse(wrong & columns[name].given, reason)
        return np.where(wrong, 0, values)

    def _given(self, columns: dict[str, Texts], name: str, check: _Check) -> Mask:
        return columns[name].given if name else np.zeros(check.count, np.bool_)

    def _clients(self, columns: dict[str, Texts], check: _Check) -> Texts:
        if not self._mapping.client:
            return Texts.same(b"", check.count)
        texts = columns[self._mapping.client]
        if self._mapping.client_form is ClientForm.HEX:
            texts, ok = decode_hex(texts)
            check.refuse(~ok, "a client id that is not hexadecimal")
        elif self._mapping.client_form is ClientForm.PERCENT:
            texts = Texts.of([unquote_to_bytes(text) for text in texts.to_list()])
        check.refuse(texts.lengths > LONGEST, "a client id that is too long")
        return texts

    def _networks(self, columns: dict[str, Texts], check: _Check) -> _Small:
        default = self._mapping.constant_network
        default = self._terms.network if default is None else default
        found, unknown = _meanings(columns, self._mapping.network, self._mapping.networks)
        check.note(unknown, "a network that the mapping does not know")
        given = np.where(found < 0, np.uint8(default), found)
        return np.where(unknown, Network.OTHER, given).astype(np.uint8)

    def _events(self, columns: dict[str, Texts], check: _Check) -> _Small:
        found, unknown = _meanings(columns, self._mapping.event, self._mapping.events)
        check.note(unknown, "an event that the mapping does not know")
        given = np.where(found < 0, self._mapping.constant_event, found)
        return np.where(unknown, Event.OTHER, given).astype(np.uint8)

    def _grades(self, columns: dict[str, Texts], check: _Check) -> _Small:
        """The worse of what the row says and the best that the log can prove."""
        found, unknown = _meanings(columns, self._mapping.grade, self._mapping.grades)
        check.note(unknown, "a grade that the mapping does not know: taken for C")
        default = self._mapping.constant_grade or self._terms.grade
        given = np.where(unknown, Grade.C, np.where(found < 0, default, found))
        return np.maximum(given, self._terms.ceiling).astype(np.uint8)


class _Check:
    """Which rows are still good, and how many are not, by the first reason."""

    def __init__(self, count: int, further: Mask | None) -> None:
        self.count = count
        self.kept = np.ones(count, np.bool_)
        self.rejects: Counter[str] = Counter()
        self._further = further
        self._notes: list[tuple[Mask, str]] = []
        self._lost: Counter[str] = Counter()
        if further is not None:
            self.note(further, "a second sighting by the same row")

    def refuse(self, wrong: Mask, reason: str) -> None:
        wrong = wrong & self.kept
        if not wrong.any():
            return
        self.kept &= ~wrong
        if self._further is None:
            self.rejects[reason] += int(wrong.sum())
            return
        self.rejects[reason] += int((wrong & ~self._further).sum())
        self._lost[f"a second sighting by the same row, refused: {reason}"] += int(
            (wrong & self._further).sum()
        )

    def note(self, where: Mask, reason: str) -> None:
        if where.any():
            self._notes.append((where, reason))

    @property
    def noted(self) -> Counter[str]:
        """How many rows that are kept have a reservation."""
        counts = Counter({reason: int((where & self.kept).sum()) for where, reason in self._notes})
        return +(counts + self._lost)


def _meanings(columns: dict[str, Texts], name: str, words: Dict[str, int]) -> tuple[Ints, Mask]:
    """Return what each word means, -1 where none is given, and which words are unknown."""
    if not name:
        count = len(next(iter(columns.values())))
        return np.full(count, -1, np.int64), np.zeros(count, np.bool_)
    texts = columns[name]
    places = match_words(texts, Texts.of([word.encode() for word in words]))
    table = np.array([*words.values(), -1], np.int64)
    return table[places], texts.given & (places < 0)


def _of_kept(found: Identified, kept: Mask) -> Identified:
    good = kept[found.rows]
    if good.all():
        return found
    return Identified(found.type, found.rows[good], found.values[good])
