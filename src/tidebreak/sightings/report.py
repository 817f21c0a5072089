"""Pages to print: one for a whole ranking, one for an actor hypothesis. Self-contained, no scripts.

The page of a ranking names nobody: actors have opaque keys. That of an actor shows what the vault
keeps, and whoever makes one must say so in the audit log.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from tidebreak.errors import UsageError
from tidebreak.files import replace_whole
from tidebreak.showing import counted, visible
from tidebreak.sightings import drawing
from tidebreak.sightings.portrait import Portrait, unit_of
from tidebreak.sightings.records import Actor, Grade, Hypothesis, Network, Range, Ranking
from tidebreak.version import VERSION

SHOWN = 50
"""Actors of each hypothesis on the page of a ranking; the export holds all."""

PLACES = 40
"""Countries and networks on the page of a ranking."""

COMPANIONS, ITEMS = 50, 500
"""Addresses or client ids, and contents, on the page of an actor."""

MEASURES = (
    ("Known contents that only this one was seen with", "sole", 0),
    ("Worth: sum of 1/holders over its known contents", "rarity", 1),
    ("Distinct known contents", "contents", 0),
    ("Days with known content", "days", 0),
    ("Addresses seen with it", "addresses", 0),
    ("Client ids seen with it", "clients", 0),
)
"""In words, by the name of the field, with the digits after the point."""

NETWORK_NAMES = {
    Network.OTHER: "other",
    Network.BITTORRENT: "BitTorrent",
    Network.EDONKEY: "eDonkey",
    Network.GNUTELLA: "Gnutella",
    Network.DIRECT_CONNECT: "Direct Connect",
    Network.IPFS: "IPFS",
    Network.WEB: "web",
}


def ranking_page(ranking: Ranking) -> str:
    """Return the page of a whole ranking; it names nobody."""
    most = {
        hypothesis: {name: _most(actors, name) for name in ("sole", "rarity", "contents")}
        for hypothesis, actors in ranking.actors.items()
    }
    return (
        _environment()
        .get_template("ranking.html.jinja")
        .render(
            ranking=ranking,
            curve=Markup(drawing.coverage(ranking.curves.values())),
            most=SHOWN,
            most_of=most,
            cards={name: found for name, found in ranking.totals.items() if not _is_place(name)},
            places=[item for item in ranking.totals.items() if _is_place(item[0])][:PLACES],
        )
    )


def actor_page(portrait: Portrait, ranking: Ranking) -> str:
    """Return the page of one actor, its measures beside the largest of ``ranking``."""
    actor = portrait.actor
    actors = ranking.actors[actor.hypothesis]
    measures = [
        (words, getattr(actor, name), digits, _most(actors, name))
        for words, name, digits in MEASURES
    ]
    return (
        _environment()
        .get_template("actor.html.jinja")
        .render(
            portrait=portrait,
            actor=actor,
            measures=measures,
            most_contents=_most(actors, "contents"),
            timeline=Markup(drawing.timeline(portrait.slots, unit_of(actor))),
            by_client=actor.hypothesis is Hypothesis.CLIENT,
            most=COMPANIONS,
            most_items=ITEMS,
        )
    )


def write_page(path: Path, page: str) -> None:
    """Write ``page`` to ``path``, whole or not at all, for nobody else to read; `UsageError`."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_whole(path, page.encode())
    except OSError as error:
        raise UsageError(
            f"The page cannot be written to {path} ({os.strerror(error.errno or 0)}); make room"
            " there, or name another place with --report."
        ) from None


def network_names(actor: Actor) -> str:
    """Return the networks of an actor in words."""
    return ", ".join(NETWORK_NAMES[network] for network in actor.networks)


def percent(share: Range) -> str:
    """Return a range of shares (0-1) in percent."""
    found = Range(100 * share.low, 100 * share.high)
    return f"{drawing.figure(found, 2 if found.high < 1 else 1)} %"


def moment(seconds: int) -> str:
    """Return a time in seconds since 1970 UTC as text, to the minute."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M}"


def day(seconds: int) -> str:
    """Return the day of a time in seconds since 1970 UTC as text, "–" for 0."""
    return moment(seconds)[:10] if seconds else "–"


def _is_place(name: str) -> bool:
    return name.startswith("addresses ")


def _most(actors: tuple[Actor, ...], name: str) -> float:
    return max((getattr(actor, name).high for actor in actors), default=0.0)


def _bar(found: Range, most: float) -> Markup:
    return Markup(drawing.range_bar(found, most))


def _mix(grades: Mapping[Grade, int]) -> Markup:
    return Markup(drawing.mix(grades))


def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("tidebreak.sightings", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    # What is drawn is not escaped: it is made here, of numbers and escaped names.
    helpers: dict[str, Any] = {
        "version": VERSION, "Grade": Grade, "counted": counted, "figure": drawing.figure,
        "percent": percent, "moment": moment, "day": day, "networks": network_names,
        "network_name": NETWORK_NAMES.__getitem__, "bar": _bar,
        "mix": _mix,
    }  # fmt: skip
    made.globals.update(helpers)
    return made


def _shown(value: Any) -> Any:
    """Names of files and words of lists may hold what cannot be seen."""
    return visible(value) if type(value) is str else value
