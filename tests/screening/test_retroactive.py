from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.backends import BOTH
from tests.screening.rig import Rig, pdq, run, sha256

from tidebreak.errors import UsageError
from tidebreak.matching.matcher import Matcher
from tidebreak.model import (
    Entry,
    Level,
    ListKind,
    Observation,
    Signal,
    State,
    Thresholds,
    ViewKind,
)
from tidebreak.screening import observed, retroactive
from tidebreak.screening.rows import pairs_of
from tidebreak.screening.writer import NotKept, Writer
from tidebreak.screens import Action, Origin


def test_a_new_list_is_matched_with_what_was_seen_and_nothing_is_said_twice(rig: Rig):
    rig.know("ours", "sha256", sha256(1).text)
    rematch = rig.rematch()
    ids = [rig.keep(rig.observed(sha256(n), pdq(n))) for n in range(6)]
    assert not rematch.outstanding
    rig.know("news", "sha256", sha256(2).text)
    rig.know("looks", "pdq", pdq(4, 20).text)
    assert rematch.outstanding
    result = rematch.run()
    assert (result.observations, result.signals, result.verdicts) == (6, 2, 2)
    assert result.version == rig.opened.catalogue.label
    assert [(s.level, earlier) for s, earlier in rig.heard] == [
        (Level.EXACT, ids[2]), (Level.NEAR, ids[4]),
    ]  # fmt: skip
    (later,) = rig.records.later(ids[2])
    assert later.retroactive
    assert later.screened.decision.action is Action.REVIEW
    assert later.screened.origin.client == "test"
    assert later.screened.state is State.MATCHED
    assert all(case.retroactive for case in rig.cases)
    assert not rematch.outstanding
    assert rematch.run().verdicts == 0
    assert rematch.run(["news", "looks"]).verdicts == 0


@pytest.mark.parametrize("backend", BOTH)
def test_every_way_to_come_to_count_is_noticed(rig: Rig):
    rig.know("ours", "sha256", sha256(0).text)
    rig.know("off", "sha256", sha256(1).text)
    catalogue = rig.opened.catalogue
    catalogue.disable("off")
    rig.know("narrow", "pdq", pdq(2).text)
    catalogue.set_thresholds("narrow", Thresholds(near=5, possible=5, lead=5))
    (taken_back,) = catalogue.editor.add("ours", [Entry(1, (sha256(3),))])
    catalogue.editor.withdraw("ours", [taken_back], "test")
    rematch = rig.rematch()
    ids = [rig.keep(rig.observed(sha256(n), pdq(n, 10))) for n in range(5)]

    def found_now() -> list[str]:
        rig.heard.clear()
        rematch.run()
        return [earlier for _, earlier in rig.heard]

    assert found_now() == []
    catalogue.enable("off")
    assert found_now() == [ids[1]]
    catalogue.set_thresholds("narrow", Thresholds())
    assert found_now() == [ids[2]]
    catalogue.editor.restore("ours", [taken_back], "test")
    assert found_now() == [ids[3]]
    catalogue.editor.add("ours", [Entry(1, (sha256(4),))])
    assert found_now() == [ids[4]]
    rig.know("good", "sha256", sha256(0).text, of=ListKind.ALLOW)
    assert found_now() == []


