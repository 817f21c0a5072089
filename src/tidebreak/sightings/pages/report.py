"""Pages to print: one for a whole ranking, one for an actor hypothesis. Self-contained, no scripts.

The page of a ranking names nobody: actors have opaque keys. That of an actor shows what the vault
keeps, and whoever makes one must say so in the audit log.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from tidebreak.errors import UsageError
from tidebreak.files import replace_whole
from tidebreak.showing import counted, visible
from tidebreak.sightings.pages import drawing
from tidebreak.sightings.pages.portrait import Portrait, largest, unit_of
from tidebreak.sightings.pages.wording import (
    MEASURES,
    NETWORK_NAMES,
    day,
    figure,
    moment,
    network_names,
    percent,
)
from tidebreak.sightings.records import Grade, Hypothesis, Range, Ranking
from tidebreak.version import VERSION

SHOWN = 50
"""Actors of each hypothesis on the page of a ranking; the export holds all."""

PLACES = 40
"""Countries and networks on the page of a ranking."""

COMPANIONS, ITEMS = 50, 500
"""Addresses or client ids, and contents, on the page of an actor."""


def ranking_page(ranking: Ranking) -> str:
    """Return the page of a whole ranking; it names nobody."""
    return (
        _environment()
        .get_template("ranking.html.jinja")
        .render(
            ranking=ranking,
            curve=Markup(drawing.coverage(ranking.curves.values())),
            most=SHOWN,
            most_of={name: largest(actors) for name, actors in ranking.actors.items()},
            cards={name: found for name, found in ranking.totals.items() if not _is_place(name)},
            places=[item for item in ranking.totals.items() if _is_place(item[0])][:PLACES],
        )
    )


def actor_page(portrait: Portrait) -> str:
    """Return the page of one actor, its measures beside the largest of its ranking."""
    actor = portrait.actor
    measures = [
        (words, getattr(actor, name), digits, portrait.largest[name])
        for words, name, digits in MEASURES
    ]
    return (
        _environment()
        .get_template("actor.html.jinja")
        .render(
            portrait=portrait,
            actor=actor,
            measures=measures,
            most_contents=portrait.largest["contents"],
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


def _is_place(name: str) -> bool:
    return name.startswith("addresses ")


def _bar(found: Range, most: float) -> Markup:
    return Markup(drawing.range_bar(found, most))


def _mix(grades: Mapping[Grade, int]) -> Markup:
    return Markup(drawing.mix(grades))


def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("tidebreak.sightings.pages", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    # What is drawn is not escaped: it is made here, of numbers and escaped names.
    helpers: dict[str, Any] = {
        "version": VERSION, "Grade": Grade, "counted": counted, "figure": figure,
        "percent": percent, "moment": moment, "day": day, "networks": network_names,
        "network_name": NETWORK_NAMES.__getitem__, "bar": _bar,
        "mix": _mix,
    }  # fmt: skip
    made.globals.update(helpers)
    return made


def _shown(value: Any) -> Any:
    """Names of files and words of lists may hold what cannot be seen."""
    return visible(value) if type(value) is str else value
