"""Policies, drawn: anything that a file may state."""

from __future__ import annotations

from types import MappingProxyType

from hypothesis import strategies as st
from tests.policy.cases import FOUND, LISTS

from tidebreak.model import Level, ListKind, State
from tidebreak.policy.flooding import FloodLimits, OnFlood
from tidebreak.policy.places import Terms
from tidebreak.policy.policy import Policy
from tidebreak.policy.rules import Rule, Sample, When
from tidebreak.screens import Action, Surface

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20).map(
    str.strip
)


def some(items: object) -> st.SearchStrategy[frozenset]:
    return st.one_of(
        st.just(frozenset()), st.frozensets(st.sampled_from(items), min_size=1, max_size=3)
    )


whens = st.builds(
    When,
    surface=some(list(Surface)),
    jurisdiction=some(["EU", "DE", "GB", "US"]),
    list=some(LISTS),
    kind=some(list(ListKind)),
    level=some([*FOUND, Level.ALLOWED]),
    classification=some(["A1", "B2"]),
    scheme=some(["scheme"]),
    state=some([State.MATCHED, State.CLEAR, State.NOT_FULLY_EXAMINED]),
    disputed=st.sampled_from([None, None, True, False]),
    retroactive=st.sampled_from([None, None, True, False]),
)


def may_pass(rule: Rule) -> bool:
    open_ended = not rule.when.level and State.MATCHED in rule.when.states
    return not (rule.action is Action.ALLOW and open_ended)


rules = st.lists(
    st.builds(Rule, st.text("abc 1", min_size=1, max_size=6).map(lambda x: f"r{x}".strip()),
              st.sampled_from(Action), whens, TEXT, TEXT).filter(may_pass),
    max_size=6, unique_by=lambda rule: rule.name,
)  # fmt: skip
samples = st.lists(
    st.builds(Sample, st.sampled_from(["s1", "s2"]), st.floats(0, 1), whens,
              st.sampled_from([None, *Action])), max_size=2,
)  # fmt: skip
floods = st.builds(
    FloodLimits,
    st.integers(1, 10**6),
    st.integers(5, 1440),
    st.floats(1, 1000),
    st.sampled_from(OnFlood),
)


def _terms(key: tuple[str, Surface], enabled: bool, basis: str) -> Terms:
    needed = enabled and key[1] is Surface.PRIVATE_MESSAGE
    return Terms(enabled, basis or ("a law" if needed else ""))


surfaces = st.dictionaries(
    st.tuples(st.sampled_from(["", "EU", "GB", "DE-BY"]), st.sampled_from(Surface)),
    st.tuples(st.booleans(), TEXT), max_size=5,
).map(lambda found: MappingProxyType({k: _terms(k, *v) for k, v in found.items()}))  # fmt: skip

policies = st.builds(
    Policy,
    rules.map(tuple),
    surfaces,
    samples.map(tuple),
    floods,
    st.dictionaries(TEXT.filter(bool), floods, max_size=2).map(MappingProxyType),
)
