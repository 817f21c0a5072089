from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from tests.screening.rig import Rig, pdq, run, sha256, spool

from tidebreak.errors import CannotAsk, UsageError
from tidebreak.model import Examination, Level, Signal, State
from tidebreak.screening import parts
from tidebreak.screening.observed import loose
from tidebreak.screening.writer import NotKept, Writer
from tidebreak.screens import Action, Origin, Overloaded, Screened, Screens, Surface

ORIGIN = Origin(Surface.HOSTING, "GB", "thing", "client")


@pytest.fixture
def known(rig: Rig) -> Rig:
    """Knows one SHA-256 and one PDQ."""
    rig.know("ours", "sha256", sha256(1).text)
    rig.know("looks", "pdq", pdq(7).text)
    return rig


def file(*signals: Signal, member: str = "", **more: object) -> Examination:
    return Examination(member, 9, "image/png", signals, **more)  # type: ignore[arg-type]


def screen(rig: Rig, *pieces: list[Examination]) -> Screened:
    rig.worker.pieces_of = lambda full: pieces
    with spool(rig.folder, b"bytes") as content:
        return run(rig.screener.screen(content, ORIGIN))


def test_it_keeps_the_protocol(known: Rig):
    screens: Screens = known.screener
    assert screens


def test_what_is_known_is_decided_on_kept_and_told(known: Rig):
    found = screen(known, [file(sha256(1))])
    assert (found.state, found.level) == (State.MATCHED, Level.EXACT)
    assert (found.origin, found.version) == (ORIGIN, known.opened.catalogue.label)
    assert found.decision.action is Action.REVIEW
    assert found.decision.policy == "1234"
    assert found.parts[0].signals == (sha256(1),)
    (case,) = known.cases
    assert (case.id, case.state, case.origin) == (found.id, State.MATCHED, ORIGIN)
    assert known.heard == [(found, "")]
    record = known.records.get(found.id)
    assert record is not None
    assert record.screened.parts[0].verdict == found.parts[0].verdict


def test_what_is_clear_is_kept_sealed_for_later(known: Rig):
    found = screen(known, [file(sha256(2), pdq(9))])
    assert (found.state, found.level) == (State.CLEAR, Level.NONE)
    ((_, kept),) = loose(known.sql)
    assert (kept.screening, kept.part) == (found.id, 0)
    assert kept.item.types == ("sha256",)
    assert kept.item.seals == known.opened.sealer.seal(sha256(2).type, sha256(2).value)
    dump = json.dumps([list(map(str, row)) for row in known.sql.rows("SELECT * FROM screening")])
    assert sha256(2).text not in dump


def test_what_was_not_examined_is_never_clear(known: Rig):
    found = screen(known, [file(sha256(2), reason="cut off")])
    assert found.state is State.NOT_FULLY_EXAMINED
    assert found.decision.action is not Action.ALLOW
    assert found.parts[0].reason == "cut off"


def test_a_surface_that_is_off_is_not_even_read(known: Rig):
    known.policy.off.append(ORIGIN)
    known.worker.pieces_of = lambda full: pytest.fail("it was read")
    with spool(known.folder, b"x") as content, pytest.raises(UsageError):
        run(known.screener.screen(content, ORIGIN))
    with pytest.raises(UsageError):
        run(known.screener.screen_signals([[sha256(1)]], ORIGIN))
    assert known.records.page() == []


def test_a_fast_path_that_comes_near_is_read_again_in_full(known: Rig):
    asked: list[bool] = []

    def pieces(full: bool):
        asked.append(full)
        path = "full" if full else "fast"
        yield [file(pdq(7, 40 if full else 3), preproc=f"pdq-1/{path}")]

    known.worker.pieces_of = pieces
    with spool(known.folder, b"x") as content:
        found = run(known.screener.screen(content, ORIGIN))
    assert asked == [False, True]
    assert found.level is Level.POSSIBLE
    ((_, kept),) = loose(known.sql)
    assert kept.item.exact_path


