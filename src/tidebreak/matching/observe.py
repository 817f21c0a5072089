"""From what a worker found to what may be kept: exact signals become seals."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tidebreak.hashing.seals import Sealer
from tidebreak.model import UNKNOWN_SIZE, Examination, Observation, Region, Signal
from tidebreak.signals import SIGNAL_TYPES, SignalKind

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
            regions=_regions(item),
            reason=item.reason,
            note=item.note,
            preproc=item.preproc,
            trivial=item.trivial,
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
        block = np.empty((len(members), len(types), 16), np.uint8)
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


def _regions(item: Examination) -> tuple[Region, ...]:
    near = [Region("full", s.value, s.quality) for s in item.signals if s.type.name == "pdq"]
    near += [
        Region(f"frame {frame.number}", frame.signal.value, frame.signal.quality)
        for frame in item.frames
    ]
    return tuple(near)
