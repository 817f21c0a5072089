from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from types import MappingProxyType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.policy.cases import case, cases, default, match, matches, part
from tests.policy.policies import policies

from tidebreak.model import Level, ListKind, Match, State
from tidebreak.policy.case import Case
from tidebreak.policy.flooding import EntryName, FloodLimits, OnFlood
from tidebreak.policy.places import SurfaceOff
from tidebreak.policy.policy import Policy
from tidebreak.policy.reading import read
from tidebreak.policy.rules import Sample, When
from tidebreak.screens import Action, Origin, Surface

DEFAULT = default()


class Flooding:
    """Says that these entries flood, and notes what is counted."""

    def __init__(self, *names: EntryName) -> None:
        self.names, self.counted = frozenset(names), list[EntryName]()

    def seen(
        self, entries: Collection[EntryName], limits: Callable[[str], FloodLimits]
    ) -> frozenset[EntryName]:
        self.counted += entries
        return self.flooding(entries)

    def flooding(self, entries: Collection[EntryName]) -> frozenset[EntryName]:
        return self.names & set(entries)


@pytest.mark.parametrize(
    ("found", "action"),
    [
        (match(Level.EXACT), Action.QUARANTINE),
        (match(Level.EXACT_WEAK), Action.REVIEW),
        (match(Level.NEAR), Action.REVIEW),
        (match(Level.POSSIBLE), Action.REVIEW),
        (match(Level.LEAD), Action.ALLOW),
        (match(Level.EXACT, ListKind.WATCH), Action.REVIEW),
        (match(Level.NEAR, ListKind.WATCH), Action.REVIEW),
        (match(Level.EXACT, ListKind.ALLOW), Action.ALLOW),
        (match(Level.EXACT, ListKind.IGNORABLE), Action.ALLOW),
        (match(Level.EXACT, disputed=True), Action.REVIEW),
    ],
)
def test_what_the_default_does(found: Match, action: Action):
    decision = DEFAULT.decide(case(part(found)))
    assert decision.action is action
    assert decision.policy == DEFAULT.version
    assert found.entry not in decision.why


def test_what_is_clear_passes_and_what_could_not_be_examined_does_not():
    assert DEFAULT.decide(case(part())).action is Action.ALLOW
    decision = DEFAULT.decide(case(part(reason="encrypted")))
    assert (decision.action, decision.rule) == (Action.REVIEW, "not fully examined")


def test_a_lead_in_what_could_not_be_examined_does_not_make_it_pass():
    assert DEFAULT.decide(case(part(match(Level.LEAD), reason="damaged"))).action is Action.REVIEW


def test_the_strictest_counts_and_is_named():
    decision = DEFAULT.decide(case(part(match(Level.NEAR)), part(match(Level.EXACT, list="own"))))
    assert (decision.action, decision.rule) == (Action.QUARANTINE, "known")
    assert decision.why.startswith("exact match on contraband list 'own': these very bytes")


def test_no_rule_at_all_is_no_silence():
    empty = read("")
    assert empty.decide(case(part(match()))).action is Action.REVIEW
    assert empty.decide(case(part(reason="x"))).action is Action.REVIEW
    assert empty.decide(case(part())).action is Action.ALLOW


def test_the_legal_basis_is_the_rules_or_the_surfaces():
    text = """
    [surface.public]
    enabled = true
    legal_basis = "general"
    [jurisdiction.GB.public]
    enabled = true
    legal_basis = "British"
    [[rule]]
    name = "own"
    list = "own"
    action = "block"
    legal_basis = "house rules"
    """
    policy = read(text)
    assert policy.decide(case(part(match()))).legal_basis == "general"
    assert policy.decide(case(part(match()), jurisdiction="GB")).legal_basis == "British"
    assert policy.decide(case(part(match(list="own")))).legal_basis == "house rules"
    assert policy.decide(case()).legal_basis == "general"


def test_surfaces_are_off_as_stated():
    assert DEFAULT.surface_enabled(Origin(Surface.PUBLIC))
    with pytest.raises(SurfaceOff):
        DEFAULT.check_surface(Origin(Surface.PRIVATE_MESSAGE, "US"))


def test_a_disputed_entry_decides_nothing_alone():
    alone = DEFAULT.decide(case(part(match(disputed=True))))
    assert (alone.action, alone.holds) == (Action.REVIEW, ("dispute",))
    assert "a person must look at it first, since an entry is disputed" in alone.why
    both = DEFAULT.decide(case(part(match(disputed=True), match(number=2))))
    assert (both.action, both.holds) == (Action.QUARANTINE, ())


def test_a_flooding_entry_decides_nothing_alone():
    floods = Flooding(("hotline", "#1", "exact"))
    alone = DEFAULT.decide(case(part(match())), floods)
    # Else whoever sends something known a thousand times would have it pass.
    assert (alone.action, alone.holds) == (Action.QUARANTINE, ("flood",))
    other = DEFAULT.decide(case(part(match(), match(number=2))), floods)
    assert (other.action, other.holds) == (Action.QUARANTINE, ())
    assert floods.counted.count(("hotline", "#1", "exact")) == 2
    strict = replace(DEFAULT, rules=(replace(DEFAULT.rules[-1], when=When(), action=Action.BLOCK),))
    held = strict.decide(case(part(match())), floods)
    assert (held.action, held.holds) == (Action.QUARANTINE, ("flood",))
    near = Flooding(("hotline", "#1", "near"))
    held = strict.decide(case(part(match(Level.NEAR))), near)
    assert (held.action, held.holds) == (Action.REVIEW, ("flood",))
    mild = DEFAULT.decide(case(part(match(Level.EXACT, disputed=True))), floods)
    assert mild.holds == ("dispute", "flood")
    mild = DEFAULT.decide(case(part(match(Level.NEAR))), floods)
    assert (mild.action, mild.holds) == (Action.REVIEW, ())


