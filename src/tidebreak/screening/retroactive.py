"""Retroactive matching: what was seen before is compared with what has come to count since.

No media is read again. A pass goes through the blocks group by group; what a group comes to is
written in one transaction with the mark that it has been compared. So a pass that is killed goes
on where it stopped, and nothing is said twice.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tidebreak.index import Snapshot
from tidebreak.lists.catalogue import Catalogue
from tidebreak.lists.counting import Compared, Listing, came_to_count, compared, listing
from tidebreak.matching.matcher import Judgement, Matcher, verdict_of
from tidebreak.matching.near import SearchLimits
from tidebreak.model import Depth, Level, Match, Verdict
from tidebreak.screening.blocks import Block, Kept, Loose
from tidebreak.screening.candidates import Sieve
from tidebreak.screening.deciding import changes_of
from tidebreak.screening.listings import Listings
from tidebreak.screening.observed import loose
from tidebreak.screening.rows import SOFTENED, pairs_of
from tidebreak.screening.verdicts import Finding, Later
from tidebreak.sql import Sql
from tidebreak.store.database import Database

GROUP = 512
"""Blocks that are compared, and written down, together: two million observations."""

_JUDGED_TOGETHER = 1000
_LOOSE_TOGETHER = 4096
_ROUGH = "its hash was made by the fast path, and it is not here to be decoded in full"


@dataclass(frozen=True, slots=True)
class RematchProgress:
    """How far a pass is, in observations."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class RematchResult:
    """What a pass came to.

    ``observations`` were compared with ``signals`` of entries that have come to count;
    ``verdicts`` are new; ``withheld`` are those about what came from a surface that is off by now.
    """

    observations: int
    signals: int
    verdicts: int
    seconds: float
    version: str
    withheld: int = 0


@dataclass(frozen=True, slots=True)
class Lists:
    """The lists, on connections that nothing else uses."""

    database: Database
    catalogue: Catalogue
    matcher: Callable[[], Matcher]
    """Makes one over all of the lists as they are."""
    depth: Depth


@dataclass(slots=True)
class _Pass:
    """One pass under way. ``now`` is what counts, ``among_new`` judges by what is new alone.

    ``softened`` are parts of screenings of which more may be said now, with nothing new.
    """

    now: Listing
    new: Compared
    sieve: Sieve
    among_new: Matcher
    among_all: Matcher
    softened: frozenset[tuple[str, int]]
    done: int = 0
    verdicts: int = 0
    withheld: int = 0


