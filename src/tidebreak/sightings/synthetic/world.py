"""A world of computers and files that nobody has: who holds what, when, and from where.

Its shape is that of published measurements. Libraries and popularity have heavy tails: of 244,920
computers with known files more than 80 % had fewer than ten, and taking the 0.4 % with a hundred
or more away would have cut the distinct files by up to 30 % (Wolak, Liberatore, Levine, Child
Abuse & Neglect 38, 2014). Addresses change or are shared, client ids are reset (Hurley et al., WWW
2013), some of the busiest are decoys (Cuevas et al., CoNEXT 2010). Everything follows from a seed.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

Longs = NDArray[np.int64]

NETWORKS = 4
"""Networks 1 to 4 of `records.Network`; a file has an identifier of its own on each."""

DAY = 86_400

_RARE = 0.3
"""Share of the known files that only the largest libraries have."""

_TAIL = 1.21
"""Exponent of the sizes of libraries: 0.4 % reach a hundred files."""

_LARGE = 100
"""Files in a library that is large."""


class Kind(IntEnum):
    """What a computer is."""

    ORDINARY = 0
    """Holds a few known files, most of them popular."""
    INNOCENT = 1
    """Holds nothing known."""
    PLANTED = 2
    """A top distributor: holds what few others have; not the most frequent in the log."""
    HOARDER = 3
    """Holds and shows very much, nearly all of it popular."""
    DECOY = 4
    """Claims to hold everything, for a few days; nobody ever received anything from it."""
    MONITOR = 5
    """A machine of researchers or police: asks for everything, all the time."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How large a world is. ``start`` is seconds since 1970 UTC, at midnight."""

    holders: int
    innocents: int
    known: int
    other: int
    days: int = 90
    planted: int = 50
    decoys: int = 4
    monitors: int = 3
    start: int = 1_767_225_600
    seed: int = 1

    @classmethod
    def for_rows(cls, rows: int, seed: int = 1) -> Shape:
        """Return the shape in which ``rows`` sightings are as dense as in large studies."""
        holders = int(np.clip(rows // 100, 4_000, 400_000))
        return cls(holders, 3 * holders, holders // 2, 4 * holders, seed=seed)

    @property
    def hoarders(self) -> int:
        """How many computers hold very much that is popular."""
        return max(self.planted, self.holders // 300)

    @property
    def files(self) -> int:
        """How many files there are, known and other."""
        return self.known + self.other


class Trait(IntEnum):
    """Columns of `World.table`: what is so of one computer."""

    KIND = 0
    START = 1
    """Where its files begin in the library."""
    HELD = 2
    """How many files it holds."""
    NETWORKS = 3
    """Bit n is set for network n + 1."""
    HOSTS = 4
    """From how many machines its owner works."""
    FIRST = 5
    LAST = 6
    """The days from and to which it is there."""
    CLIENT = 7
    """The first code of its client ids: one per host and network, others every ``RESET`` days."""
    RESET = 8
    ADDRESS = 9
    """Its addresses are among ``SPAN`` codes from here; each is kept for ``LEASE`` days."""
    SPAN = 10
    LEASE = 11
    """0: for ever."""


@dataclass(frozen=True, slots=True)
class World:
    """Everybody and everything.

    ``place`` (files,) says where each file stands among the identifiers; files below
    ``shape.known`` are known. ``table`` (n, 12) is one row of `Trait` per computer, ``library``
    the places of the files of one computer after the other, ``weight`` (n,) how often each is
    seen while it is there. ``clients`` and ``addresses`` are the last codes; codes of clients
    from ``strays`` on belong to bystanders, one network after the other.
    """

    shape: Shape
    place: Longs
    table: Longs
    library: Longs
    weight: NDArray[np.float64]
    clients: int
    strays: int
    addresses: int

    @property
    def contents(self) -> int:
        """Codes of contents in all: one per file and network."""
        return self.shape.files * NETWORKS

    def computers(self, kind: Kind) -> Longs:
        """Return the numbers of all computers of ``kind``."""
        return np.flatnonzero(self.table[:, Trait.KIND] == kind)


def make(shape: Shape) -> World:
    """Return the world of ``shape``; the same one for the same seed."""
    rng = np.random.default_rng(shape.seed)
    kind = _kinds(shape, rng)
    place = rng.permutation(shape.files).astype(np.int64)
    start, library = _libraries(shape, kind, rng)
    first, last = _presence(shape, kind, rng)
    networks = _networks(kind, rng)
    hosts = np.where((kind == Kind.PLANTED) & (rng.random(kind.size) < 0.2), 2, 1)
    reset = _resets(shape, kind, rng)
    ids = hosts * np.bitwise_count(networks) * ((last - first) // reset + 1)
    client = 1 + np.cumsum(ids) - ids
    strays = 1 + int(ids.sum())
    address, span, lease, addresses = _addresses(kind, hosts, rng)
    held = np.diff(start)
    columns = (kind, start[:-1], held, networks, hosts, first, last, client, reset)
    table = np.stack([*columns, address, span, lease], axis=1).astype(np.int64)
    weight = _weights(kind, held, rng)
    clients = strays - 1 + NETWORKS * (1 + kind.size // 80)
    return World(shape, place, table, place[library], weight, clients, strays, addresses)


def _kinds(shape: Shape, rng: np.random.Generator) -> NDArray[np.uint8]:
    special = {
        Kind.PLANTED: shape.planted,
        Kind.HOARDER: shape.hoarders,
        Kind.DECOY: shape.decoys,
        Kind.MONITOR: shape.monitors,
        Kind.INNOCENT: shape.innocents,
    }
    kinds = [np.full(count, kind, np.uint8) for kind, count in special.items()]
    ordinary = max(0, shape.holders - shape.planted - shape.hoarders)
    return rng.permutation(np.concatenate([*kinds, np.zeros(ordinary, np.uint8)]))


def _libraries(
    shape: Shape, kind: NDArray[np.uint8], rng: np.random.Generator
) -> tuple[Longs, Longs]:
    """Return where each library starts, (n + 1,), and all libraries' files by number."""
    rare = int(shape.known * _RARE)
    common = shape.known - rare
    size = _sizes(shape, kind, rng)
    extra = _extras(shape, kind, rare)
    start = np.concatenate([[0], np.cumsum(size + extra)])
    owner_of = np.repeat(np.arange(kind.size), size + extra)
    at = np.arange(owner_of.size) - start[owner_of]
    is_extra = at >= size[owner_of]
    library = rare + _zipf(rng, owner_of.size, common)
    _hold_everything_twice(library, rng, rare, common, (kind[owner_of] == Kind.ORDINARY))
    innocent = kind[owner_of] == Kind.INNOCENT
    library[innocent] = shape.known + _zipf(rng, int(innocent.sum()), shape.other)
    everything = (kind[owner_of] == Kind.DECOY) | (kind[owner_of] == Kind.MONITOR)
    library[everything] = rng.integers(0, shape.files, int(everything.sum()))
    # Every rare file has one holder; a tenth of them a second one.
    library[is_extra] = rng.permutation(np.resize(rng.permutation(rare), int(is_extra.sum())))
    return start, library


def _sizes(shape: Shape, kind: NDArray[np.uint8], rng: np.random.Generator) -> Longs:
    # A library of a hundred files is large among 50,000 and more; in a small world, one of ten is.
    least = int(np.clip(shape.known // 500, _LARGE // 10, _LARGE))
    tail = (1 - rng.random(kind.size)) ** (-1 / _TAIL)
    size = np.minimum(tail, least - 1).astype(np.int64)
    large = (kind == Kind.HOARDER) | (kind == Kind.PLANTED)
    size[large] = np.minimum(least * tail[large], 10 * least)
    size[kind == Kind.PLANTED] //= 2
    size[kind == Kind.DECOY] = shape.files // 5
    size[kind == Kind.MONITOR] = shape.files // 2
    return size


def _extras(shape: Shape, kind: NDArray[np.uint8], rare: int) -> Longs:
    """Return how many rare files each computer holds; the first of the planted have the most."""
    extra = np.zeros(kind.size, np.int64)
    for chosen, share, slope in ((Kind.PLANTED, 0.85, 0.5), (Kind.HOARDER, 0.25, 0.0)):
        holders = np.flatnonzero(kind == chosen)
        weights = (np.arange(holders.size) + 20.0) ** -slope
        extra[holders] = np.round(share * rare * weights / max(weights.sum(), 1e-9))
    return extra


def _zipf(rng: np.random.Generator, count: int, files: int) -> Longs:
    """Return ``count`` files of ``files`` drawn with popularity 1 / rank**0.8."""
    return (files * rng.random(count) ** 5.0).astype(np.int64)


def _hold_everything_twice(
    library: Longs, rng: np.random.Generator, rare: int, common: int, where: NDArray[np.bool_]
) -> None:
    """Give every common file two ordinary holders: none of them depends on one computer."""
    slots = rng.permutation(np.flatnonzero(where))[: 2 * common]
    library[slots] = rare + np.arange(slots.size) % common


def _presence(
    shape: Shape, kind: NDArray[np.uint8], rng: np.random.Generator
) -> tuple[Longs, Longs]:
    """Return the first and last day of each computer; most are seen for less than ten days."""
    span = np.minimum((1 - rng.random(kind.size)) ** -0.8, shape.days).astype(np.int64)
    for chosen, low, high in (
        (Kind.PLANTED, 0.4, 1.0), (Kind.HOARDER, 0.2, 1.0), (Kind.MONITOR, 0.9, 1.0),
        (Kind.DECOY, 0.02, 0.05),
    ):  # fmt: skip
        several = np.flatnonzero(kind == chosen)
        span[several] = np.ceil(shape.days * rng.uniform(low, high, several.size))
    first = (rng.random(kind.size) * (shape.days - span + 1)).astype(np.int64)
    return first, first + span - 1


def _networks(kind: NDArray[np.uint8], rng: np.random.Generator) -> Longs:
    """Return a mask of networks for each computer: one for most, two for some, all for monitors."""
    main = rng.choice(NETWORKS, kind.size, p=(0.4, 0.3, 0.2, 0.1))
    second = rng.integers(0, NETWORKS, kind.size)
    two = rng.random(kind.size) < np.where(kind == Kind.PLANTED, 0.4, 0.08)
    mask = np.where(two, (1 << main) | (1 << second), 1 << main).astype(np.int64)
    mask[(kind == Kind.MONITOR) | (kind == Kind.DECOY)] = (1 << NETWORKS) - 1
    return mask


def _resets(shape: Shape, kind: NDArray[np.uint8], rng: np.random.Generator) -> Longs:
    """Return after how many days each gets a new client id; more than all days for most."""
    never = shape.days + 1
    drawn = rng.random(kind.size)
    reset = np.where(drawn < 0.1, 1, np.where(drawn < 0.3, rng.integers(7, 46, kind.size), never))
    slow = rng.random(kind.size) < 0.8
    reset[kind == Kind.PLANTED] = np.where(slow, never, 30)[kind == Kind.PLANTED]
    return reset.astype(np.int64)


def _addresses(
    kind: NDArray[np.uint8], hosts: Longs, rng: np.random.Generator
) -> tuple[Longs, Longs, Longs, int]:
    """Return first code, number of codes and days of a lease for each, and the last code."""
    count = kind.size
    how = rng.choice(4, count, p=(0.3, 0.5, 0.15, 0.05))  # static, dynamic, CGNAT, hosting
    static = np.where(how == 0, hosts, 0)
    pools = np.array([0, count * 13 // 20, count // 200 + 1, count // 400 + 1])
    base = 1 + int(static.sum()) + np.cumsum(pools) - pools
    address = np.where(how == 0, 1 + np.cumsum(static) - static, base[how])
    lease = np.array([0, 1, 1, 30])[how]
    lease[how == 1] = rng.integers(1, 15, int((how == 1).sum()))
    return address, pools[how], lease, int(base[-1] + pools[-1])


def _weights(kind: NDArray[np.uint8], held: Longs, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return how often each computer is seen: hoarders, decoys and monitors the most."""
    rate = np.array([1.0, 1.0, 0.5, 0.6, 0.2, 0.02])[kind]
    return rate * held.astype(np.float64) * np.exp(rng.normal(0, 0.5, kind.size))
