"""From what a worker found to what may be kept: exact signals become seals."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tidebreak.hashing.seals import Sealer
from tidebreak.model import UNKNOWN_SIZE, Examination, Observation, Signal, View, ViewKind
from tidebreak.places import FIRST_ALIGNED, HASH, LAST_REGION, place_of
from tidebreak.signals import SEAL_SIZE, SIGNAL_TYPES, SignalKind

_DESCRIPTOR = SIGNAL_TYPES["descriptor"]
_ORDER = {name: place for place, name in enumerate(SIGNAL_TYPES)}


def observe(examinations: Sequence[Examination], sealer: Sealer) -> list[Observation]:
    """Return ``examinations`` with their exact signals sealed, in the same order."""
    sealed = _seal_all([item.signals for item in examinations], sealer)
    return [
        Observation(
            member=item.member,
            size=item.size,
            content=item.content,
            types=types,
            seals=seals,
            views=_views(item),
            reason=item.reason,
            note=item.note,
            preproc=item.preproc,
            trivial=item.trivial,
            sequence=item.sequence,
            duration_ms=item.duration_ms,
            features=item.features,
            descriptors=tuple(s.value for s in item.signals if s.type is _DESCRIPTOR),
        )
        for item, (types, seals) in zip(examinations, sealed, strict=True)
    ]


def observe_signals(signals: Sequence[Signal], sealer: Sealer) -> Observation:
    """Return an observation made of ``signals`` alone, as if one content had them all."""
    return observe([Examination("", UNKNOWN_SIZE, "", tuple(signals))], sealer)[0]


def _seal_all(
    rows: Sequence[Sequence[Signal]], sealer: Sealer
) -> list[tuple[tuple[str, ...], bytes]]:
    """Return (type names, seals) per row, sealing all rows with the same types at once."""
    exact = [[s for s in signals if s.type.kind is SignalKind.EXACT] for signals in rows]
    alike: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for row, signals in enumerate(exact):
        signals.sort(key=lambda signal: _ORDER[signal.type.name])
        alike[tuple(signal.type.name for signal in signals)].append(row)
    found: list[tuple[tuple[str, ...], bytes]] = [((), b"")] * len(rows)
    for types, members in alike.items():
        block = np.empty((len(members), len(types), SEAL_SIZE), np.uint8)
        for column in range(len(types)):
            block[:, column] = _seal_column([exact[row][column] for row in members], sealer)
        for row, seals in zip(members, block, strict=True):
            found[row] = types, seals.tobytes()
    return found


def _seal_column(signals: Sequence[Signal], sealer: Sealer) -> NDArray[np.uint8]:
    """Return the seals, (N, 16) uint8, of N signals of one type."""
    kind = signals[0].type
    values = b"".join([kind.comparable(signal.value) for signal in signals])
    return sealer.seal_many(kind, np.frombuffer(values, np.uint8).reshape(len(signals), -1))


def _views(item: Examination) -> tuple[View, ...]:
    return tuple(map(_view, item.near)) + item.views


def _view(signal: Signal) -> View:
    place = place_of(signal.value)
    aligned = FIRST_ALIGNED <= place <= LAST_REGION
    kind = ViewKind.ALIGNED if aligned else ViewKind.FULL
    return View(signal.value[-HASH:], signal.quality, kind, number=place if aligned else 0)
