"""Where content is, in law: jurisdictions, surfaces, and on what terms each may be examined."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from tidebreak.errors import UsageError
from tidebreak.screens import Origin, Surface

EVERYWHERE = ""
"""The jurisdiction of what names none, and of every one without a section of its own."""

EU = "EU"

_COUNTRIES = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
_NEIGHBOURS = "NO IS LI"
"""Of the EEA: they keep the same rules on private communications."""
_IN_THE_EU = frozenset(f"{_COUNTRIES} {_NEIGHBOURS}".split())
_OTHER_NAMES = {"UK": "GB", "EL": "GR"}


class SurfaceOff(UsageError):
    """The policy does not let content of this surface be examined here."""


@dataclass(frozen=True, slots=True)
class Terms:
    """Whether content on a surface is examined, and by what right."""

    enabled: bool
    legal_basis: str = ""


OPEN_SURFACES = (Surface.PUBLIC, Surface.HOSTING)
"""Those that are examined where nobody states otherwise."""

_ON, _OFF = Terms(enabled=True), Terms(enabled=False)

Surfaces = Mapping[tuple[str, Surface], Terms]
"""Terms by jurisdiction and surface, as the file states them."""


_CODE = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,8}){0,2}")


def is_code(text: str) -> bool:
    """Whether ``text`` is a country, or a part of one, as `code_of` writes it; or `EU`."""
    return _CODE.fullmatch(text) is not None


def code_of(jurisdiction: str) -> str:
    """Return what the policy calls a jurisdiction: capitals, ``GB`` for ``UK``."""
    first, *rest = jurisdiction.strip().upper().replace("_", "-").split("-")
    return "-".join([_OTHER_NAMES.get(first, first), *rest])


@lru_cache(maxsize=1024)
def lineage(jurisdiction: str) -> tuple[str, ...]:
    """Return the jurisdictions that a place lies in, the nearest first: ``DE-BY``, ``DE``, ``EU``.

    Countries are those of ISO 3166, parts of them follow a hyphen. `EVERYWHERE` is left out. What
    is no such code may lie in the EU.
    """
    code = code_of(jurisdiction)
    if not code:
        return ()
    if not is_code(code):
        return (code, EU)
    parts = code.split("-")
    found = ["-".join(parts[:count]) for count in range(len(parts), 0, -1)]
    return (*found, EU) if parts[0] in _IN_THE_EU else tuple(found)


def terms_at(surfaces: Surfaces, surface: Surface, places: tuple[str, ...]) -> Terms:
    """Return the terms of a surface in the nearest of ``places`` (`lineage`) that states them.

    Private messages are off where nobody stated terms, and in the EU unless a section of the EU or
    of the country does: what is right elsewhere is no legal basis there.
    """
    for place in places:
        if (place, surface) in surfaces:
            return surfaces[place, surface]
    if surface in OPEN_SURFACES:
        return surfaces.get((EVERYWHERE, surface), _ON)
    return _OFF if EU in places else surfaces.get((EVERYWHERE, surface), _OFF)


def check_terms(origin: Origin, terms: Terms) -> None:
    """Raise `SurfaceOff` when content from ``origin`` must not be examined."""
    if terms.enabled:
        return
    if origin.jurisdiction and origin.surface is Surface.PRIVATE_MESSAGE:
        hint = "enter the legal basis of that jurisdiction in the policy first"
    elif origin.surface is Surface.PRIVATE_MESSAGE:
        hint = "enter a legal basis in the policy first"
    else:
        hint = "the policy switches it off"
    raise SurfaceOff(f"Content of the surface '{origin.surface}' is not examined here: {hint}.")
