from __future__ import annotations

from hypothesis import given, settings
from tests.policy.cases import cases, default
from tests.policy.policies import policies

from tidebreak.model import HashList, ListKind, State
from tidebreak.policy.case import Case, facts_of
from tidebreak.policy.policy import Policy
from tidebreak.policy.reading import read
from tidebreak.policy.rules import Place
from tidebreak.policy.spread import MOST_FACTS, jurisdictions, spread


@given(policies, cases)
@settings(max_examples=30, deadline=None)
def test_whatever_decides_a_case_decides_something_of_the_spread(policy: Policy, one: Case):
    found = spread(policy, [])
    decided = {policy.rule_for(fact, place)[1].name for place, fact in found.pairs()}
    assert found.whole
    for fact in facts_of(one):
        assert policy.rule_for(fact, Place.of(one))[1].name in decided


def test_lists_that_are_known_have_their_kind_alone():
    policy = read('[[rule]]\nname = "a"\nlist = ["own", "new"]\naction = "block"')
    lists = [HashList(1, "own", ListKind.WATCH), HashList(2, "other", ListKind.CONTRABAND)]
    kinds: dict[str, set[ListKind]] = {}
    for fact in spread(policy, lists).facts:
        if fact.state is State.MATCHED and fact.kind is not None:
            kinds.setdefault(fact.list, set()).add(fact.kind)
    both = {ListKind.CONTRABAND, ListKind.WATCH}
    assert kinds == {"": both, "own": {ListKind.WATCH}, "new": both}


def test_too_many_are_cut_off_and_that_is_said():
    names = ", ".join(f'"c{n}"' for n in range(1500))
    policy = read(f'[[rule]]\nname = "a"\nclassification = [{names}]\naction = "block"')
    found = spread(policy, [])
    assert not found.whole
    assert len(found.facts) == MOST_FACTS


def test_everywhere_comes_first():
    assert jurisdictions(default()) == ["", "GB"]
