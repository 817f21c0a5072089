"""One actor hypothesis with everything that the logs say of it: what `show` and its page show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tidebreak.sightings.pages.wording import MEASURES
from tidebreak.sightings.records import Actor, Grade, Hypothesis, Network, Source


@dataclass(frozen=True, slots=True)
class Slot:
    """How many sightings of each grade an hour or a day had, from ``start`` (1970, UTC) on."""

    start: int
    counts: Mapping[Grade, int]


@dataclass(frozen=True, slots=True)
class Item:
    """One known content that an actor was seen with; never its identifiers.

    ``entries`` name the list and the entry, ``classes`` are the list's own words. ``sure``
    says whether any of its sightings is an offer of grade A or B by an identifier that decides
    alone. Times are seconds since 1970 UTC.
    """

    entries: tuple[str, ...]
    classes: tuple[str, ...]
    networks: tuple[Network, ...]
    grades: Mapping[Grade, int]
    sure: bool
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Companion:
    """What an actor was seen with: an address and port of a client id, or the other way round."""

    text: str
    sightings: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Portrait:
    """An actor, number ``place`` of ``of`` in the ranking under its hypothesis.

    ``identity`` says in words who it is: what the vault keeps, so showing it is audited.
    ``stale`` says what has changed since it was ranked, so that measures and tables may differ.
    ``largest`` has the most of each measure in that ranking.
    ``networks`` counts sightings of known content by network and grade, ``slots`` by day, or by
    hour for an actor of one day.
    """

    actor: Actor
    place: int
    of: int
    largest: Mapping[str, float]
    identity: tuple[tuple[str, str], ...]
    slots: tuple[Slot, ...]
    networks: Mapping[Network, Mapping[Grade, int]]
    companions: tuple[Companion, ...]
    items: tuple[Item, ...]
    sources: tuple[Source, ...]
    list_version: str
    made_at: str
    stale: str = ""


def largest(actors: Sequence[Actor]) -> dict[str, float]:
    """Return the largest high end of every measure among ``actors``, by name, 0 without any."""
    return {
        name: max((getattr(actor, name).high for actor in actors), default=0.0)
        for _, name, _ in MEASURES
    }


def unit_of(actor: Actor) -> int:
    """Return the seconds of a slot of the timeline: an hour for an actor of one day, or a day."""
    return 3600 if actor.hypothesis is Hypothesis.ENDPOINT else 86_400
