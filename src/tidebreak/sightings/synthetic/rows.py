"""What is seen of a synthetic world: rows by the million, each a pure function of its number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import pi, sin
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tidebreak.kernels import kernel, warmable
from tidebreak.sightings.synthetic.world import DAY, NETWORKS, Kind, Longs, Trait, World

PER_CHUNK = 1 << 20
"""Rows made at once at most."""

_SLOTS = 1 << 22
"""Places in the table from which computers are drawn by weight, at most."""

_EDONKEY, _SHA1 = 1, 2
"""Networks, from 0, whose files are called by ed2k and by SHA-1."""

_PORTS, _FIRST_PORT = 64_512, 1024

Columns = dict[str, NDArray[Any]]

_WHICH = np.array([0, 1, 0, 2])
"""By grade: which of a view's events it is."""

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)

BYSTANDER = 0xFFFF_FFFF
"""In the column ``computer``: an address that a third party named without reason."""


@dataclass(frozen=True, slots=True)
class View:
    """What one source sees. Shares are of its rows; the rest are claims of the peer itself.

    ``networks`` has bit n for network n + 1; ``skew`` is by how many seconds its clock is wrong
    without anybody knowing; ``events`` are the numbers for claimed, verified and by third parties.
    """

    number: int
    name: str
    share: float
    networks: int
    verified: float = 0.0
    third: float = 0.0
    bystanders: float = 0.0
    skew: int = 0
    events: tuple[int, int, int] = (1, 3, 6)


VIEWS = (
    View(1, "client", 0.5, 0b1111, verified=0.3),
    View(2, "tracker", 0.35, 0b0001, third=1.0, bystanders=0.08, skew=90, events=(4, 3, 4)),
    View(3, "server", 0.15, 0b1010, third=0.4, bystanders=0.02, skew=-1_300),
)
"""A tool of investigators that also receives; a tracker's log; the log of servers."""


def days_of(world: World, view: View, rows: int) -> Iterator[Columns]:
    """Yield the rows that ``view`` sees, in the order of time, at most `PER_CHUNK` at once.

    ``rows`` is the number for all views together. Columns are those of a stored row without
    ``source``; times are as its clock shows them, seconds since 1970 UTC.
    """
    total = round(rows * view.share)
    bounds = np.linspace(0, total, world.shape.days + 1).astype(np.int64)
    visible = _Visible.of(world, view)
    for day in range(world.shape.days):
        present = visible.on(day)
        count = int(bounds[day + 1] - bounds[day])
        for begin in range(0, count if present.slots.size else 0, PER_CHUNK):
            end = min(begin + PER_CHUNK, count)
            yield _chunk(world, view, present, begin, end, count)


@dataclass(frozen=True, slots=True)
class _Visible:
    """The computers that a view can see, in columns of their own: they are gone through daily."""

    world: World
    number: NDArray[np.uint32]
    first: NDArray[np.uint16]
    last: NDArray[np.uint16]
    weight: NDArray[np.float64]

    @classmethod
    def of(cls, world: World, view: View) -> _Visible:
        number = np.flatnonzero(world.table[:, Trait.NETWORKS] & view.networks)
        first, last = world.table[number][:, [Trait.FIRST, Trait.LAST]].T.astype(np.uint16)
        weight = world.weight[number]
        return cls(world, number.astype(np.uint32), first.copy(), last.copy(), weight)

    def on(self, day: int) -> _Present:
        """Return who is there on a day."""
        there = np.flatnonzero((self.first <= day) & (day <= self.last))
        weight = self.weight[there]
        scale = min(4 * there.size, _SLOTS) / max(weight.sum(), 1e-9)
        times = np.maximum(1, np.round(weight * scale)).astype(np.int64)
        slots = np.repeat(np.arange(there.size, dtype=np.uint32), times)
        number = self.number[there]
        return _Present(day, slots, number, self.world.table[number])


@dataclass(frozen=True, slots=True)
class _Present:
    """Who is there on a day: computers by ``number`` (n,), their rows of the world's ``table``.

    In ``slots`` each stands, by its place from 0, as often as it is seen.
    """

    day: int
    slots: NDArray[np.uint32]
    number: NDArray[np.uint32]
    table: Longs


def _chunk(
    world: World, view: View, present: _Present, begin: int, end: int, count: int
) -> Columns:
    out = np.empty((9, end - begin), np.uint32)
    shares = np.array([65_536 * s for s in (view.bystanders, view.verified, view.third)], np.int64)
    ends = np.array([world.strays, world.clients, world.addresses])
    key = np.uint64(_key(world.shape.seed, view.number, present.day))
    draw(
        key, begin, count, present.day, view.networks, shares, present.slots, present.number,
        present.table, world.library, ends, out,
    )  # fmt: skip
    events = np.array(view.events, np.uint8)
    time = out[0] + np.uint32(world.shape.start + present.day * DAY + view.skew)
    asked = out[8] == Kind.MONITOR
    return {
        "time": time,
        "network": out[1].astype(np.uint8),
        "grade": out[2].astype(np.uint8),
        "event": np.where(asked, np.uint8(2), events[_WHICH[out[2]]]),
        "content": out[3],
        "client": out[4],
        "address": out[5],
        "port": out[6].astype(np.uint16),
        "computer": out[7],
    }


def _key(seed: int, number: int, day: int) -> int:
    return (seed * 0x9E3779B97F4A7C15 + (number << 40) + (day << 20)) & ((1 << 64) - 1)