class Rematch:
    """Compares what is in the store of screenings with the lists.

    ``later`` writes new verdicts down and tells of them.
    """

    def __init__(self, sql: Sql, lists: Lists, later: Later) -> None:
        self._sql, self._lists, self._later = sql, lists, later
        self._listings = Listings(sql)

    @property
    def outstanding(self) -> bool:
        """Whether anything was last compared with lists other than those of now."""
        return self._listings.stale(changes_of(self._lists.catalogue.label)) > 0

    def run(
        self,
        names: Collection[str] = (),
        on_progress: Callable[[RematchProgress], None] = lambda _: None,
    ) -> RematchResult:
        """Compare everything with what it was not compared with yet.

        With ``names`` everything is compared with the whole of those lists. Raises the errors of
        the stores, `UsageError` for a list that there is not, and `NotKept`.
        """
        started = time.monotonic()
        for name in names:
            self._lists.catalogue.get(name)
        now = listing(self._lists.database)
        before = None if names else self._listings.before(now)
        new = compared(self._lists.database, came_to_count(self._lists.database, before, names))
        changed = not names and (before is None or before.softened != now.softened)
        softened = self._softened() if changed else frozenset[tuple[str, int]]()
        done = verdicts = withheld = 0
        if len(new) or softened:
            going = self._pass(now, new, softened)
            total = self._listings.observations(now, every=bool(names))
            for group in self._groups(now, every=bool(names)):
                self._compare(going, group, marks=not names)
                on_progress(RematchProgress(going.done, total))
            done, verdicts, withheld = going.done, going.verdicts, going.withheld
        elif not names:
            self._listings.settle(before, now)
        if not names:
            self._listings.reached(now)
        seconds = time.monotonic() - started
        return RematchResult(done, len(new), verdicts, seconds, now.version, withheld)

    def _softened(self) -> frozenset[tuple[str, int]]:
        rows = self._sql.rows("SELECT screening_id, part FROM told WHERE pair = ?", (SOFTENED,))
        return frozenset((id, part) for id, part in rows)

    def _pass(self, now: Listing, new: Compared, softened: frozenset[tuple[str, int]]) -> _Pass:
        alone = Snapshot(Path(), 0, ()).with_delta(
            new.near, new.near_entries, new.near_places, new.seals, new.seal_entries
        )
        depth = self._lists.depth
        among_new = Matcher(alone, self._lists.catalogue, leads=False, depth=depth)
        reach = SearchLimits.of(new.lists, among_new.depth, leads=False)
        sieve = Sieve(new, reach)
        return _Pass(now, new, sieve, among_new, self._lists.matcher(), softened)

    def _groups(self, now: Listing, *, every: bool) -> Iterator[Sequence[Block | _LooseRows]]:
        last = 0
        while blocks := self._listings.blocks(now, after=last, most=GROUP, every=every):
            last = blocks[-1].id
            yield blocks
        first = 0
        while rows := loose(
            self._sql,
            after=first,
            other_than=None if every else now.changes,
            most=_LOOSE_TOGETHER,
        ):
            first = rows[-1][0]
            yield [_LooseRows(rows)]

    def _compare(self, going: _Pass, group: Sequence[Block | _LooseRows], *, marks: bool) -> None:
        found = going.sieve.find(group)
        for place, block in enumerate(group) if going.softened else ():
            rows = [row for row, part in enumerate(block.parts()) if part in going.softened]
            found[place] = found.get(place, set()).union(rows)
        kept = [
            one
            for place in sorted(found)
            if found[place]
            for one in group[place].kept(sorted(found[place]))
        ]
        findings = list(self._findings(going, kept))
        blocks = tuple(one.id for one in group if isinstance(one, Block)) if marks else ()
        rows = tuple(n for one in group if isinstance(one, _LooseRows) for n in one.numbers)
        written = self._later.write(findings, going.now, blocks=blocks, loose=rows if marks else ())
        going.verdicts += written.verdicts
        going.withheld += written.withheld
        going.done += sum(one.number for one in group)

    def _findings(self, going: _Pass, kept: Sequence[Kept]) -> Iterator[Finding]:
        for start in range(0, len(kept), _JUDGED_TOGETHER):
            chunk = kept[start : start + _JUDGED_TOGETHER]
            told = self._told(chunk)
            fresh: list[tuple[Kept, set[bytes]]] = []
            for one, judged in zip(chunk, _judged(going.among_new, chunk), strict=True):
                part = (one.screening, one.part)
                pairs = pairs_of(judged, told[part]) - {SOFTENED}
                if pairs or part in going.softened:
                    fresh.append((one, pairs))
            whole = _judged(going.among_all, [one for one, _ in fresh])
            for (one, pairs), verdict in zip(fresh, whole, strict=True):
                news = pairs_of(verdict, told[one.screening, one.part])
                # What an allow list takes back is told when that counts no more.
                pairs = news | pairs if verdict.level.found else news
                if pairs:
                    yield Finding(one, verdict, pairs)

    def _told(self, kept: Sequence[Kept]) -> dict[tuple[str, int], set[bytes]]:
        """Return what has been said before of each part of the screenings of ``kept``."""
        told: dict[tuple[str, int], set[bytes]] = defaultdict(set)
        ids = sorted({one.screening for one in kept})
        for start in range(0, len(ids), 500):
            some = ids[start : start + 500]
            for id, part, pair in self._sql.rows(
                "SELECT screening_id, part, pair FROM told"
                f" WHERE screening_id IN ({', '.join('?' * len(some))})",
                some,
            ):
                told[id, part].add(bytes(pair))
        return told


class _LooseRows(Loose):
    """Observations in no block, with their numbers in the store."""

    def __init__(self, rows: Sequence[tuple[int, Kept]]) -> None:
        super().__init__([kept for _, kept in rows])
        self.numbers = [number for number, _ in rows]


def _judged(matcher: Matcher, kept: Sequence[Kept]) -> list[Verdict]:
    """Return what the lists say of observations that cannot be looked at again."""
    # Without the name of the fast path, the matcher does not ask for a full decode.
    judged = matcher.judge([replace(one.item, preproc="") for one in kept])
    return [_verdict(one, judgement) for one, judgement in zip(kept, judged, strict=True)]


def _verdict(one: Kept, judgement: Judgement) -> Verdict:
    verdict = judgement.verdict
    if one.item.exact_path:
        return verdict
    matches = [_in_doubt(match) for match in verdict.matches]
    return replace(verdict_of(matches), omitted=verdict.omitted)


def _in_doubt(match: Match) -> Match:
    if match.level is not Level.NEAR or match.signal != "pdq":
        return match
    reason = f"{match.reason}; {_ROUGH}, so a person decides"
    return replace(match, level=Level.POSSIBLE, reason=reason)
