from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from tests.policy.cases import case, cases, match, part

from tidebreak.model import Level, ListKind, State, Verdict
from tidebreak.policy.case import CLEAR, UNEXAMINED, UNSTATED, Case, facts_of


def levels(one: Case) -> list[tuple[State, Level]]:
    return [(fact.state, fact.level) for fact in facts_of(one)]


def test_nothing_is_a_fact_too():
    assert facts_of(case()) == (CLEAR,)
    assert facts_of(case(part(), part())) == (CLEAR,)


def test_every_hit_is_a_fact_with_its_list_and_entry():
    (fact,) = facts_of(case(part(match(Level.EXACT, number=7))))
    assert (fact.state, fact.level, fact.list, fact.entry) == (
        State.MATCHED,
        Level.EXACT,
        "hotline",
        "#7",
    )
    assert facts_of(case(part(match(number=0, entry="key"))))[0].entry == "key"
    same = case(part(match(), match(signal="tth")), part(match()))
    assert len(facts_of(same)) == 1


def test_an_allow_list_takes_back_what_is_only_near():
    allow = match(kind=ListKind.ALLOW, list="ours")
    assert levels(case(part(match(Level.NEAR), allow))) == [(State.CLEAR, Level.ALLOWED)]
    assert levels(case(part(match(Level.EXACT), allow))) == [(State.MATCHED, Level.EXACT)]
    assert levels(case(part(match(Level.EXACT_WEAK), allow))) == [(State.MATCHED, Level.EXACT_WEAK)]
    weak = replace(allow, level=Level.EXACT_WEAK)
    assert levels(case(part(match(Level.NEAR), weak))) == [(State.MATCHED, Level.NEAR)]


def test_a_disputed_allow_list_takes_nothing_back():
    allow = match(kind=ListKind.ALLOW, disputed=True)
    one = case(part(match(Level.NEAR), allow))
    assert one.parts[0].verdict.level is Level.NEAR
    assert levels(one) == [(State.MATCHED, Level.NEAR)]


def test_what_could_not_be_examined_is_a_fact_beside_what_was_found():
    assert facts_of(case(part(reason="encrypted"))) == (UNEXAMINED,)
    both = facts_of(case(part(match(Level.LEAD), reason="too large")))
    assert UNEXAMINED in both
    assert len(both) == 2
    assert UNEXAMINED in facts_of(Case((), State.NOT_FULLY_EXAMINED, case().origin))
    assert UNEXAMINED in facts_of(Case((), State.EXAMINED, case().origin))


def test_bytes_that_are_vouched_for_need_no_looking_into():
    allow = match(kind=ListKind.ALLOW)
    assert levels(case(part(allow, reason="encrypted"))) == [(State.CLEAR, Level.ALLOWED)]
    inside = case(part(allow, reason="encrypted"), part(reason="damaged"))
    assert UNEXAMINED in facts_of(inside)
    known = match(kind=ListKind.IGNORABLE)
    assert facts_of(case(part(known, reason="encrypted"))) == (UNEXAMINED,)
    assert levels(case(part(known))) == [(State.CLEAR, Level.IGNORABLE)]


def test_parts_that_are_not_stated_count():
    one = replace(case(part()), unstated=(State.CLEAR, State.NOT_FULLY_EXAMINED))
    assert facts_of(one) == (UNEXAMINED,)
    one = replace(case(part(match(Level.LEAD))), unstated=(State.MATCHED,))
    assert UNSTATED in facts_of(one)


def test_more_than_is_stated_is_not_nothing():
    cut = part(match(Level.LEAD))
    cut = replace(cut, verdict=replace(cut.verdict, omitted=3))
    assert UNSTATED in facts_of(case(cut))
    assert facts_of(Case((), State.MATCHED, case().origin)) == (UNSTATED,)
    level_alone = replace(part(), state=State.MATCHED, verdict=Verdict(Level.NEAR))
    assert UNSTATED in facts_of(case(level_alone))


def test_what_is_likelier_an_error_is_in_more_doubt():
    def doubt(*args: object, **more: object) -> float:
        return facts_of(case(part(match(*args, **more))))[0].doubt  # type: ignore[arg-type]

    order = [
        doubt(Level.EXACT),
        doubt(Level.NEAR, signal="pdq", distance=4.0),
        doubt(Level.NEAR, signal="pdq", distance=31.0),
    ]
    assert order == sorted(order)
    assert doubt(Level.EXACT_WEAK) > doubt(Level.EXACT)
    assert doubt(Level.LEAD, signal="pdq", distance=60.0) == 1.0


@given(cases)
def test_there_is_always_a_fact_and_none_is_lost(one: Case):
    facts = facts_of(one)
    assert facts
    assert len(set(facts)) == len(facts)
    assert (CLEAR in facts) == (facts == (CLEAR,))
    for item in one.parts:
        for m in item.verdict.matches:
            if m.kind is ListKind.CONTRABAND and m.level is Level.EXACT:
                assert any(f.counts and f.list == m.list and f.level is Level.EXACT for f in facts)
    vouched = any(fact.level is Level.ALLOWED for fact in facts)
    if one.state is State.NOT_FULLY_EXAMINED and not vouched:
        assert UNEXAMINED in facts