@kernel
def _mix(value: np.uint64) -> np.uint64:
    """Return 64 well mixed bits of ``value`` (SplitMix64, Steele et al., OOPSLA 2014)."""
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


@kernel
def _below(bits: np.uint64, shift: int, limit: int) -> int:
    """Return a number below ``limit`` (at most 2**31) from 32 bits of ``bits``, without dividing.

    D. Lemire, Fast random integer generation in an interval, ACM TOMACS 29 (2019).
    """
    part = (bits >> np.uint64(shift)) & np.uint64(0xFFFFFFFF)
    return np.int64((part * np.uint64(limit)) >> np.uint64(32))  # type: ignore[return-value]


@kernel
def _part(bits: np.uint64, shift: int, width: int) -> int:
    """Return ``width`` bits of ``bits`` from ``shift``."""
    return np.int64((bits >> np.uint64(shift)) & np.uint64((1 << width) - 1))  # type: ignore[return-value]


@kernel
def _one_of(mask: int, number: int) -> int:
    """Return the place of one of the bits that are set in ``mask``, chosen by ``number``."""
    count = 0
    for bit in range(NETWORKS):
        count += (mask >> bit) & 1
    left = number % count
    for bit in range(NETWORKS):
        left -= (mask >> bit) & 1
        if left < 0:
            return bit
    return 0


@kernel
def draw(
    key: np.uint64, begin: int, count: int, day: int, visible: int, shares: Longs,
    slots: NDArray[np.uint32], numbers: NDArray[np.uint32], table: Longs, library: Longs,
    ends: Longs, out: NDArray[np.uint32],
) -> None:  # fmt: skip
    """Fill ``out`` (9, n) with rows ``begin`` onwards of ``count`` that a view has of ``day``.

    Rows of ``out``: second of the day (rising), network, grade, content, client, address, port,
    computer, kind. ``shares`` are those of bystanders, verified and third parties, of 65,536;
    ``ends`` are the first code of strays, the last client and the last address.
    """
    for at in range(out.shape[1]):
        row = key + np.uint64(4 * (begin + at)) * _GOLDEN
        who, what, chance = _mix(row), _mix(row + _GOLDEN), _mix(row + _GOLDEN + _GOLDEN)
        place = slots[_below(who, 0, slots.size)]
        computer, traits = numbers[place], table[place]
        file = library[traits[1] + _below(what, 0, traits[2])]
        network = _one_of(traits[3] & visible, _part(who, 40, 8))
        out[0, at] = _second(begin + at, count, _part(chance, 48, 16))
        out[1, at] = network + 1
        out[3, at] = 1 + file * NETWORKS + network
        if _part(chance, 0, 16) < shares[0]:
            # Somebody who never had anything to do with it (Piatek et al., HotSec 2008).
            out[2, at] = 3
            stray = _below(chance, 16, (ends[1] - ends[0] + 1) // NETWORKS)
            out[4, at] = ends[0] + NETWORKS * stray + network
            out[5, at] = 1 + _below(what, 0, ends[2])
            out[6, at] = _FIRST_PORT + _below(chance, 16, _PORTS)
            out[7, at], out[8, at] = BYSTANDER, 0
            continue
        host = _part(who, 48, 8) % traits[4]
        out[2, at] = _grade(traits[0], _part(what, 40, 16), shares)
        if out[2, at] == 1 and network == _EDONKEY:
            out[3, at] += _SHA1 - _EDONKEY  # the holder of the log hashed what it received
        out[4, at] = _client(traits, host, network, day)
        out[5, at], out[6, at] = endpoint(traits, computer, host, day)
        out[7, at], out[8, at] = computer, traits[0]


@kernel
def _second(number: int, count: int, jitter: int) -> int:
    """Return when row ``number`` of ``count`` happens: rising, more of it in the evening."""
    even = (number + jitter / 65_536.0) / count
    return int(DAY * (even + 0.12 * sin(2.0 * pi * even) / (2.0 * pi)))


@kernel
def _grade(kind: int, chance: int, shares: Longs) -> int:
    if chance < shares[2]:
        return 3
    received = chance < shares[1] + shares[2] and kind < 4  # nothing comes of decoys or monitors
    return 1 if received else 2


@kernel
def _client(traits: Longs, host: int, network: int, day: int) -> int:
    """Return the code of the client id that a host uses on a network on a day."""
    before, several = 0, 0
    for bit in range(NETWORKS):
        several += (traits[3] >> bit) & 1
        before += (traits[3] >> bit) & 1 if bit < network else 0
    epoch = (day - traits[5]) // traits[8]
    return traits[7] + (epoch * traits[4] + host) * several + before


@kernel
def endpoint(traits: Longs, computer: int, host: int, day: int) -> tuple[int, int]:
    """Return code of the address, and port, of a host of ``computer`` on a day."""
    bits = _mix(np.uint64(2 * computer + host + 1))
    if traits[11] == 0:
        return traits[9] + host, _FIRST_PORT + _below(bits, 0, _PORTS)
    bits = _mix(bits + np.uint64((day + computer % traits[11]) // traits[11]))
    return traits[9] + _below(bits, 0, traits[10]), _FIRST_PORT + _below(bits, 32, _PORTS)


def warm() -> None:
    """Compile the kernels."""
    from tidebreak.sightings.synthetic.world import Shape, make

    small = make(Shape(holders=8, innocents=4, known=8, other=8, days=2, planted=1))
    for _ in days_of(small, VIEWS[0], 8):
        pass


warmable(__name__)
