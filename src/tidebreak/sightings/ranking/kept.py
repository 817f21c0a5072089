"""The last ranking, kept so that what is shown and exported later is what was ranked.

It is encrypted: who stands where in a work queue concerns nobody else.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from tidebreak.errors import Damaged, UsageError
from tidebreak.files import replace_whole
from tidebreak.sightings.records import (
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
from tidebreak.store.vault import Vault

_FILE, _PLACE, _VERSION = "ranking.sealed", "sightings:ranking", 2


def keep(home: Path, vault: Vault, ranking: Ranking) -> None:
    """Keep ``ranking`` below ``home``, the folder of the sightings, instead of the one before."""
    content = json.dumps({"version": _VERSION, **asdict(ranking)}, separators=(",", ":"))
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    replace_whole(home / _FILE, vault.seal(_PLACE, content.encode()))


def last(home: Path, vault: Vault) -> Ranking:
    """Return the last ranking; raises `UsageError` where there is none, `Damaged`."""
    try:
        sealed = (home / _FILE).read_bytes()
    except FileNotFoundError:
        raise UsageError("Nothing has been ranked yet; run: tidebreak sightings rank") from None
    try:
        given: dict[str, Any] = json.loads(vault.open(_PLACE, sealed))
        if given.pop("version") != _VERSION:
            raise ValueError("another version")
        return _ranking(given)
    except (ValueError, KeyError, TypeError):
        raise Damaged(
            "The kept ranking is not what was written; run: tidebreak sightings rank"
        ) from None


def _ranking(given: Mapping[str, Any]) -> Ranking:
    return Ranking(
        actors={
            Hypothesis(name): tuple(_actor(item) for item in actors)
            for name, actors in given["actors"].items()
        },
        curves={Hypothesis(name): _curve(item) for name, item in given["curves"].items()},
        totals=_ranges(given["totals"]),
        excluded=given["excluded"],
        sources=tuple(_source(item) for item in given["sources"]),
        list_version=given["list_version"],
        made_at=given["made_at"],
        options=given["options"],
        exclusions=given["exclusions"],
    )


def _actor(given: Mapping[str, Any]) -> Actor:
    found = dict(given)
    for field in fields(Actor):
        if field.type == "Range":
            found[field.name] = Range(**given[field.name])
    found["hypothesis"] = Hypothesis(given["hypothesis"])
    found["networks"] = tuple(Network(number) for number in given["networks"])
    found["grades"] = {Grade(int(grade)): count for grade, count in given["grades"].items()}
    found["severity"] = _ranges(given["severity"])
    found["flags"] = tuple(given["flags"])
    return Actor(**found)


def _curve(given: Mapping[str, Any]) -> Curve:
    ends = {name: tuple(given[name]) for name in ("k", "low", "high")}
    return Curve(hypothesis=Hypothesis(given["hypothesis"]), **ends)


def _source(given: Mapping[str, Any]) -> Source:
    found = dict(given)
    found["custody"] = Custody(**given["custody"])
    found["network"] = Network(given["network"])
    found["grade_ceiling"] = Grade(given["grade_ceiling"])
    return Source(**found)


def _ranges(given: Mapping[str, Any]) -> dict[str, Range]:
    return {name: Range(**found) for name, found in given.items()}
