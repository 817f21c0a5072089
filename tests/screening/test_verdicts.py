from __future__ import annotations

from tests.screening.rig import Rig, sha256

from tidebreak.lists.counting import listing
from tidebreak.model import Level, ListKind, Match, State, Verdict
from tidebreak.screening.blocks import Kept
from tidebreak.screening.observed import loose
from tidebreak.screening.rows import SOFTENED, pairs_of
from tidebreak.screening.verdicts import Finding, Later, LaterWritten


def finding(kept: Kept, entry: str = "#1") -> Finding:
    match = Match("l", "", ListKind.CONTRABAND, entry, "", "", Level.EXACT, "sha256", 0)
    verdict = Verdict(Level.EXACT, (match,))
    return Finding(kept, verdict, pairs_of(verdict))


def later(rig: Rig) -> Later:
    return Later(rig.records, rig.writer, rig.policy, rig.tell)


def test_a_verdict_is_written_with_the_mark_that_it_is_done_and_then_told(rig: Rig):
    id = rig.keep(rig.observed(sha256(1)), lists=0)
    now = listing(rig.opened.database)
    ((number, kept),) = loose(rig.sql)
    assert later(rig).write([finding(kept)], now, loose=[number]) == LaterWritten(1, 0)
    ((screened, earlier),) = rig.heard
    assert earlier == id
    assert screened.version == now.version
    assert (screened.level, screened.state, screened.sandbox) == (Level.EXACT, State.MATCHED, 0)
    assert screened.parts[0].size == kept.item.size
    assert rig.sql.rows("SELECT screening_id, part FROM told") == [(id, 0)]
    assert loose(rig.sql)[0][1].lists == now.changes
    record = rig.records.get(screened.id)
    assert record is not None
    assert record.waits


def test_a_screening_that_was_forgotten_gets_none(rig: Rig):
    rig.keep(rig.observed(sha256(1)))
    ((_, kept),) = loose(rig.sql)
    with rig.sql.writing():
        rig.sql.change("DELETE FROM screening")
    assert later(rig).write([finding(kept)], listing(rig.opened.database)) == LaterWritten(0, 0)
    assert rig.heard == []


def test_several_parts_of_one_screening_make_one_verdict(rig: Rig):
    id = rig.keep(rig.observed(sha256(1)), rig.observed(sha256(2)), rig.observed(sha256(3)))
    found = [finding(kept) for _, kept in loose(rig.sql)]
    assert later(rig).write(found[:2], listing(rig.opened.database)) == LaterWritten(1, 0)
    assert later(rig).write(found[2:], listing(rig.opened.database)) == LaterWritten(1, 0)
    first, second = (screened for screened, _ in rig.heard)
    assert [part.state for part in first.parts] == [State.MATCHED, State.MATCHED, State.CLEAR]
    assert [part.state for part in second.parts] == [State.MATCHED] * 3
    assert [record.screened.id for record in rig.records.later(id)] == [first.id, second.id]


def test_a_surface_that_is_off_by_now_gets_no_later_verdict(rig: Rig):
    id = rig.keep(rig.observed(sha256(1)), lists=0)
    record = rig.records.get(id)
    assert record is not None
    rig.policy.off.append(record.screened.origin)
    ((number, kept),) = loose(rig.sql)
    now = listing(rig.opened.database)
    assert later(rig).write([finding(kept)], now, loose=[number]) == LaterWritten(0, 1)
    assert (rig.heard, rig.records.later(id)) == ([], [])
    assert rig.sql.rows("SELECT * FROM told") == []
    rig.policy.off.clear()  # and allowed again: a pass over the whole list tells it then
    assert later(rig).write([finding(kept)], now) == LaterWritten(1, 0)


def test_what_an_allow_list_takes_back_is_noted_and_not_said(rig: Rig):
    id = rig.keep(rig.observed(sha256(1)))
    ((_, kept),) = loose(rig.sql)
    found = Finding(kept, Verdict(Level.ALLOWED), {SOFTENED})
    assert later(rig).write([found], listing(rig.opened.database)) == LaterWritten(0, 0)
    assert (rig.heard, rig.records.later(id)) == ([], [])
    assert rig.sql.rows("SELECT screening_id, part, pair FROM told") == [(id, 0, SOFTENED)]


def test_parts_that_could_not_be_examined_count_though_they_are_not_stated(rig: Rig):
    id = rig.keep(rig.observed(sha256(1)))
    with rig.sql.writing():
        rig.sql.change("UPDATE screening SET unexamined = 3 WHERE id = ?", (id,))
    ((_, kept),) = loose(rig.sql)
    later(rig).write([finding(kept)], listing(rig.opened.database))
    assert rig.cases[-1].unstated == (State.NOT_FULLY_EXAMINED,)
    assert rig.heard[0][0].unexamined == 3
