"""A policy and its one question: what to do with this case.

Every fact is decided by the first rule that speaks of it; the strictest of those actions counts.
So one more match can never make an action milder, and the decision names the rule that decided.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from tidebreak.model import Level, State
from tidebreak.policy.case import Case, Fact, facts_of
from tidebreak.policy.flooding import EntryName, FloodLimits, Floods, OnFlood, how_of
from tidebreak.policy.places import Surfaces, Terms, check_terms, lineage, terms_at
from tidebreak.policy.rules import Place, Rule, Sample, fallback
from tidebreak.policy.sampling import drawn
from tidebreak.screens import Action, Decision, Origin

FLOOD, DISPUTE, SAMPLE = "flood", "dispute", "sample"
"""What holds a decision back for a person."""

_HELD_BECAUSE = {
    FLOOD: "an entry suddenly matches far too often",
    DISPUTE: "an entry is disputed",
}


@dataclass(frozen=True, slots=True)
class _Ruling:
    """What is done about one fact; ``said`` is what the rule alone would do."""

    fact: Fact
    rule: Rule
    place: int
    said: Action
    action: Action
    holds: tuple[str, ...]

    @property
    def order(self) -> tuple[object, ...]:
        """The smallest decides: the strictest, then what anybody would name first."""
        fact = self.fact
        return (-self.action.rank, len(self.holds), fact.level.rank, self.place, fact.list,
                fact.entry, fact.classification, fact.kind or "", fact.state)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Policy:
    """What a policy file says. ``version`` is a short digest of it."""

    rules: tuple[Rule, ...] = ()
    surfaces: Surfaces = field(default_factory=lambda: MappingProxyType({}))
    samples: tuple[Sample, ...] = ()
    flood: FloodLimits = field(default_factory=FloodLimits)
    list_floods: Mapping[str, FloodLimits] = field(default_factory=lambda: MappingProxyType({}))
    version: str = ""
    _rules: Mapping[State, Sequence[tuple[int, Rule]]] = field(
        init=False, repr=False, compare=False
    )
    _samples: Mapping[State, Sequence[Sample]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # By state: most of what comes is clear, and few rules speak of that.
        numbered = tuple(enumerate(self.rules))
        rules = {s: tuple(pair for pair in numbered if s in pair[1].when.states) for s in State}
        samples = {s: tuple(item for item in self.samples if s in item.when.states) for s in State}
        object.__setattr__(self, "_rules", rules)
        object.__setattr__(self, "_samples", samples)

    def terms(self, origin: Origin) -> Terms:
        """Return whether content from there is examined, and by what right."""
        return terms_at(self.surfaces, origin.surface, lineage(origin.jurisdiction))

    def surface_enabled(self, origin: Origin) -> bool:
        """Whether content from there may be examined at all."""
        return self.terms(origin).enabled

    def check_surface(self, origin: Origin) -> None:
        """Raise `SurfaceOff` when content from there must not be examined at all."""
        check_terms(origin, self.terms(origin))

    def flood_limits(self, name: str) -> FloodLimits:
        """Return from when on an entry of the list called ``name`` floods."""
        return self.list_floods.get(name, self.flood)

    def decide(self, case: Case, floods: Floods | None = None) -> Decision:
        """Return what to do; the same for the same case, policy and floods.

        Matches are counted in ``floods``, but for retroactive ones, of which a new list brings many
        at once.
        """
        facts = facts_of(case)
        place = Place.of(case)
        held = self._flooding(facts, case, place, floods)
        rulings = [self._ruling(fact, place, held) for fact in facts]
        best = min(rulings, key=lambda ruling: ruling.order) if len(rulings) > 1 else rulings[0]
        softened = (r for r in rulings if r.said.rank > best.action.rank)
        holds = {hold for ruling in (best, *softened) for hold in ruling.holds}
        return self._sampled(case, facts, place, self._decision(best, holds, case.origin))

    def rule_for(self, fact: Fact, place: Place) -> tuple[int, Rule]:
        """Return the first rule that speaks of a fact, and its place among the rules."""
        for number, rule in self._rules[fact.state]:
            if rule.when.of(fact) and rule.when.at(place):
                return number, rule
        return len(self.rules), fallback(fact)

    def _flooding(
        self, facts: Sequence[Fact], case: Case, place: Place, floods: Floods | None
    ) -> frozenset[EntryName]:
        entries = {_name(f) for f in facts if f.counts and f.entry and self._acts(f, place)}
        if floods is None or not entries:
            return frozenset()
        if case.retroactive:
            found = floods.flooding(entries)
        else:
            found = floods.seen(entries, self.flood_limits)
        return frozenset(e for e in found if self.flood_limits(e[0]).mode is OnFlood.HOLD)

    def _acts(self, fact: Fact, place: Place) -> bool:
        """Whether anything is done about a fact: what passes anyway holds nothing back."""
        return self.rule_for(fact, place)[1].action is not Action.ALLOW

    # Whoever wants something known to pass could send it a thousand times: what is known by its
    # very bytes waits in quarantine for a person, what only resembles something may wait outside.
    def _ruling(self, fact: Fact, place: Place, flooding: frozenset[EntryName]) -> _Ruling:
        number, rule = self.rule_for(fact, place)
        said = action = rule.action
        holds: tuple[str, ...] = ()
        if said.rank > Action.REVIEW.rank and fact.counts:
            if _name(fact) in flooding:
                holds += (FLOOD,)
                action = Action.QUARANTINE if fact.level is Level.EXACT else Action.REVIEW
            if fact.disputed:
                holds += (DISPUTE,)
                action = Action.REVIEW
        return _Ruling(fact, rule, number, said, action, holds)

    def _decision(self, best: _Ruling, holds: set[str], origin: Origin) -> Decision:
        rule = best.rule
        why = f"{_in_words(best.fact)}: {rule.why}" if rule.why else _in_words(best.fact)
        if holds:
            reasons = " and ".join(_HELD_BECAUSE[hold] for hold in sorted(holds))
            why += f"; a person must look at it first, since {reasons}"
        return Decision(
            best.action,
            rule.name,
            why,
            rule.legal_basis or self.terms(origin).legal_basis,
            self.version,
            tuple(sorted(holds)),
        )

    def _sampled(
        self, case: Case, facts: Sequence[Fact], place: Place, decision: Decision
    ) -> Decision:
        speaking = self._samples[facts[0].state] if len(facts) == 1 else self.samples
        for sample in speaking:
            if not drawn(sample, facts, place, case):
                continue
            if SAMPLE not in decision.holds:
                why = f"{decision.why}; drawn for a human check"
                decision = replace(decision, holds=(*decision.holds, SAMPLE), why=why)
            if sample.action is not None and sample.action.rank > decision.action.rank:
                decision = replace(decision, action=sample.action)
        return decision


def _name(fact: Fact) -> EntryName:
    return (fact.list, fact.entry, how_of(fact.level))


def _in_words(fact: Fact) -> str:
    if fact.state is State.CLEAR:
        return f"on allow list '{fact.list}'" if fact.list else "nothing known was found"
    if not fact.counts:
        return "it could not be fully examined"
    if fact.kind is None:
        return "more was found than is stated"
    return f"{fact.level} match on {fact.kind} list '{fact.list}'"
