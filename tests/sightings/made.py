"""Rankings and portraits of nobody, made of random numbers, for tests of what shows them."""

from __future__ import annotations

import random

from tidebreak.sightings.pages.portrait import Companion, Item, Portrait, Slot, largest
from tidebreak.sightings.records import (
    KNOWN_SEEN,
    Actor,
    Curve,
    Custody,
    Grade,
    Hypothesis,
    Network,
    Range,
    Ranking,
    Source,
)

START, DAY = 1_767_225_600, 86_400

SOURCES = (
    Source(
        1, "client.csv", "0f" * 32, 123_456_789, "csv",
        Custody("Regional unit 4", "warrant 17/2026", "seized server B"),
        grade_ceiling=Grade.A, imported_at="2026-11-22T23:00:00+00:00", imported_by="uid 1000",
        rows=5_000_321, kept=4_999_800, rejects={"a time that is not understood": 521},
        noted={"an event that the mapping does not know": 12}, first=START, last=START + 90 * DAY,
    ),
    Source(
        2, "tracker.log", "ab" * 32, 9_999, "nginx", Custody("Tracker operator", "contract"),
        timezone="Europe/Amsterdam", clock_offset=-90, network=Network.BITTORRENT,
        imported_at="2026-11-22T23:05:00+00:00", imported_by="uid 1000", rows=3, kept=3,
        first=START, last=START + 90 * DAY,
    ),
)  # fmt: skip

FLAG = "one address had 14 client ids on a day: a shared line, or several machines"


def _range(rng: random.Random, low: int, high: int) -> Range:
    least = rng.randint(low, high)
    return Range(least, round(least * rng.uniform(1, 1.8)))


def actor(hypothesis: Hypothesis, place: int, seed: int = 1) -> Actor:
    rng = random.Random(f"{hypothesis} {place} {seed}")
    letter = "c" if hypothesis is Hypothesis.CLIENT else "e"
    sole = _range(rng, 2, 400)
    return Actor(
        hypothesis, f"{letter}:{rng.getrandbits(48):012x}", (Network.EDONKEY, Network.GNUTELLA),
        _range(rng, 100, 900), _range(rng, 1, 80), sole, Range(sole.low + 0.4, sole.high + 7.7),
        place, Range(0.03 / place, 0.05 / place), START + rng.randrange(DAY), START + 80 * DAY,
        {Grade.A: rng.randrange(300), Grade.B: rng.randrange(900), Grade.C: rng.randrange(2_000)},
        {"Unit: scheme-1 class 1": _range(rng, 5, 50)}, _range(rng, 1, 30), _range(rng, 1, 3),
        (FLAG,) if place % 2 else (),
    )  # fmt: skip


def ranking(count: int) -> Ranking:
    ks = tuple(sorted({round(1.2**i) for i in range(40)})) if count else ()
    return Ranking(
        {kind: tuple(actor(kind, n) for n in range(1, count + 1)) for kind in Hypothesis},
        {
            kind: Curve(
                kind, ks,
                tuple(0.25 * (1 - 0.98**k) for k in ks), tuple(0.4 * (1 - 0.97**k) for k in ks),
            )
            for kind in Hypothesis
        },
        {KNOWN_SEEN: Range(9_120, 11_020), "client_ids": Range(12_000, 14_000)},
        {"sightings of excluded machines": 48_210}, SOURCES, "41",
        "2026-11-22T23:20:00+00:00", {"shared": 3, "roaming": 8},
    )  # fmt: skip


def portrait(made: Ranking, contents: int = 140) -> Portrait:
    slots = tuple(
        Slot(START + n * DAY, {Grade.A: n % 4, Grade.B: 7 + n % 11, Grade.C: n % 9})
        for n in range(60)
    )
    items = tuple(
        Item(
            (f"National list: item-{n}",), ("Unit: scheme-1 class 2",), (Network.EDONKEY,),
            {Grade.A: n % 3, Grade.B: 4, Grade.C: 9}, n % 4 > 0, START + n * DAY, START + n * DAY,
        )
        for n in range(contents)
    )  # fmt: skip
    companions = tuple(
        Companion(f"240.1.{n}.7, port {5_000 + n}", 300 - n, START + n * DAY, START + n * DAY)
        for n in range(60)
    )
    networks = {Network.EDONKEY: {Grade.A: 30, Grade.B: 400}, Network.GNUTELLA: {Grade.B: 3}}
    first = made.actors[Hypothesis.CLIENT][0]
    return Portrait(
        first, 1, len(made.actors[Hypothesis.CLIENT]), largest(made.actors[Hypothesis.CLIENT]),
        (("Client id", "f2a17c0e9d3344556677889900aabbcc"), ("Its network", "eDonkey")),
        slots, networks, companions, items, SOURCES, made.list_version, made.made_at,
    )  # fmt: skip