def test_a_list_whose_owner_vouches_only_raises_an_alarm():
    limits = MappingProxyType({"hotline": FloodLimits(mode=OnFlood.ALARM)})
    policy = replace(DEFAULT, list_floods=limits)
    floods = Flooding(("hotline", "#1", "exact"))
    assert policy.decide(case(part(match())), floods).action is Action.QUARANTINE
    assert floods.counted


def test_what_is_matched_again_is_not_counted_but_held():
    floods = Flooding(("hotline", "#1", "exact"))
    decision = DEFAULT.decide(case(part(match()), retroactive=True), floods)
    assert decision.holds == ("flood",)
    assert not floods.counted


def test_what_resembles_an_entry_does_not_hold_the_entry_itself_back():
    floods = Flooding(("hotline", "#1", "near"), ("hotline", "#1", "exact-weak"))
    assert DEFAULT.decide(case(part(match())), floods).action is Action.QUARANTINE


def test_what_passes_anyway_does_not_flood():
    floods = Flooding()
    DEFAULT.decide(case(part(match(kind=ListKind.ALLOW)), part(), part(match(Level.LEAD))), floods)
    assert not floods.counted
    DEFAULT.decide(
        case(part(match(Level.NEAR), match(Level.POSSIBLE), match(Level.EXACT_WEAK))), floods
    )
    assert sorted(how for _, _, how in floods.counted) == ["exact-weak", "near"]


def test_a_sample_is_noted_and_changes_nothing_unless_it_says_so():
    when = When(level=frozenset({Level.LEAD}))
    policy = replace(DEFAULT, samples=(Sample("all", 1.0, when),))
    one = case(part(match(Level.LEAD)), id="a")
    decision = policy.decide(one)
    assert (decision.action, decision.holds) == (Action.ALLOW, ("sample",))
    assert decision.why.endswith("drawn for a human check")
    stricter = replace(
        policy, samples=(Sample("all", 1.0, when), Sample("b", 1.0, when, Action.REVIEW))
    )
    decision = stricter.decide(one)
    assert (decision.action, decision.holds) == (Action.REVIEW, ("sample",))
    milder = replace(policy, samples=(Sample("all", 1.0, When(), Action.ALLOW),))
    assert milder.decide(case(part(match()))).action is Action.QUARANTINE


def test_flood_limits_are_the_lists_own_where_it_has_some():
    own = FloodLimits(count=5)
    policy = replace(DEFAULT, list_floods=MappingProxyType({"own": own}))
    assert policy.flood_limits("own") is own
    assert policy.flood_limits("other") is policy.flood


@given(policies, cases)
def test_there_is_always_one_decision_and_it_repeats(policy: Policy, one: Case):
    decision = policy.decide(one)
    assert decision == policy.decide(one)
    names = {rule.name for rule in policy.rules}
    assert decision.rule in names or decision.rule.startswith("(no rule")
    assert set(decision.holds) <= {"dispute", "sample"}


@given(policies, cases, st.randoms(use_true_random=False))
def test_the_order_of_parts_and_matches_changes_nothing(policy: Policy, one: Case, random):
    def shuffled(item):
        found = list(item.verdict.matches)
        random.shuffle(found)
        return replace(item, verdict=replace(item.verdict, matches=tuple(found)))

    others = [shuffled(item) for item in one.parts]
    random.shuffle(others)
    assert policy.decide(replace(one, parts=tuple(others))) == policy.decide(one)


@given(policies, cases, matches)
def test_one_more_hit_never_makes_it_milder(policy: Policy, one: Case, more: Match):
    if not more.kind.hits:
        more = replace(more, kind=ListKind.CONTRABAND)
    before = policy.decide(one)
    after = policy.decide(
        replace(one, parts=(*one.parts, part(more)), state=State.MATCHED)
        if one.state is not State.NOT_FULLY_EXAMINED
        else replace(one, parts=(*one.parts, part(more)))
    )
    assert after.action.rank >= before.action.rank


@given(policies, cases)
@settings(max_examples=30, deadline=None)
def test_nothing_that_was_found_is_stricter_than_review_by_disputed_entries(
    policy: Policy, one: Case
):
    disputed = tuple(
        replace(item, verdict=replace(item.verdict, matches=tuple(
            replace(m, disputed=True) for m in item.verdict.matches)))
        for item in one.parts
    )  # fmt: skip
    quiet = replace(policy, samples=())
    decision = quiet.decide(replace(one, parts=disputed))
    by_something_else = {"could not be fully examined", "nothing known", "more was found"}
    if not any(text in decision.why for text in by_something_else):
        assert decision.action.rank <= Action.REVIEW.rank


@given(cases)
def test_the_default_lets_nothing_pass_that_is_known(one: Case):
    for item in one.parts:
        for m in item.verdict.matches:
            if m.kind is ListKind.CONTRABAND and m.level in (Level.EXACT, Level.EXACT_WEAK):
                assert DEFAULT.decide(one).action is not Action.ALLOW
