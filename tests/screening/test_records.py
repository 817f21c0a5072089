from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from tests.backends import BOTH
from tests.screening.rig import Rig, run, sha256

from tidebreak.errors import UsageError
from tidebreak.model import Level, State
from tidebreak.screening.records import Filter, Outcome
from tidebreak.screens import Action, Origin, Surface


@pytest.fixture
def screened(rig: Rig) -> list[str]:
    """Five screenings: number 1 is known; the last comes from a host."""
    rig.know("ours", "sha256", sha256(1).text)
    found = [
        run(rig.screener.screen_signals([[sha256(n)]], Origin(client="a", item=f"thing {n}")))
        for n in range(4)
    ]
    found.append(
        run(rig.screener.screen_signals([[sha256(9)]], Origin(Surface.HOSTING, client="b")))
    )
    return [one.id for (one,) in found]


def test_a_screening_is_found_as_it_was_told(rig: Rig, screened: list[str]):
    record = rig.records.get(screened[1])
    assert record is not None
    told = record.screened
    assert (told.id, told.level, told.state) == (screened[1], Level.EXACT, State.MATCHED)
    assert told.origin == Origin(client="a", item="thing 1")
    assert told.parts[0].verdict.matches[0].list == "ours"
    assert record.waits
    assert rig.records.get("0" * 26) is None


@pytest.mark.parametrize("backend", BOTH)
def test_pages_go_from_the_newest_to_the_oldest_without_gaps(rig: Rig, screened: list[str]):
    pages: list[str] = []
    after = ""
    while page := rig.records.page(after=after, limit=2):
        pages += [record.screened.id for record in page]
        after = pages[-1]
    assert pages == screened[::-1]
    with pytest.raises(UsageError, match="no id"):
        rig.records.page(after="' OR 1")


FILTERS = (
    (Filter(client="b"), [4]),
    (Filter(surface=Surface.PUBLIC, waits=False), [3, 2, 0]),
    (Filter(level=Level.EXACT), [1]),
    (Filter(found=True), [1]),
    (Filter(state=State.CLEAR, client="a"), [3, 2, 0]),
    (Filter(action=Action.ALLOW), [4, 3, 2, 0]),
    (Filter(waits=True), [1]),
    (Filter(retroactive=True), []),
    (Filter(retroactive=False, found=True, client="a"), [1]),
    (Filter(), [4, 3, 2, 1, 0]),
)


@pytest.mark.parametrize("backend", BOTH)
def test_filters_choose(rig: Rig, screened: list[str]):
    for chosen, expected in FILTERS:
        found = [record.screened.id for record in rig.records.page(chosen)]
        assert found == [screened[number] for number in expected], chosen


def test_moments_choose(rig: Rig, screened: list[str]):
    now = datetime.now(UTC)
    hour = timedelta(hours=1)
    assert len(rig.records.page(Filter(since=now - hour, until=now + hour))) == 5
    assert rig.records.page(Filter(since=now + hour)) == []
    assert rig.records.page(Filter(until=now - hour)) == []
    assert [r.screened.id for r in rig.records.since(now - hour)] == screened


@pytest.mark.parametrize("backend", BOTH)
def test_a_review_is_kept_beside_others_and_audited(rig: Rig, screened: list[str]):
    assert rig.records.backlog() == 1
    rig.records.review(screened[1], "ann", Outcome.UNCLEAR, "ask a colleague")
    assert rig.records.backlog() == 1
    record = rig.records.review(screened[1], "bob", Outcome.CONFIRMED)
    assert [(r.reviewer, r.outcome, r.note) for r in record.reviews] == [
        ("ann", "unclear", "ask a colleague"), ("bob", "confirmed", ""),
    ]  # fmt: skip
    assert not record.waits
    assert rig.records.backlog() == 0
    assert [r.screened.id for r in rig.records.reviewed(datetime(2020, 1, 1, tzinfo=UTC))] == [
        screened[1]
    ]
    events = [e for e in rig.opened.audit.events() if e.action == "screening.review"]
    assert [(e.actor, e.object) for e in events] == [("ann", screened[1]), ("bob", screened[1])]


@pytest.mark.parametrize("note", ["x" * 2001, "it is " + "ab" * 16])
def test_a_note_takes_no_hashes(rig: Rig, screened: list[str], note: str):
    with pytest.raises(UsageError, match="note"):
        rig.records.review(screened[1], "ann", Outcome.WRONG, note)


def test_what_there_is_not_cannot_be_reviewed(rig: Rig, screened: list[str]):
    with pytest.raises(UsageError, match="no such screening"):
        rig.records.review("0" * 26, "ann", Outcome.WRONG)


@pytest.mark.parametrize("backend", BOTH)
def test_counts_add_up(rig: Rig, screened: list[str]):
    counts = rig.records.counts(hours=2)
    assert sum(count.number for count in counts) == 5
    assert {(c.client, c.level, c.action): c.number for c in counts} == {
        ("a", "none", "allow"): 3, ("a", "exact", "review"): 1, ("b", "none", "allow"): 1,
    }  # fmt: skip
