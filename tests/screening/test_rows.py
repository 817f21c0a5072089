from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidebreak.model import Level, ListKind, Match, Signal, State, Verdict
from tidebreak.screening.rows import SOFTENED, pair_of, pairs_of, record_of, row_of, waits
from tidebreak.screens import Action, Decision, Origin, Part, Screened, Surface

names = st.text(max_size=12)
matches = st.builds(
    Match, names, names, st.sampled_from(ListKind), names, names, names, st.sampled_from(Level),
    st.just("pdq"), st.floats(0, 256), quality=st.none() | st.integers(0, 100),
    ranges=st.lists(st.tuples(*[st.floats(0, 9)] * 4), max_size=2).map(tuple),
    known_fraction=st.none() | st.floats(0, 1), number=st.integers(0, 9),
)  # fmt: skip
verdicts = st.builds(
    Verdict, st.sampled_from(Level), st.lists(matches, max_size=2).map(tuple), st.integers(0, 9)
)
parts = st.builds(
    Part, names, st.integers(-1, 99), names, st.sampled_from(State), verdicts,
    reason=names, note=names,
)  # fmt: skip


@given(st.lists(parts, max_size=3), st.sampled_from(Action), st.sampled_from(Surface), names)
def test_a_record_is_the_screening_as_it_was_told(
    stated: list[Part], action: Action, surface: Surface, item: str
):
    origin = Origin(surface, "EU", item, "client")
    decision = Decision(action, "rule", "why", "basis", "v1", ("dispute", "flood"))
    screened = Screened(
        "id", "at", origin, State.CLEAR, Level.NONE, decision, tuple(stated), "3.4", 4, 7
    )
    places = tuple(range(5, 5 + len(stated)))
    found = record_of(row_of(screened, places, earlier="before", waits=True))
    assert found.screened == screened
    assert (found.places, found.earlier, found.waits) == (places, "before", True)
    assert found.retroactive


def test_no_signal_is_written():
    signal = Signal.parse("sha256", "ab" * 32)
    part = Part("", 1, "x", State.CLEAR, signals=(signal,))
    decision = Decision(Action.ALLOW, "", "")
    row = row_of(
        Screened("i", "", Origin(), State.CLEAR, Level.NONE, decision, (part,), "0.0"), [0],
        waits=False,
    )  # fmt: skip
    assert "abab" not in json.dumps(row)
    assert record_of(row).screened.parts[0].signals == ()


@pytest.mark.parametrize(
    ("decision", "waiting"),
    [
        (Decision(Action.ALLOW, "", ""), False),
        (Decision(Action.ALLOW, "", "", holds=("sample",)), True),
        (Decision(Action.REVIEW, "", ""), True),
        (Decision(Action.BLOCK, "", ""), True),
    ],
)
def test_a_person_looks_at_all_that_is_not_simply_allowed(decision: Decision, waiting: bool):
    assert waits(decision) is waiting


def test_a_pair_stands_for_a_list_and_its_entry_where_something_was_found():
    def match(name: str, kind: ListKind, level: Level) -> Match:
        return Match(name, "", kind, "#1", "", "", level, "pdq", 0)

    found = Verdict(
        Level.NEAR,
        (
            match("a", ListKind.CONTRABAND, Level.NEAR),
            match("a", ListKind.CONTRABAND, Level.LEAD),
            match("b", ListKind.ALLOW, Level.EXACT),
        ),
    )
    assert pairs_of(found) == {pair_of("a", "#1")}
    assert pair_of("a", "#1") != pair_of("a#", "1")


def test_what_is_taken_back_or_disputed_may_become_more():
    def match(**changes: Any) -> Match:
        made = Match("a", "", ListKind.CONTRABAND, "#1", "", "", Level.NEAR, "pdq", 0)
        return replace(made, **changes)

    whole, held = pair_of("a", "#1"), pair_of("a", "#1", disputed=True)
    allow = match(list="b", kind=ListKind.ALLOW, level=Level.EXACT)
    disputed = Verdict(Level.NEAR, (match(disputed=True),))
    assert pairs_of(Verdict(Level.ALLOWED, (match(), allow))) == {SOFTENED}
    assert pairs_of(Verdict(Level.ALLOWED, (allow,))) == set()
    assert pairs_of(disputed) == {held, SOFTENED}
    told = {held, SOFTENED}
    assert pairs_of(disputed, told) == set()
    assert pairs_of(Verdict(Level.NEAR, (match(),)), told) == {whole}
    assert pairs_of(disputed, {whole}) == {SOFTENED}