def test_an_archive_comes_in_pieces_and_is_one_answer(known: Rig, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(parts, "MOST_PARTS", 2)
    pieces = [
        [file(sha256(10 * piece + n), member=f"{piece}/{n}") for n in range(2, 5)]
        for piece in range(3)
    ]
    pieces[1].append(file(sha256(1), member="known"))
    found = screen(known, *pieces, [file(sha256(99))])
    assert {part.member for part in found.parts} == {"", "known"}
    assert found.level is Level.EXACT
    assert "9 more parts are not stated (9 clear)" in str(found.parts)
    kept = [kept for _, kept in loose(known.sql)]
    assert [one.part for one in kept] == list(range(11))
    assert {one.screening for one in kept} == {found.id}
    told = known.sql.rows("SELECT screening_id, part FROM told")
    assert told == [(found.id, 6)]
    assert known.cases[0].unstated == (State.CLEAR,)


def test_an_archive_that_breaks_off_leaves_nothing_that_counts(known: Rig):
    def pieces(full: bool):
        yield [file(sha256(3), member="a")]
        yield [file(sha256(4), member="b")]
        raise CannotAsk("the workers are gone")

    known.worker.pieces_of = pieces
    with spool(known.folder, b"x") as content, pytest.raises(CannotAsk, match="are gone"):
        run(known.screener.screen(content, ORIGIN))
    assert loose(known.sql) == []
    assert known.records.page() == []


@pytest.mark.parametrize("error", [Overloaded(3), CannotAsk("why")])
def test_what_keeps_it_from_answering_is_passed_on(known: Rig, error: Exception):
    def pieces(full: bool):
        raise error

    known.worker.pieces_of = pieces
    with spool(known.folder, b"x") as content, pytest.raises(type(error)):
        run(known.screener.screen(content, ORIGIN))


def test_what_cannot_be_written_down_is_no_answer_and_nobody_is_told(
    known: Rig, monkeypatch: pytest.MonkeyPatch
):
    async def full(self: Writer, *written: object) -> None:
        raise NotKept("The disk is full.")

    monkeypatch.setattr(Writer, "keep", full)
    known.worker.pieces_of = lambda full: [[file(sha256(2))]]
    with spool(known.folder, b"x") as content, pytest.raises(CannotAsk, match="disk is full"):
        run(known.screener.screen(content, ORIGIN))
    assert known.heard == []


def test_signals_are_screened_each_on_its_own(known: Rig):
    items = [[sha256(2)], [sha256(1), pdq(3)], [pdq(7, 31)], []]
    found = run(known.screener.screen_signals(items, ORIGIN))
    assert [one.level.value for one in found] == ["none", "exact", "near", "none"]
    assert len({one.id for one in found}) == 4
    assert [one.sandbox for one in found] == [0] * 4
    assert [known.records.get(one.id) is not None for one in found] == [True] * 4
    assert [screened.id for screened, _ in known.heard] == [one.id for one in found]


def test_a_match_is_only_a_look_up(known: Rig):
    verdicts, version = run(known.screener.match([[sha256(1)], [sha256(2)], [pdq(7, 5)]]))
    assert [verdict.level.value for verdict in verdicts] == ["exact", "none", "near"]
    assert version == known.opened.catalogue.label
    assert known.records.page() == []


def test_a_listener_that_fails_costs_nobody_anything(known: Rig):
    problems: list[str] = []

    def broken(screened: Screened, earlier: str) -> None:
        raise ValueError("no")

    known.screener.listeners.insert(0, broken)
    known.worker.pieces_of = lambda full: [[file(sha256(1))]]

    async def ask() -> Screened:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda loop, context: problems.append(context["message"]))
        with spool(known.folder, b"x") as content:
            return await known.screener.screen(content, ORIGIN)

    assert run(ask()).level is Level.EXACT
    assert problems == ["a listener failed"]
    assert len(known.heard) == 1


def test_nothing_is_matched_again_where_nothing_keeps_it_up(known: Rig, tmp_path: Path):
    with pytest.raises(CannotAsk):
        run(known.screener.rematch())


def test_signals_that_no_list_could_know_are_not_clear(rig: Rig):
    rig.know("ours", "pdq", pdq(1).text)
    low = Signal.parse("pdq", pdq(2).text, 10)
    asked = [[sha256(1)], [low], [pdq(2)], [sha256(1), pdq(1)]]
    found = run(rig.screener.screen_signals(asked, Origin()))
    unknown, clear = State.NOT_FULLY_EXAMINED, State.CLEAR
    assert [one.state for one in found] == [unknown, unknown, clear, State.MATCHED]
    reasons = [one.parts[0].reason for one in found]
    assert reasons == rig.screener.untold(asked)
    assert [bool(reason) for reason in reasons] == [True, True, False, False]
    assert [one.decision.action for one in found[:3]] == [
        Action.REVIEW,
        Action.REVIEW,
        Action.ALLOW,
    ]
