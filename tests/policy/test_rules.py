from __future__ import annotations

import pytest
from tests.policy.cases import case

from tidebreak.model import Level, ListKind, State
from tidebreak.policy.case import CLEAR, UNEXAMINED, UNSTATED, Fact
from tidebreak.policy.rules import Place, When, fallback
from tidebreak.screens import Action, Surface

HIT = Fact(State.MATCHED, Level.NEAR, "hotline", ListKind.CONTRABAND, "#1", "A1", "scheme")
ALLOWED = Fact(State.CLEAR, Level.ALLOWED, "ours", ListKind.ALLOW)
HERE = Place(Surface.HOSTING, ("DE", "EU"))


def test_a_rule_without_conditions_is_about_what_was_found():
    assert When().of(HIT)
    assert When().of(UNSTATED)
    for fact in (CLEAR, UNEXAMINED, ALLOWED):
        assert not When().of(fact)
    assert When().at(HERE)


@pytest.mark.parametrize(
    "when",
    [When(level=frozenset(Level)), When(list=frozenset({""})), When(surface=frozenset(Surface)),
     When(disputed=False), When(level=frozenset({Level.NONE}))],
)  # fmt: skip
def test_only_who_names_it_reaches_what_was_not_fully_examined(when: When):
    assert not when.of(UNEXAMINED)
    assert When(state=frozenset({State.NOT_FULLY_EXAMINED})).of(UNEXAMINED)


def test_levels_of_what_is_clear_can_be_named():
    assert When(level=frozenset({Level.ALLOWED})).of(ALLOWED)
    assert not When(level=frozenset({Level.ALLOWED})).of(CLEAR)
    assert When(state=frozenset({State.CLEAR})).of(CLEAR)


@pytest.mark.parametrize(
    ("when", "holds"),
    [
        (When(level=frozenset({Level.NEAR, Level.EXACT})), True),
        (When(level=frozenset({Level.EXACT})), False),
        (When(kind=frozenset({ListKind.CONTRABAND})), True),
        (When(kind=frozenset({ListKind.WATCH})), False),
        (When(list=frozenset({"hotline"})), True),
        (When(list=frozenset({"Hotline"})), False),
        (When(classification=frozenset({"A1"})), True),
        (When(classification=frozenset({"A2"})), False),
        (When(scheme=frozenset({"scheme"})), True),
        (When(scheme=frozenset({"other"})), False),
        (When(disputed=True), False),
        (When(disputed=False), True),
    ],
)
def test_every_condition_on_what_was_found_counts(when: When, holds: bool):
    assert when.of(HIT) is holds


@pytest.mark.parametrize(
    ("when", "holds"),
    [
        (When(surface=frozenset({Surface.HOSTING})), True),
        (When(surface=frozenset({Surface.PUBLIC})), False),
        (When(jurisdiction=frozenset({"EU"})), True),
        (When(jurisdiction=frozenset({"DE", "GB"})), True),
        (When(jurisdiction=frozenset({"GB"})), False),
        (When(retroactive=True), False),
        (When(retroactive=False), True),
    ],
)
def test_every_condition_on_the_place_counts(when: When, holds: bool):
    assert when.at(HERE) is holds


def test_a_place_is_read_from_a_case():
    found = Place.of(case(surface=Surface.HOSTING, jurisdiction="de", retroactive=True))
    assert found == Place(Surface.HOSTING, ("DE", "EU"), True)


def test_silence_is_only_for_what_is_clear():
    assert fallback(CLEAR).action is Action.ALLOW
    assert fallback(ALLOWED).action is Action.ALLOW
    for fact in (HIT, UNSTATED, UNEXAMINED):
        assert fallback(fact).action is Action.REVIEW
