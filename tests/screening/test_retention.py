from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from tests.backends import BOTH
from tests.screening.rig import Rig, run, sha256

from tidebreak.screening import observed
from tidebreak.screening.blocks import Block
from tidebreak.screening.observed import compact, loose
from tidebreak.screening.records import Outcome
from tidebreak.screening.retention import Forgotten, forget
from tidebreak.screens import Origin

SOON = datetime.now(UTC) + timedelta(hours=1)


def seen(rig: Rig) -> list[str]:
    blocks = [Block(rig.sql, *row) for row in rig.sql.rows("SELECT id, number FROM block")]
    packed = [kept for block in blocks for kept in block.kept(range(block.number))]
    return [kept.screening for kept in packed + [kept for _, kept in loose(rig.sql)]]


@pytest.fixture
def ids(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Seven screenings, six of them in blocks of three; number 1 is known, 5 was reviewed."""
    monkeypatch.setattr(observed, "BLOCK", 3)
    rig.know("ours", "sha256", sha256(1).text)
    made = [run(rig.screener.screen_signals([[sha256(n)]], Origin()))[0].id for n in range(7)]
    assert compact(rig.sql) == 2
    rig.records.review(made[5], "ann", Outcome.WRONG)
    return made


@pytest.mark.parametrize("backend", BOTH)
def test_what_was_clear_goes_and_the_rest_stays(rig: Rig, ids: list[str]):
    counts = rig.records.counts()
    gone = forget(rig.sql, rig.opened.audit, "ann", SOON)
    assert gone == Forgotten(5, 5)
    assert seen(rig) == [ids[1], ids[5]]
    assert [record.screened.id for record in rig.records.page()] == [ids[5], ids[1]]
    assert rig.records.counts() == counts
    assert forget(rig.sql, rig.opened.audit, "ann", SOON) == Forgotten(0, 0)
    event = next(e for e in rig.opened.audit.events() if e.action == "screening.forget")
    assert (event.actor, event.detail) == ("ann", {"screenings": 5, "observations": 5})


def test_what_is_younger_stays(rig: Rig, ids: list[str]):
    before = seen(rig)
    past = datetime.now(UTC) - timedelta(hours=1)
    assert forget(rig.sql, rig.opened.audit, "ann", past) == Forgotten(0, 0)
    assert seen(rig) == before


def test_what_a_later_verdict_is_about_stays(rig: Rig, ids: list[str]):
    rematch = rig.rematch()
    rig.know("news", "sha256", sha256(3).text)
    assert rematch.run().verdicts == 1
    forget(rig.sql, rig.opened.audit, "ann", SOON)
    assert ids[3] in seen(rig)
    assert rig.records.get(ids[3]) is not None


def test_a_block_of_which_all_goes_is_gone(rig: Rig, ids: list[str]):
    with rig.sql.writing():
        rig.sql.change("UPDATE screening SET state = 'clear', action = 'allow', waits = 0")
        rig.sql.change("DELETE FROM review")
    assert forget(rig.sql, rig.opened.audit, "ann", SOON) == Forgotten(7, 7)
    assert rig.sql.row("SELECT count(*) FROM block") == (0,)
    assert rig.sql.row("SELECT count(*) FROM block_column") == (0,)
