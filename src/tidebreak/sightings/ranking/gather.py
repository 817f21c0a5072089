"""The first pass over the log: who holds what under every hypothesis, and how many hold it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tidebreak.sightings.ranking.days import Day, Doubts, days
from tidebreak.sightings.ranking.pair_kernels import Small
from tidebreak.sightings.ranking.pairs import DOUBTED, Evidence, Holdings, Spill
from tidebreak.sightings.ranking.reading import Question, Read, Span, read, side_by_side
from tidebreak.sightings.records import Hypothesis

DECOY_CHANCE = 1e-9
"""How unlikely it must be that nothing was received from an actor, for that to be a pattern."""


@dataclass(frozen=True, slots=True)
class Held:
    """Who holds what under one hypothesis.

    ``holdings`` are of the actors that may enter the ranking. ``sure`` and ``seen`` (files + 1,)
    count the holders of each file, by grade A or B and by any evidence at all: client ids, or
    addresses, so that an endpoint is no rival of itself on another day. ``decoys`` (n,) are the
    actors from whom nothing was received against all likelihood.
    """

    holdings: Holdings
    sure: Small
    seen: Small
    decoys: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Gathered:
    """What the first pass found: by hypothesis and by address, and how much there was."""

    held: dict[Hypothesis, Held]
    addresses: Held
    rows: int
    known_rows: int
    excluded_rows: int
    shared: int
    roaming: int


def gather(
    spans: Sequence[Span],
    paths: Sequence[Path],
    question: Question,
    doubts: Doubts,
    *,
    threads: int = 2,
    folder: Path | None = None,
) -> Gathered:
    """Read all ``spans`` out of ``paths`` and return who holds what.

    Pairs under way are kept in a file without a name in ``folder``.
    """
    endpoints: list[Holdings] = []
    tally = np.zeros(5, np.int64)

    def examined(span: Span) -> tuple[Read, list[Day]]:
        got = read(span, paths, question)
        return got, days(got.found, doubts)

    with closing(Spill(folder)) as clients, closing(Spill(folder)) as addresses:
        for got, found in side_by_side(examined, spans, threads):
            tally[:3] += (got.rows, len(got.found), got.excluded)
            for day in found:
                endpoints.append(day.endpoints)
                clients.add(day.clients)
                addresses.add(day.addresses)
                tally[3:] += (day.shared, day.roaming)
        files = question.known.count
        by_client = _settled(clients.holdings(), files)
        by_address = _settled(addresses.holdings(), files)
    of_day, decoys = without_decoys(Holdings.joined(endpoints))
    held = {
        Hypothesis.CLIENT: by_client,
        Hypothesis.ENDPOINT: Held(of_day, by_address.sure, by_address.seen, decoys),
    }
    return Gathered(held, by_address, *tally.tolist())


def _settled(parts: Iterable[Holdings], files: int) -> Held:
    """Return what all ``parts`` come to; who does not enter is counted as a holder and dropped."""
    entered = [part.only(part.count(Evidence.ENTERS) > 0) for part in parts]
    holdings, decoys = without_decoys(Holdings.joined(entered))
    sure, seen = (holdings.holders(bit, files) for bit in (Evidence.LOW, Evidence.ENTERS))
    return Held(holdings, sure, seen, decoys)


def without_decoys(holdings: Holdings) -> tuple[Holdings, NDArray[np.int64]]:
    """Take what ranks from actors of whom nothing is ever received; return them, too.

    Of all pairs that might have been received, a share p was. Whoever offered m of them, none of
    which was received, did so by chance with probability (1 - p)**m: below `DECOY_CHANCE` it is
    the pattern of a decoy (or of a machine that cannot be reached). Changes ``holdings``.
    """
    tested, received = holdings.count(Evidence.TESTED), holdings.count(Evidence.RECEIVED)
    share = float(received.sum(dtype=np.int64)) / max(1, int(tested.sum(dtype=np.int64)))
    if not 0 < share < 1:
        return holdings, np.empty(0, np.int64)
    enough = math.log(DECOY_CHANCE) / math.log1p(-share)
    decoys = np.flatnonzero((received == 0) & (tested > enough))
    holdings.clear(DOUBTED | Evidence.ENTERS, decoys)
    return holdings, decoys
