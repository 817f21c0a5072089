"""Later verdicts: what newer lists say of what was screened before, decided and written down."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from tidebreak.lists.counting import Listing
from tidebreak.matching.states import state_of
from tidebreak.model import State, Verdict
from tidebreak.policy.case import Case, unexamined
from tidebreak.screening.blocks import Kept
from tidebreak.screening.deciding import Listener, PolicyNow, now
from tidebreak.screening.ids import new_id
from tidebreak.screening.parts import level_of_whole, state_of_whole
from tidebreak.screening.records import Records
from tidebreak.screening.rows import SOFTENED, Record, Row, row_of, waits
from tidebreak.screening.writer import Writer, Written
from tidebreak.screens import Part, Screened


@dataclass(frozen=True, slots=True)
class Finding:
    """An observation of which something new is known: all that is, and the ``pairs`` that are new.

    Pairs are those of `tidebreak.screening.rows.pairs_of`.
    """

    kept: Kept
    verdict: Verdict
    pairs: set[bytes]

    @property
    def silent(self) -> bool:
        """Whether nothing is said of it: an allow list takes back what is new, for now."""
        return self.pairs <= {SOFTENED}


@dataclass(frozen=True, slots=True)
class LaterWritten:
    """How many verdicts were written, and ``withheld`` because their surface is off."""

    verdicts: int
    withheld: int


class Later:
    """Writes later verdicts: one for each screening of which anything new is known."""

    def __init__(self, records: Records, writer: Writer, policy: PolicyNow, tell: Listener) -> None:
        self._records, self._writer, self._policy, self._tell = records, writer, policy, tell

    def write(
        self,
        findings: Sequence[Finding],
        listing: Listing,
        *,
        blocks: Sequence[int] = (),
        loose: Sequence[int] = (),
    ) -> LaterWritten:
        """Write all verdicts, and that ``blocks`` and ``loose`` rows are done, or nothing.

        What was screened on a surface that is off by now gets none. Raises `NotKept`.
        """
        by_screening: dict[str, list[Finding]] = defaultdict(list)
        for finding in findings:
            by_screening[finding.kept.screening].append(finding)
        made: list[tuple[Screened, str]] = []
        rows: list[Row] = []
        told: list[Row] = []
        withheld = 0
        for id, own in by_screening.items():
            record = self._records.get(id)
            if record is None:
                continue  # forgotten meanwhile
            if not self._policy.surface_enabled(record.screened.origin):
                withheld += 1
                continue
            news = [one for one in own if not one.silent]
            if news:
                screened, row = self._concluded(record, news, listing)
                made.append((screened, id))
                rows.append(row)
            told += [(id, one.kept.part, pair) for one in own for pair in sorted(one.pairs)]
        self._writer.keep_now(
            Written(tuple(rows), tuple(told), (), tuple(blocks), tuple(loose), listing.changes)
        )
        for screened, id in made:
            self._tell(screened, id)
        return LaterWritten(len(made), withheld)

    def _concluded(
        self, first: Record, findings: Sequence[Finding], listing: Listing
    ) -> tuple[Screened, Row]:
        """Return the verdict on everything known of a screening, old and new, and its row."""
        last = next(iter(reversed(self._records.later(first.screened.id))), first)
        parts = dict(zip(last.places, last.screened.parts, strict=True))
        for finding in findings:
            parts[finding.kept.part] = _part(finding, parts.get(finding.kept.part))
        stated = tuple(parts[place] for place in sorted(parts))
        id, origin = new_id(), first.screened.origin
        state = state_of_whole(stated)
        # What could not be examined is no clearer for that, nor where it is not stated.
        left = first.screened.unexamined - sum(map(unexamined, stated))
        unstated = (State.NOT_FULLY_EXAMINED,) if left > 0 else ()
        case = Case(stated, state, origin, retroactive=True, id=id, unstated=unstated)
        decision = self._policy.decide(case)
        screened = Screened(
            id, now(), origin, state, level_of_whole(stated), decision, stated, listing.version,
            unexamined=first.screened.unexamined,
        )  # fmt: skip
        row = row_of(screened, sorted(parts), earlier=first.screened.id, waits=waits(decision))
        return screened, row


def _part(finding: Finding, before: Part | None) -> Part:
    item, verdict = finding.kept.item, finding.verdict
    reason = before.reason if before else ""
    note = before.note if before else ""
    state = state_of(reason, verdict)
    return Part(item.member, item.size, item.content, state, verdict, (), reason, note)
