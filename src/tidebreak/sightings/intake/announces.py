"""What an announce to a tracker says (BEP 3, BEP 15), and what it proves.

The peer that announces tells the tracker itself, by its infohash, which content it takes part
in: that is a claim by the peer (grade B) where the connection shows who it was, as TCP does. An
announce may name *another* address for the peer (``ip``): for that one it is what a third party
says (grade C), since anybody can be named; so it becomes a second sighting of its own.
"""

from __future__ import annotations

from collections.abc import Mapping as Dict
from dataclasses import dataclass

import numpy as np

from tidebreak.hashing.arrays import Ints
from tidebreak.sightings.formats import Table
from tidebreak.sightings.intake.mapping import ClientForm, ContentColumn, Mapping
from tidebreak.sightings.records import Network
from tidebreak.sightings.text_kernels import match_words, parse_numbers
from tidebreak.sightings.texts import Texts, joined

COLUMNS = ("time", "content", "address", "port", "client", "event", "grade")

MAPPING = Mapping(
    time="time",
    contents=(ContentColumn("content", "btih"),),
    address="address",
    port="port",
    client="client",
    client_form=ClientForm.HEX,
    event="event",
    grade="grade",
    constant_network=Network.BITTORRENT,
)
"""How announces are read. The 20 bytes of an announce may be a version 2 infohash cut short:
both stand in one space (`tidebreak.signals`)."""

_EVENTS = Texts.of([b"announced", b"offered", b"stopped"])
_COMPLETED, _STOPPED = 0, 1
_SAID = Texts.of([b"completed", b"stopped"])


@dataclass(frozen=True, slots=True)
class Announces:
    """Announces, a column each; ``contents`` and ``clients`` are hexadecimal.

    ``remotes`` are the addresses that they came from, ``stated`` those that they name, empty
    for most; ``events`` and ``left`` are as announced.
    """

    times: Texts
    contents: Texts
    clients: Texts
    remotes: Texts
    stated: Texts
    ports: Texts
    events: Texts
    left: Texts


def table(found: Announces, grade: bytes, rejects: Dict[str, int]) -> Table:
    """Return the sightings of announces: what they came from at ``grade``, what they name at C."""
    count = len(found.times)
    others = _others(found)
    rows = np.concatenate([np.arange(count), others])
    columns = {
        "time": found.times.take(rows),
        "content": found.contents.take(rows),
        "address": joined([found.remotes, found.stated.take(others)]),
        "port": found.ports.take(rows),
        "client": found.clients.take(rows),
        "event": _EVENTS.take(_meanings(found)[rows]),
        "grade": joined([Texts.same(grade, count), Texts.same(b"C", len(others))]),
    }
    further = rows >= len(rows)
    further[count:] = True
    refused = sum(rejects.values())
    return Table(columns, count + refused, rejects, further if len(others) else None)


def _others(found: Announces) -> Ints:
    """Return the announces that name an address which they did not come from."""
    given = np.flatnonzero(found.stated.given)
    pairs = zip(
        found.stated.take(given).to_list(), found.remotes.take(given).to_list(), strict=True
    )
    return given[[stated != remote for stated, remote in pairs]] if len(given) else given


def _meanings(found: Announces) -> Ints:
    """Return which of `_EVENTS` each announce is."""
    said = match_words(found.events, _SAID)
    whole = (parse_numbers(found.left) == 0) | (said == _COMPLETED)
    return np.where(said == _STOPPED, 2, whole).astype(np.int64)
