"""From what a worker found to what may be kept: exact signals become seals."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from tidebreak.hashing.seals import Sealer
from tidebreak.model import Examination, Observation, Region, Signal
from tidebreak.signals import SIGNAL_TYPES, SignalKind


def observe(examinations: Sequence[Examination], sealer: Sealer) -> list[Observation]:
    """Return ``examinations`` with their exact signals sealed, in the same order."""
    seals = _seal_all([item.signals for item in examinations], sealer)
    return [
        Observation(
            member=item.member,
            size=item.size,
            content=item.content,
            seals=tuple(seals[row]),
            regions=_regions(item),
            reason=item.reason,
            note=item.note,
            preproc=item.preproc,
            trivial=item.trivial,
        )
        for row, item in enumerate(examinations)
    ]


def observe_signals(signals: Sequence[Signal], sealer: Sealer) -> Observation:
    """Return an observation made of ``signals`` alone, as if one content had them all."""
    return observe([Examination("", 0, "", tuple(signals))], sealer)[0]


def _seal_all(
    rows: Sequence[Sequence[Signal]], sealer: Sealer
) -> dict[int, list[tuple[str, bytes]]]:
    """Seal by type in batches, which is several times cheaper than one by one."""
    batches: dict[str, list[tuple[int, bytes]]] = defaultdict(list)
    for row, signals in enumerate(rows):
        for signal in signals:
            if signal.type.kind is SignalKind.EXACT:
                batches[signal.type.name].append((row, signal.type.comparable(signal.value)))
    found: dict[int, list[tuple[str, bytes]]] = defaultdict(list)
    for name in SIGNAL_TYPES:  # their order is the order of every observation's seals
        batch = batches.get(name)
        if batch:
            values = np.frombuffer(b"".join(value for _, value in batch), np.uint8)
            sealed = sealer.seal_many(SIGNAL_TYPES[name], values.reshape(len(batch), -1)).tobytes()
            for at, (row, _) in enumerate(batch):
                found[row].append((name, sealed[16 * at : 16 * at + 16]))
    return found


def _regions(item: Examination) -> tuple[Region, ...]:
    near = [Region("full", s.value, s.quality) for s in item.signals if s.type.name == "pdq"]
    near += [
        Region(f"frame {frame.number}", frame.signal.value, frame.signal.quality)
        for frame in item.frames
    ]
    return tuple(near)
