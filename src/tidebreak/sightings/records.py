"""The types that the parts of sightings share: what a log says, whose it is, what it comes to.

A *sighting* is one line of a lawfully held log: an actor offered or requested a content at a
time on a network, with an evidence grade. An *actor* is a hypothesis, never a person.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

KNOWN_SEEN = "known contents seen"
"""Among the totals of a ranking."""


class Network(IntEnum):
    """Where something was seen."""

    OTHER = 0
    BITTORRENT = 1
    EDONKEY = 2
    GNUTELLA = 3
    DIRECT_CONNECT = 4
    IPFS = 5
    WEB = 6


class Grade(IntEnum):
    """How a sighting is known; a smaller number is better evidence."""

    A = 1
    """Data was received from that single source and hashed by the holder of the log."""
    B = 2
    """The peer itself claimed the content by its hash, to the holder of the log."""
    C = 3
    """A third party said so. Alone it never ranks anybody."""


class Event(IntEnum):
    """What the actor did."""

    OTHER = 0
    OFFERED = 1
    """It says, or shows, that it has the content."""
    REQUESTED = 2
    """It asked for the content."""
    RECEIVED = 3
    """Data of the content was received from it."""
    ANNOUNCED = 4
    """It takes part in the content's distribution; how much it has is not said."""
    STOPPED = 5
    """It no longer takes part."""
    REPORTED = 6
    """Somebody reported it."""


@dataclass(frozen=True, slots=True)
class Custody:
    """Who holds a log, and under what authority (a warrant, a contract, a law)."""

    holder: str
    authority: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """One imported log. Every one of its ``rows`` was ``kept`` or is counted in ``rejects``.

    ``timezone`` is the IANA name by which times without a zone were read, empty where none was
    given; ``clock_offset`` is in seconds and was added to every time. ``grade_ceiling`` is
    the best grade that any row could have. ``first`` and ``last`` are seconds since 1970 UTC, 0
    without any sighting. ``noted`` counts by reason what was kept with a reservation, and
    sightings that a row gave beyond its first. ``mapping`` is the text of the mapping file.
    """

    number: int
    name: str
    sha256: str
    size: int
    format: str
    custody: Custody
    timezone: str = ""
    clock_offset: int = 0
    network: Network = Network.OTHER
    grade_ceiling: Grade = Grade.C
    imported_at: str = ""
    imported_by: str = ""
    rows: int = 0
    kept: int = 0
    rejects: Mapping[str, int] = field(default_factory=dict[str, int])
    noted: Mapping[str, int] = field(default_factory=dict[str, int])
    first: int = 0
    last: int = 0
    mapping: str = ""


@dataclass(frozen=True, slots=True)
class Range:
    """A measure that is known only to lie between two figures."""

    low: float
    high: float


class Hypothesis(StrEnum):
    """What is taken for one actor."""

    CLIENT = "client id"
    ENDPOINT = "address, port and day"


@dataclass(frozen=True, slots=True)
class Actor:
    """One actor under one hypothesis, with every measure as a range.

    ``key`` is opaque, short and the same in every run over the same installation: ``c:…`` for
    a client id, ``e:…`` for an endpoint. ``rarity`` is the sum of 1/holders over its contents,
    ``sole`` the contents that nobody else holds; ``coverage_rank`` is its place in the greedy
    coverage curve (1 is first, 0 none), ``marginal`` the share (0-1) of all known contents that
    its removal adds there. ``first`` and ``last`` are seconds since 1970 UTC. ``grades`` counts
    sightings, ``severity`` contents by class of the list's owner. ``addresses`` and ``clients``
    count those seen with it. ``flags`` says in words what speaks against taking it for one.
    """

    hypothesis: Hypothesis
    key: str
    networks: tuple[Network, ...]
    contents: Range
    days: Range
    sole: Range
    rarity: Range
    coverage_rank: int
    marginal: Range
    first: int
    last: int
    grades: Mapping[Grade, int]
    severity: Mapping[str, Range]
    addresses: Range
    clients: Range
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Curve:
    """Removing the first k actors removes the share ``low[i]`` to ``high[i]`` (0-1), k = ``k[i]``.

    The share is of the known contents in what was seen.
    """

    hypothesis: Hypothesis
    k: tuple[int, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Ranking:
    """A work queue: actors under every hypothesis, the most worth looking at first.

    ``totals`` and ``excluded`` count by name; ``options`` are those of the run. ``list_version``
    and ``exclusions`` say which lists, and which machines that are never ranked, it was made with.
    """

    actors: Mapping[Hypothesis, tuple[Actor, ...]]
    curves: Mapping[Hypothesis, Curve]
    totals: Mapping[str, Range]
    excluded: Mapping[str, int]
    sources: tuple[Source, ...]
    list_version: str
    made_at: str
    options: Mapping[str, object]
    exclusions: str = ""

    @property
    def anything_known(self) -> bool:
        """Whether an enabled list knows any content of the logs."""
        return self.totals[KNOWN_SEEN].high > 0
