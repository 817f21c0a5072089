"""Everything that a policy may be asked about, as far as its rules can tell it apart.

Rules compare with the few words that they name, so a few facts stand for all: for each thing that
a rule names, one that is it, and one that is nothing named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from tidebreak.model import HashList, Level, ListKind, State
from tidebreak.policy.case import Fact
from tidebreak.policy.places import EVERYWHERE, lineage
from tidebreak.policy.policy import Policy
from tidebreak.policy.rules import Place, When
from tidebreak.screens import Surface

OTHER = ""
"""What stands for every list, classification or scheme that no rule names."""

FOUND = tuple(level for level in Level if level.found)

MOST_FACTS = 20_000
"""Facts at one place that are looked at."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Places and facts that stand for all; ``whole`` is False when there are too many to try."""

    places: tuple[Place, ...]
    facts: tuple[Fact, ...]
    whole: bool = True

    def pairs(self) -> Iterator[tuple[Place, Fact]]:
        """Yield every fact at every place."""
        return product(self.places, self.facts)


def spread(policy: Policy, lists: Sequence[HashList]) -> Spread:
    """Return what a policy may be asked about where there are ``lists``."""
    whens = [item.when for item in (*policy.rules, *policy.samples)]
    facts: list[Fact] = []
    for fact in _facts(whens, lists):
        if len(facts) == MOST_FACTS:
            return Spread(tuple(_places(policy)), tuple(facts), whole=False)
        facts.append(fact)
    return Spread(tuple(_places(policy)), tuple(facts))


def jurisdictions(policy: Policy) -> list[str]:
    """Return everywhere, and every jurisdiction that a policy names."""
    named = {name for rule in policy.rules for name in rule.when.jurisdiction}
    named |= {name for name, _ in policy.surfaces if name != EVERYWHERE}
    return [EVERYWHERE, *sorted(named)]


def named_lists(whens: Iterable[When]) -> list[str]:
    """Return the lists that conditions name."""
    return sorted({name for when in whens for name in when.list})


def _places(policy: Policy) -> Iterator[Place]:
    for surface, name, again in product(Surface, jurisdictions(policy), (False, True)):
        yield Place(surface, lineage(name), again)


def _facts(whens: Sequence[When], lists: Sequence[HashList]) -> Iterator[Fact]:
    yield Fact(State.CLEAR)
    yield Fact(State.CLEAR, Level.IGNORABLE)
    yield Fact(State.NOT_FULLY_EXAMINED)
    yield Fact(State.MATCHED)
    kinds = {item.name: (item.kind,) for item in lists}
    unknown = tuple(ListKind)
    named = [(n, kind) for n in named_lists(whens) for kind in kinds.get(n, unknown)]
    named += [(OTHER, kind) for kind in ListKind]
    codes = [OTHER, *_words(whens, lambda when: when.classification)]
    schemes = [OTHER, *_words(whens, lambda when: when.scheme)]
    for (name, kind), code, scheme, disputed in product(named, codes, schemes, (False, True)):
        if kind is ListKind.ALLOW:
            yield Fact(State.CLEAR, Level.ALLOWED, name, kind, "", code, scheme, disputed)
        elif kind.hits:
            for level in FOUND:
                yield Fact(State.MATCHED, level, name, kind, "", code, scheme, disputed)


def _words(whens: Iterable[When], of: Callable[[When], frozenset[str]]) -> list[str]:
    return sorted({word for when in whens for word in of(when)})
