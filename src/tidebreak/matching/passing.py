"""Which of many look-ups find anything at all: most do not, and cost no more than is done here.

Exactly what a full judgement would look for is looked for, as far or farther; only those rows
need one in which anything is found.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from tidebreak.hashing.seals import Sealer
from tidebreak.index import Snapshot
from tidebreak.matching.near import SearchLimits
from tidebreak.model import Signal, SignalKind
from tidebreak.places import HASH
from tidebreak.signals import SignalType

_Asked = tuple[list[int], list[bytes]]
"""Rows, and a value for each."""


def may_match(
    snapshot: Snapshot, reach: SearchLimits, items: Sequence[Sequence[Signal]], sealer: Sealer
) -> list[int]:
    """Return the rows of ``items`` that may match something, ascending.

    All signals of an item name one content. What is neither exact nor near always may.
    """
    near: _Asked = ([], [])
    exact: dict[SignalType, _Asked] = defaultdict(lambda: ([], []))
    found: set[int] = set()
    for row, signals in enumerate(items):
        for signal in signals:
            kind = signal.type.kind
            if kind is SignalKind.NEAR:
                near[0].append(row)
                near[1].append(signal.value[-HASH:])
            elif kind is SignalKind.EXACT:
                rows, values = exact[signal.type]
                rows.append(row)
                values.append(signal.type.comparable(signal.value))
            else:
                found.add(row)
    found |= _near(snapshot, max(reach.full, reach.views), *near)
    for kind, (rows, values) in exact.items():
        found |= _exact(snapshot, kind, sealer, rows, values)
    return sorted(found)


def _near(snapshot: Snapshot, radius: int, rows: list[int], values: list[bytes]) -> set[int]:
    if not rows:
        return set()
    hashes = np.frombuffer(b"".join(values), np.uint8).reshape(-1, HASH)
    return {rows[query] for query in snapshot.search_near(hashes, radius)[0].tolist()}


def _exact(
    snapshot: Snapshot, kind: SignalType, sealer: Sealer, rows: list[int], values: list[bytes]
) -> set[int]:
    table = np.frombuffer(b"".join(values), np.uint8).reshape(len(values), -1)
    queries, _ = snapshot.find_exact(sealer.seal_many(kind, table))
    return {rows[query] for query in queries.tolist()}
