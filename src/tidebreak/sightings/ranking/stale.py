"""Whether a kept ranking is still what would be ranked now, in words."""

from __future__ import annotations

from tidebreak.errors import UsageError
from tidebreak.sightings.kept_logs.store import Sightings
from tidebreak.sightings.ranking.exclusions import version
from tidebreak.sightings.records import Ranking

_LISTS, _MACHINES = "the lists", "the machines that are never ranked"


def stale(ranking: Ranking, list_version: str, sightings: Sightings) -> str:
    """Return what has changed since ``ranking`` was made, one sentence, or nothing.

    ``list_version`` is that of the lists now.
    """
    changed = {
        _LISTS: ranking.list_version != list_version,
        _MACHINES: ranking.exclusions != version(sightings),
    }
    said = " and ".join(name for name, differs in changed.items() if differs)
    return f"{said.capitalize()} have changed since this was ranked; rank again." if said else ""


def refuse_other_machines(ranking: Ranking, sightings: Sightings) -> None:
    """Raise `UsageError` when other machines are excluded now: nobody is to name those."""
    if said := stale(ranking, ranking.list_version, sightings):
        raise UsageError(said)
