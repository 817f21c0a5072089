"""Who spreads most, out of what was seen: a work queue, not a finding.

::

    known contents      `known`           the lists as they are now
    first pass          `gather`          who holds what, day by day, under each hypothesis
    order               `coverage_curve`  worth, and what would be gone without the first k
    second pass         `details`         every sighting of the actors at the top
    measures            `measures`        ranges, with what speaks against each

Two passes over the rows, side by side on ``threads`` processors; memory depends on who holds what,
not on how often it was said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tidebreak.errors import UsageError
from tidebreak.index import Snapshot
from tidebreak.lists.catalogue import Catalogue
from tidebreak.sightings.kept_logs.store import Sightings
from tidebreak.sightings.ranking.actor_keys import keys_of
from tidebreak.sightings.ranking.coverage_curve import Order, order
from tidebreak.sightings.ranking.days import Doubts
from tidebreak.sightings.ranking.details import details
from tidebreak.sightings.ranking.exclusions import excluded, version
from tidebreak.sightings.ranking.gather import Gathered, Held, gather
from tidebreak.sightings.ranking.geography import by_place, with_hosting
from tidebreak.sightings.ranking.known import Known, known_among
from tidebreak.sightings.ranking.measures import Ranked, measure
from tidebreak.sightings.ranking.pairs import MOST_FILES, Evidence
from tidebreak.sightings.ranking.reading import Question, Span, spans
from tidebreak.sightings.records import KNOWN_SEEN, Grade, Hypothesis, Range, Ranking, Source

_CURVE_SHARE = 100
"""The curve goes on for at least one in so many actors."""

_MOST = 50_000
"""Actors that can be described in one ranking."""

_LARGE, _SMALL = 100, 10
"""Contents from which on a collection is large, and below which it is small (Wolak et al. 2014)."""


@dataclass(frozen=True, slots=True)
class Options:
    """What to rank and how.

    ``top`` actors are described under each hypothesis. ``since`` and ``until`` are seconds since
    1970 UTC (since <= time < until), ``sources`` numbers of sources, None for all. ``weak`` lets
    identifiers count fully for which collisions can be made (ed2k, MD5). ``mmdb`` are databases
    of countries or networks that the user supplies.
    """

    top: int = 200
    since: int | None = None
    until: int | None = None
    sources: tuple[int, ...] | None = None
    weak: bool = False
    doubts: Doubts = field(default_factory=Doubts)
    mmdb: tuple[Path, ...] = ()
    threads: int = 2

    def said(self) -> Mapping[str, object]:
        """Return what the ranking says of them: all that changes the result."""
        found = {k: v for k, v in asdict(self).items() if k not in ("threads", "mmdb", "doubts")}
        names = {"shared_after": self.doubts.shared, "roaming_after": self.doubts.roaming}
        return found | names | {"mmdb": [path.name for path in self.mmdb]}


@dataclass(frozen=True, slots=True)
class Job:
    """A log and a question, ready to be read: what `rank` and `show` have in common."""

    sightings: Sightings
    sources: tuple[Source, ...]
    paths: tuple[Path, ...]
    spans: tuple[Span, ...]
    question: Question

    @classmethod
    def of(
        cls, sightings: Sightings, snapshot: Snapshot, catalogue: Catalogue, options: Options
    ) -> Job:
        """Return the job: matches the contents with the lists as they are now."""
        _check(sightings, options)
        only = options.sources
        sources = tuple(s for s in sightings.sources() if only is None or s.number in only)
        out = excluded(sightings)
        question = Question(
            known_among(sightings.contents(), snapshot, catalogue),
            {source.number: source.grade_ceiling is Grade.A for source in sources},
            out.clients,
            out.addresses,
            options.since or 0,
            options.until if options.until is not None else 1 << 32,
            options.weak,
        )
        if question.known.count > MOST_FILES:
            raise UsageError(
                f"At most {MOST_FILES} known files can be ranked; choose some sources."
            )
        paths = tuple(sightings.paths([source.number for source in sources]))
        chosen = (s for s in spans(sources) if s.first < question.until and s.last > question.since)
        return cls(sightings, sources, paths, tuple(chosen), question)

    @property
    def known(self) -> Known:
        """The known contents."""
        return self.question.known


def rank(
    sightings: Sightings,
    snapshot: Snapshot,
    catalogue: Catalogue,
    *,
    list_version: str,
    options: Options | None = None,
) -> Ranking:
    """Return the ranking of everybody in ``sightings`` by known contents; raises `UsageError`.

    ``list_version`` is what the ranking says of the lists that it was made with.
    """
    options = options or Options()
    exclusions = version(sightings)
    job = Job.of(sightings, snapshot, catalogue, options)
    gathered = gather(
        job.spans, job.paths, job.question, options.doubts,
        threads=options.threads, folder=sightings.home,
    )  # fmt: skip
    orders = {
        hypothesis: order(held, max(options.top, len(held.holdings) // _CURVE_SHARE))
        for hypothesis, held in gathered.held.items()
    }
    ranked = {
        hypothesis: _ranked(sightings, hypothesis, held, orders[hypothesis], options.top)
        for hypothesis, held in gathered.held.items()
    }
    keys = {h: item.held.holdings.keys[item.places] for h, item in ranked.items()}
    facts = details(job.spans, job.paths, job.question, keys, threads=options.threads)
    return Ranking(
        {
            h: with_hosting(
                measure(item, facts[h], job.known, options.doubts),
                facts[h],
                sightings,
                options.mmdb,
            )
            for h, item in ranked.items()
        },
        {h: found.curve(h) for h, found in orders.items()},
        _totals(gathered, job.known) | by_place(sightings, gathered.addresses, options.mmdb),
        _excluded(gathered),
        job.sources,
        list_version,
        datetime.now(UTC).isoformat(timespec="seconds"),
        options.said(),
        exclusions,
    )


def best(held: Held, found: Order, top: int) -> NDArray[np.int64]:
    """Return the first ``top`` actors: by worth, then by all that lets them enter, then by key."""
    entering = held.holdings.count(Evidence.ENTERS).astype(np.int64)
    return np.lexsort((-entering, -found.worth))[:top]


def _ranked(
    sightings: Sightings, hypothesis: Hypothesis, held: Held, found: Order, top: int
) -> Ranked:
    places = best(held, found, top)
    keys = keys_of(sightings, hypothesis, held.holdings.keys[places])
    return Ranked(hypothesis, held, found, places, keys)


def _totals(gathered: Gathered, known: Known) -> dict[str, Range]:
    client = gathered.held[Hypothesis.CLIENT]
    contents = Range(int((client.sure > 0).sum()), known.count)
    totals = {
        "sightings": _exactly(gathered.rows),
        "sightings of known contents": _exactly(gathered.known_rows),
        KNOWN_SEEN: contents,
        "known contents with a single holder (client ids)": Range(
            int((client.seen == 1).sum()), int((client.sure == 1).sum())
        ),
    }
    for hypothesis, held in gathered.held.items():
        low, high = held.holdings.count(Evidence.LOW), held.holdings.sizes
        name = f"actors by {hypothesis}"
        totals |= {
            name: Range(int((low > 0).sum()), len(low)),
            f"{name} with {_LARGE} contents or more": _counts(low >= _LARGE, high >= _LARGE),
            f"{name} with fewer than {_SMALL} contents": _counts(
                high < _SMALL, (low < _SMALL) & (low > 0)
            ),
        }
    return totals


def _exactly(count: int) -> Range:
    return Range(count, count)


def _counts(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> Range:
    low, high = sorted((int(one.sum()), int(other.sum())))
    return Range(low, high)


def _excluded(gathered: Gathered) -> Mapping[str, int]:
    """What was left out of the ranking, or out of its low ends."""
    decoys = {
        f"decoy patterns by {hypothesis}": len(held.decoys)
        for hypothesis, held in gathered.held.items()
    }
    return {
        "sightings of excluded machines": gathered.excluded_rows,
        "shared endpoints (days)": gathered.shared,
        "roaming client ids (days)": gathered.roaming,
        **decoys,
    }


def _check(sightings: Sightings, options: Options) -> None:
    numbers = [source.number for source in sightings.sources()]
    if not numbers:
        raise UsageError("There are no sightings yet; import a log: tidebreak sightings import")
    unknown: Sequence[int] = sorted(set(options.sources or ()) - set(numbers))
    if unknown:
        raise UsageError(f"There is no source {unknown[0]}; there are: {numbers}.")
    if not 1 <= options.top <= _MOST:
        raise UsageError(f"From 1 to {_MOST} actors can be ranked; ask for so many.")
