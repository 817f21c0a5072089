"""From verdicts to HMA's matches: by bank, with distances as texts. Pure.

HMA knows only match or none, and its clients act on any match. So only what is certain or near
counts; what is merely possible, or a lead, is for the service's own API.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tidebreak.access.roles import Permission, Principal
from tidebreak.gates.hma.banks import Bank, Banks
from tidebreak.gates.hma.hma_types import NEAR_BITS, HmaType, distance_of
from tidebreak.gates.hma.kept import ContentRow
from tidebreak.model import Level, Match, Signal, Verdict

_COUNTS = (Level.EXACT, Level.EXACT_WEAK, Level.NEAR)
_OVERRULED = (Level.ALLOWED, Level.IGNORABLE, Level.NONE)

ByBank = dict[str, list[dict[str, object]]]


@dataclass(frozen=True, slots=True)
class Wish:
    """Which matches a client wants. ``banks`` None: all. ``flip``: the least ratio that counts."""

    banks: frozenset[str] | None = None
    flip: float = 0.0

    @classmethod
    def of(cls, banks: str, seed: str | None, *, bypass: bool) -> Wish:
        """Return the wish of a lookup: one number per lookup, as HMA draws it from ``seed``."""
        drawn = random.random() if seed is None else random.Random(seed).random()
        return cls(frozenset(banks.split(",")) if banks else None, 0.0 if bypass else drawn)

    def takes(self, bank: Bank) -> bool:
        """Whether matches in ``bank`` are wanted."""
        return bank.ratio >= self.flip and (self.banks is None or bank.name in self.banks)


@dataclass(frozen=True, slots=True)
class Hit:
    """A match in a bank; ``more`` is what is said of it beyond HMA's own two values."""

    bank: Bank
    number: int
    distance: str
    more: Mapping[str, object]


def hits_of(verdict: Verdict, kind: HmaType, banks: Banks, asker: Principal) -> list[Hit]:
    """Return the hits that ``asker`` may know of, each entry once, closest first or by number."""
    if verdict.level in _OVERRULED:
        return []
    found: dict[int, Hit] = {}
    for match in verdict.matches:
        bank = banks.by_list.get(match.list)
        if bank is None or match.level not in _COUNTS or not asker.sees(match.list):
            continue
        hit = Hit(bank, match.number, _distance(match.distance, kind, asker), _more(match))
        found.setdefault(match.number, hit)
    hits = list(found.values())
    # The order of matches, too, says which is closer.
    return hits if asker.may(Permission.DISTANCES) else sorted(hits, key=lambda hit: hit.number)


def disabled_hits(
    asked: Signal, kind: HmaType, disabled: Iterable[ContentRow], banks: Banks, asker: Principal
) -> list[Hit]:
    """Return the hits among contents that are ``disabled``: only raw lookups know of them."""
    by_id = {bank.list.id: bank for bank in banks.by_list.values()}
    found: list[Hit] = []
    for row in disabled:
        bank = by_id.get(row.list_id)
        if bank is None or not asker.sees(bank.list.name):
            continue
        near = bank.list.thresholds.near if kind.near else 0
        far = [distance_of(asked, s) for s in row.signals if s.type is asked.type]
        if far and min(far) <= near:
            said = _distance(min(far), kind, asker)
            found.append(Hit(bank, row.number, said, {"disabled": True}))
    return found


def by_bank(hits: Sequence[Hit], wish: Wish) -> ByBank:
    """Return what a lookup answers."""
    found: ByBank = {}
    for hit in hits:
        if wish.takes(hit.bank):
            stated = {"bank_content_id": hit.number, "distance": hit.distance, **hit.more}
            found.setdefault(hit.bank.name, []).append(stated)
    return found


def raw(hits: Sequence[Hit], banks: frozenset[str] | None, *, distance: bool) -> list[object]:
    """Return what a raw lookup answers: ids, with their distances where these are asked for."""
    wanted = [hit for hit in hits if banks is None or hit.bank.name in banks]
    if not distance:
        return [hit.number for hit in wanted]
    return [{"bank_content_id": hit.number, "distance": hit.distance} for hit in wanted]


def _distance(distance: float, kind: HmaType, asker: Principal) -> str:
    """Return the distance as text; for who may not know it the same for all, whatever the list.

    Whoever sees distances learns more than yes or no, and could follow them to what is known.
    """
    shown = asker.may(Permission.DISTANCES)
    return kind.told(distance if shown else NEAR_BITS)


def _more(match: Match) -> dict[str, object]:
    more: dict[str, object] = {"level": match.level.value}
    for name in ("owner", "scheme", "classification"):
        if value := getattr(match, name):
            more[name] = value
    return more | ({"disputed": True} if match.disputed else {})