@pytest.mark.parametrize("backend", BOTH)
def test_it_says_what_the_matcher_says_of_everything(rig: Rig, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(observed, "BLOCK", 16)
    monkeypatch.setattr(retroactive, "GROUP", 2)
    random = np.random.default_rng(11)
    rig.know("first", "sha256", sha256(0).text)
    rematch = rig.rematch()
    items = [_drawn(rig, random, n) for n in range(100)]
    ids = [rig.keep(item) for item in items]
    assert observed.compact(rig.sql) == 6
    rig.know("exact", "sha256", *(sha256(n).text for n in range(0, 100, 7)))
    rig.know("near", "pdq", *(pdq(n).text for n in range(0, 100, 5)))
    rematch.run()
    matcher = Matcher(rig.opened.snapshot, rig.opened.catalogue, leads=False)
    judged = matcher.judge([replace(item, preproc="") for item in items])
    expected = {
        id: pairs_of(one.verdict) for id, one in zip(ids, judged, strict=True)
        if one.verdict.level.found and id != ids[0]
    }  # fmt: skip
    told = {
        id: {row[0] for row in rig.sql.rows("SELECT pair FROM told WHERE screening_id = ?", (id,))}
        for id in ids[1:]
    }
    assert {id: pairs for id, pairs in told.items() if pairs} == expected
    assert len(expected) > 25


def _drawn(rig: Rig, random: np.random.Generator, number: int) -> Observation:
    item = rig.observed(sha256(number), pdq(number, int(random.integers(0, 45))))
    (view,) = item.views
    if number % 3 == 0:
        item = replace(item, views=(replace(view, kind=ViewKind.EXTENDED, number=5),))
    return replace(item, size=7, content="image/png")


def test_a_pass_that_is_killed_goes_on_where_it_stopped(rig: Rig, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(observed, "BLOCK", 2)
    monkeypatch.setattr(retroactive, "GROUP", 1)
    rig.know("ours", "sha256", sha256(99).text)
    rematch = rig.rematch()
    ids = [rig.keep(rig.observed(sha256(n))) for n in range(8)]
    observed.compact(rig.sql)
    rig.know("news", "sha256", *(sha256(n).text for n in range(8)))
    groups: list[int] = []

    class Killed(Exception):
        pass

    def stop(progress: retroactive.RematchProgress) -> None:
        groups.append(progress.done)
        assert progress.total == 8 - (len(rig.heard) - progress.done)
        if len(groups) == 2:
            raise Killed

    with pytest.raises(Killed):
        rematch.run((), stop)
    assert [earlier for _, earlier in rig.heard] == ids[:4]
    again = rig.rematch()
    assert again.run().observations == 4
    assert [earlier for _, earlier in rig.heard] == ids


def test_what_cannot_be_written_is_tried_again_and_not_marked(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
):
    rig.know("ours", "sha256", sha256(99).text)
    rematch = rig.rematch()
    rig.keep(rig.observed(sha256(1)))
    rig.know("news", "sha256", sha256(1).text)

    def full(self: Writer, *written: object) -> None:
        raise NotKept("The disk is full.")

    with monkeypatch.context() as broken:
        broken.setattr(Writer, "keep_now", full)
        with pytest.raises(NotKept):
            rematch.run()
    assert rig.heard == []
    assert rematch.outstanding
    assert rematch.run().verdicts == 1


def test_what_was_judged_by_older_lists_and_written_late_is_not_missed(rig: Rig):
    rig.know("ours", "sha256", sha256(99).text)
    rematch = rig.rematch()
    before = int(rig.opened.catalogue.label.partition(".")[0])
    rig.keep(rig.observed(sha256(5)))
    rig.know("news", "sha256", sha256(1).text, sha256(2).text)
    rematch.run()
    late = rig.keep(rig.observed(sha256(1)), lists=before)
    assert rematch.outstanding
    assert rematch.run().verdicts == 1
    assert [earlier for _, earlier in rig.heard] == [late]


def test_the_hash_of_a_fast_path_is_never_more_than_possible(rig: Rig):
    rig.know("ours", "sha256", sha256(99).text)
    rematch = rig.rematch()
    item = rig.observed(pdq(1, 2))
    exact, rough = (replace(item, preproc=f"pdq-1/{path}") for path in ("full", "fast"))
    rig.keep(exact)
    rig.keep(rough)
    rig.know("looks", "pdq", pdq(1).text)
    rematch.run()
    (first, _), (second, _) = rig.heard
    assert (first.level, second.level) == (Level.NEAR, Level.POSSIBLE)
    assert "fast path" in second.parts[0].verdict.matches[0].reason


def test_a_part_of_many_is_stated_with_the_others(rig: Rig):
    rig.know("ours", "sha256", sha256(1).text)
    run(rig.screener.screen_signals([[sha256(5)]], Origin()))
    rematch = rig.rematch()
    parts = [replace(rig.observed(sha256(n)), member=f"{n}.png") for n in range(4)]
    id = rig.keep(*parts)
    rig.know("news", "sha256", sha256(2).text)
    rematch.run()
    rig.know("more", "sha256", sha256(3).text)
    rematch.run()
    first, second = rig.records.later(id)
    assert [p.verdict.level for p in first.screened.parts] == [
        Level.NONE, Level.NONE, Level.EXACT, Level.NONE,
    ]  # fmt: skip
    assert [p.verdict.level for p in second.screened.parts][2:] == [Level.EXACT] * 2
    assert second.earlier == id


def test_a_list_that_is_not_there_is_refused(rig: Rig):
    rig.know("ours", "sha256", sha256(1).text)
    with pytest.raises(UsageError, match="no list called"):
        rig.rematch().run(["other"])


def test_a_disabled_list_brings_nothing(rig: Rig):
    rig.know("ours", "sha256", sha256(1).text)
    rematch = rig.rematch()
    rig.keep(rig.observed(sha256(2), pdq(2)))
    rig.know("news", "sha256", sha256(2).text)
    rig.opened.catalogue.disable("news")
    assert rematch.run().verdicts == 0


def taken_back(rig: Rig) -> tuple[str, int]:
    """Screen a look-alike that an allow list takes back; return its id and that list's entry."""
    rig.know("bad", "pdq", pdq(1).text)
    (entry,) = _add(rig, "good", sha256(7))
    (screened,) = run(rig.screener.screen_signals([[sha256(7), pdq(1, 9)]], Origin()))
    assert screened.level is Level.ALLOWED
    rig.heard.clear()
    return screened.id, entry


def _add(rig: Rig, name: str, signal: Signal) -> list[int]:
    rig.know(name, "sha256", sha256(1000).text, of=ListKind.ALLOW)
    found = rig.opened.catalogue.editor.add(name, [Entry(1, (signal,))])
    rig.follow()
    return list(found)


@pytest.mark.parametrize("backend", BOTH)
@pytest.mark.parametrize("how", ["disable", "remove", "withdraw", "dispute", "another version"])
def test_what_an_allow_list_took_back_is_said_when_that_counts_no_more(rig: Rig, how: str):
    rematch = rig.rematch()
    id, entry = taken_back(rig)
    assert rematch.run().verdicts == 0
    catalogue = rig.opened.catalogue
    match how:
        case "disable":
            catalogue.disable("good")
        case "remove":
            catalogue.remove("good", "test")
        case "withdraw":
            catalogue.editor.withdraw("good", [entry], "test")
        case "dispute":
            catalogue.editor.dispute("good", [entry], "test")
        case _:
            rig.know("good", "sha256", sha256(1001).text, of=ListKind.ALLOW)
    assert rematch.outstanding
    assert rematch.run().verdicts == 1
    ((later, earlier),) = rig.heard
    assert (earlier, later.level, later.state) == (id, Level.NEAR, State.MATCHED)
    assert not rematch.outstanding
    rig.know("unrelated", "sha256", sha256(5000).text)
    rig.know("vouches too", "sha256", sha256(5001).text, of=ListKind.ALLOW)
    assert rematch.run().verdicts == 0


def test_what_is_packed_and_taken_back_is_found_again(rig: Rig, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(observed, "BLOCK", 2)
    rematch = rig.rematch()
    id, _ = taken_back(rig)
    rig.keep(rig.observed(sha256(50)))
    assert observed.compact(rig.sql) == 1
    rig.opened.catalogue.disable("good")
    assert rematch.run().verdicts == 1
    assert [earlier for _, earlier in rig.heard] == [id]


def test_what_a_newer_list_knows_and_an_allow_list_takes_back_waits_for_its_end(rig: Rig):
    _add(rig, "good", sha256(7))
    rematch = rig.rematch()
    (screened,) = run(rig.screener.screen_signals([[sha256(7), pdq(1, 9)]], Origin()))
    rig.heard.clear()
    rig.know("bad", "pdq", pdq(1).text)
    assert rematch.run().verdicts == 0
    rig.opened.catalogue.disable("good")
    assert rematch.run().verdicts == 1
    assert [earlier for _, earlier in rig.heard] == [screened.id]


@pytest.mark.parametrize("backend", BOTH)
def test_what_was_disputed_is_decided_on_again_when_that_ends(rig: Rig):
    rig.know("bad", "sha256", sha256(99).text)
    editor = rig.opened.catalogue.editor
    (entry,) = editor.add("bad", [Entry(1, (sha256(3),))])
    editor.dispute("bad", [entry], "test")
    rig.follow()
    rematch = rig.rematch()
    (screened,) = run(rig.screener.screen_signals([[sha256(3)]], Origin()))
    rig.heard.clear()
    assert rematch.run().verdicts == 0
    editor.restore("bad", [entry], "test")
    assert rematch.run().verdicts == 1
    ((later, earlier),) = rig.heard
    assert earlier == screened.id
    assert not later.parts[0].verdict.matches[0].disputed
    editor.dispute("bad", [entry], "test")  # takes nothing back of what was said
    assert rematch.run().verdicts == 0
    assert rematch.run(["bad"]).verdicts == 0
    editor.restore("bad", [entry], "test")
    assert rematch.run().verdicts == 0
