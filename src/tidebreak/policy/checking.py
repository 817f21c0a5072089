"""What a policy does in effect, and what in it can hardly be meant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tidebreak.model import HashList, Level, ListKind, State
from tidebreak.policy.case import UNEXAMINED, Fact
from tidebreak.policy.places import EVERYWHERE, OPEN_SURFACES, Terms, lineage, terms_at
from tidebreak.policy.policy import Policy
from tidebreak.policy.rules import Place
from tidebreak.policy.spread import FOUND, Spread, jurisdictions, named_lists, spread
from tidebreak.screens import Action, Surface

OFF = "off"
"""Stands where content is not examined at all."""

_SILENT = (Level.EXACT, Level.EXACT_WEAK, Level.NEAR)


@dataclass(frozen=True, slots=True)
class Row:
    """What is done about matches on one kind of list, or one list, at one place.

    ``actions`` are those of the levels in `COLUMNS`, or `OFF`.
    """

    surface: Surface
    jurisdiction: str
    subject: str
    actions: tuple[str, ...]


COLUMNS = (*(level.value for level in FOUND), State.NOT_FULLY_EXAMINED.value)


@dataclass(frozen=True, slots=True)
class Report:
    """The effective ``rows``, and ``warnings``, one sentence each."""

    version: str
    rows: tuple[Row, ...]
    warnings: tuple[str, ...]


def check(policy: Policy, lists: Sequence[HashList] | None = None) -> Report:
    """Return what ``policy`` does where there are ``lists``; None when those are not known."""
    everything = spread(policy, lists or ())
    warnings = [
        *_without_basis(policy),
        *_unknown_lists(policy, lists),
        *_unreachable(policy, everything),
        *_gaps(policy, everything),
        *_silences(policy, everything),
        *_disputes(policy),
    ]
    if not everything.whole:
        warnings.append("Its rules name so many lists and codes that not all could be tried.")
    return Report(policy.version, tuple(_rows(policy, lists or ())), tuple(warnings))


def _rows(policy: Policy, lists: Sequence[HashList]) -> Iterator[Row]:
    kinds = {item.name: item.kind for item in lists}
    subjects = [(kind.value, "", kind) for kind in ListKind if kind.hits]
    for name in named_lists(rule.when for rule in policy.rules):
        kind = kinds.get(name, ListKind.CONTRABAND)
        if kind.hits:
            subjects.append((f"list '{name}'", name, kind))
    for surface in Surface:
        for subject, name, kind in subjects:
            usual = _actions(policy, surface, EVERYWHERE, name, kind)
            for place in jurisdictions(policy):
                actions = _actions(policy, surface, place, name, kind)
                if place == EVERYWHERE or actions != usual:
                    yield Row(surface, place, subject, actions)


def _actions(
    policy: Policy, surface: Surface, jurisdiction: str, name: str, kind: ListKind
) -> tuple[str, ...]:
    place = Place(surface, lineage(jurisdiction))
    if not terms_at(policy.surfaces, surface, place.jurisdictions).enabled:
        return (OFF,) * len(COLUMNS)
    facts = [*(Fact(State.MATCHED, level, name, kind) for level in FOUND), UNEXAMINED]
    return tuple(policy.rule_for(fact, place)[1].action.value for fact in facts)


def _without_basis(policy: Policy) -> Iterator[str]:
    general = {(EVERYWHERE, surface): Terms(enabled=True) for surface in OPEN_SURFACES}
    for (place, surface), terms in {**general, **policy.surfaces}.items():
        if terms.enabled and not terms.legal_basis:
            where = f" in {place}" if place else ""
            yield f"Surface '{surface}'{where} is examined without a legal basis; state one."


def _unknown_lists(policy: Policy, lists: Sequence[HashList] | None) -> Iterator[str]:
    if lists is None:
        return
    known = {item.name for item in lists}
    for kind, items in (("Rule", policy.rules), ("Sample", policy.samples)):
        for item in items:
            for name in sorted(item.when.list - known):
                yield f"{kind} '{item.name}' names the list '{name}', which is not here."
    for name in policy.list_floods.keys() - known:
        yield f"Floods of the list '{name}' are set, which is not here."


def _unreachable(policy: Policy, everything: Spread) -> Iterator[str]:
    if not everything.whole:
        return
    reached = {policy.rule_for(fact, place)[0] for place, fact in everything.pairs()}
    for number, rule in enumerate(policy.rules):
        if number in reached:
            continue
        when = rule.when
        earlier = any(when.of(fact) and when.at(place) for place, fact in everything.pairs())
        why = "earlier rules decide all of it" if earlier else "its conditions exclude each other"
        yield f"Rule '{rule.name}' never decides anything: {why}."


def _gaps(policy: Policy, everything: Spread) -> Iterator[str]:
    gaps: dict[str, dict[Level, None]] = {}
    for place, fact in everything.pairs():
        said = fact.state is State.CLEAR or policy.rule_for(fact, place)[0] < len(policy.rules)
        if not said and (fact.kind is not None or fact.state is State.NOT_FULLY_EXAMINED):
            what = f"on {fact.kind} lists" if fact.kind is not None else ""
            gaps.setdefault(what, {})[fact.level] = None
    for what, levels in gaps.items():
        which = f"{', '.join(sorted(levels, key=list(Level).index))} {what}"
        told = which if what else "what could not be fully examined"
        yield f"No rule speaks of {told}, at least in some cases: that is reviewed."


def _silences(policy: Policy, everything: Spread) -> Iterator[str]:
    silent: dict[str, None] = {}
    for place, fact in everything.pairs():
        rule = policy.rule_for(fact, place)[1]
        if rule.action is not Action.ALLOW:
            continue
        if fact.state is State.NOT_FULLY_EXAMINED:
            silent[f"Rule '{rule.name}' lets through what could not be fully examined."] = None
        elif fact.kind is ListKind.CONTRABAND and fact.level in _SILENT:
            what = f"what a contraband list knows, at level {fact.level}"
            silent[f"Rule '{rule.name}' lets through {what}."] = None
    yield from silent


def _disputes(policy: Policy) -> Iterator[str]:
    for rule in policy.rules:
        if rule.when.disputed and rule.action.rank > Action.REVIEW.rank:
            yield (
                f"Rule '{rule.name}' asks for {rule.action} by disputed entries, which never do"
                " more than review."
            )
