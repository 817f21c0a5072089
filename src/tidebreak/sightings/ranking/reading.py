"""Sightings of known contents out of the store, some days at a time, each with its evidence."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, fields
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from tidebreak.sightings.kept_logs.rows import read_rows
from tidebreak.sightings.ranking.known import Known
from tidebreak.sightings.ranking.pairs import DOUBTED, Evidence
from tidebreak.sightings.records import Event, Grade, Source

Given = TypeVar("Given")
Made = TypeVar("Made")

DAY = 86_400

ROWS_AT_ONCE = 1 << 23
"""Rows that are read for one stretch of days, about: this bounds the memory."""

_READ = ("time", "content", "client", "address", "port", "network", "grade", "event")

_TAKEN = ("time", "client", "address", "port", "network", "grade")

_NO_OFFER = (Event.REQUESTED, Event.STOPPED)


@dataclass(frozen=True, slots=True)
class Seen:
    """Sightings of known contents, column by column, (n,) each; ``evidence`` is `Evidence`."""

    time: NDArray[np.uint32]
    file: NDArray[np.uint32]
    client: NDArray[np.uint32]
    address: NDArray[np.uint32]
    port: NDArray[np.uint16]
    network: NDArray[np.uint8]
    grade: NDArray[np.uint8]
    evidence: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.time)

    def take(self, which: NDArray[Any]) -> Seen:
        """Return the rows ``which``, by number or by mask."""
        return Seen(*(getattr(self, field.name)[which] for field in fields(self)))

    @classmethod
    def none(cls) -> Seen:
        """Return no sightings."""
        wide, byte = np.empty(0, np.uint32), np.empty(0, np.uint8)
        return cls(wide, wide, wide, wide, np.empty(0, np.uint16), byte, byte, byte)

    @classmethod
    def joined(cls, parts: Sequence[Seen]) -> Seen:
        """Return all rows of ``parts``."""
        return cls(
            *(
                np.concatenate([getattr(part, field.name) for part in parts])
                for field in fields(cls)
            )
        )


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of the rows: known contents, whose logs, when, and who is left out.

    ``receives`` says of each source by number whether its holder receives data at all. Of the
    masks, by code, an excluded client or address is True; they may be shorter than the codes go.
    ``weak`` lets identifiers for which collisions can be made count like all others.
    """

    known: Known
    receives: Mapping[int, bool]
    clients: NDArray[np.bool_]
    addresses: NDArray[np.bool_]
    since: int = 0
    until: int = 1 << 32
    weak: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """Whole days, from ``first`` to before ``last`` in seconds since 1970 UTC."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Read:
    """The sightings of known contents in a span; how many were read, and how many left out."""

    found: Seen
    rows: int
    excluded: int


def spans(sources: Sequence[Source], rows_at_once: int = ROWS_AT_ONCE) -> list[Span]:
    """Return stretches of whole days that together hold every row of ``sources``.

    Each has about ``rows_at_once`` rows, or is one day; sources are taken to be even in time.
    """
    filled = [source for source in sources if source.kept]
    if not filled:
        return []
    first = min(source.first for source in filled) // DAY
    per_day = np.zeros(max(source.last for source in filled) // DAY + 1 - first)
    for source in filled:
        days = slice(source.first // DAY - first, source.last // DAY - first + 1)
        per_day[days] += source.kept / (days.stop - days.start)
    cuts, held = [first], 0.0
    for day, rows in enumerate(per_day.tolist()):
        if held and held + rows > rows_at_once:
            cuts.append(first + day)
            held = 0.0
        held += rows
    return [Span(a * DAY, b * DAY) for a, b in pairwise((*cuts, first + len(per_day)))]


def read(span: Span, paths: Sequence[Path], question: Question) -> Read:
    """Return the sightings of known contents in ``span`` out of the files at ``paths``."""
    first, last = max(span.first, question.since), min(span.last, question.until)
    parts, rows, excluded = [Seen.none()], 0, 0
    for path in paths:
        receives = question.receives.get(int(path.parent.name), False)
        for columns in read_rows([path], _READ, first, last):
            found, left_out = _known(columns, question, receives)
            parts.append(found)
            rows += len(columns["time"])
            excluded += left_out
    return Read(Seen.joined(parts), rows, excluded)


def _known(columns: dict[str, NDArray[Any]], asked: Question, receives: bool) -> tuple[Seen, int]:
    file = asked.known.files[columns["content"]]
    chosen = np.flatnonzero(file)
    out = _marked(asked.clients, columns["client"][chosen])
    out |= _marked(asked.addresses, columns["address"][chosen])
    kept = chosen[~out]
    evidence = _TABLE[int(receives)][columns["grade"][kept], columns["event"][kept] & 7]
    if not asked.weak:
        weak = ~asked.known.strong[columns["content"][kept]]
        evidence[weak] &= np.uint8(~DOUBTED & 0xFF)
    taken = {name: columns[name][kept] for name in _TAKEN}
    return Seen(**taken, file=file[kept], evidence=evidence), int(out.sum())


def _marked(mask: NDArray[np.bool_], codes: NDArray[np.uint32]) -> NDArray[np.bool_]:
    if not mask.any():
        return np.zeros(len(codes), np.bool_)
    inside = codes < len(mask)
    inside[inside] = mask[codes[inside]]
    return inside


def _evidence(grade: int, event: int, receives: int) -> int:
    """What a sighting says.

    Hearsay lets nobody in, nor does a request or a goodbye, which offers nothing. An announce
    lets its actor in, but does not say that it has anything yet.
    """
    if grade not in (Grade.A, Grade.B) or event in _NO_OFFER:
        return Evidence.OWN
    found = Evidence.OWN | Evidence.ENTERS
    if grade == Grade.A:
        return found | Evidence.LOW | Evidence.RECEIVED | Evidence.TESTED
    if event == Event.ANNOUNCED:
        return found
    return found | Evidence.LOW | (Evidence.TESTED if receives else 0)


_TABLE = np.array(
    [[[_evidence(g, e, r) for e in range(8)] for g in range(4)] for r in range(2)], np.uint8
)
"""By whether a log's holder receives data, by grade, by event."""


def side_by_side(
    act: Callable[[Given], Made], given: Iterable[Given], threads: int
) -> Iterator[Made]:
    """Yield ``act`` of each of ``given`` in order, ``threads`` at a time and never far ahead."""
    with ThreadPoolExecutor(threads) as pool:
        waiting: deque[Future[Made]] = deque()
        for item in given:
            waiting.append(pool.submit(act, item))
            if len(waiting) > threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
