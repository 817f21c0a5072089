"""Answers as JSON, written by hand because most of them are asked for thousands of times a second.

Distances, and what tells them, are only for those who may see them: whoever is told how far off
something is could move it until it is not found.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from typing import Any

from starlette.responses import Response

from tidebreak.access.roles import Permission, Principal
from tidebreak.locators import looks_like_one
from tidebreak.model import Examination, Level, Match, Signal, Verdict
from tidebreak.screens import Origin, Part, Screened
from tidebreak.service.jobs import Job

_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode
NOT_SHOWN = "(not shown)"
"""The rule, for those who may not know of every list: rules speak of lists."""

_NONE = '{"level":"none","matches":[],"omitted":0,"reason":""}'


def answer(content: Any, status: int = 200) -> Response:
    """Return ``content`` as a JSON response."""
    return Response(encoded(content), status, media_type="application/json")


def encoded(content: Any) -> bytes:
    """Return ``content`` as JSON; what cannot be written in UTF-8 is escaped."""
    return _ENCODE(content).encode("utf-8", "backslashreplace")


def matched(
    verdicts: Iterable[Verdict], reasons: Iterable[str], version: str, *, distances: bool
) -> bytes:
    """Return the answer to a look-up: most of it says that nothing is known.

    ``reasons`` say of each why no list could know it, "" where one could: that is no no.
    """
    texts = [
        _NONE
        if not verdict.matches and verdict.level == "none" and not verdict.omitted and not reason
        else _ENCODE({**verdict_of(verdict, distances=distances), "reason": reason})
        for verdict, reason in zip(verdicts, reasons, strict=True)
    ]
    return f'{{"version":{_ENCODE(version)},"items":[{",".join(texts)}]}}'.encode()


def narrowed(verdicts: Sequence[Verdict], caller: Principal) -> Sequence[Verdict]:
    """Return verdicts by those lists alone that ``caller`` may learn of."""
    return verdicts if not caller.lists else [_narrowed(one, caller) for one in verdicts]


def _narrowed(verdict: Verdict, caller: Principal) -> Verdict:
    left = tuple(match for match in verdict.matches if caller.sees(match.list))
    if len(left) == len(verdict.matches):
        return verdict
    level = min((match.level for match in left), key=lambda level: level.rank, default=Level.NONE)
    return Verdict(level, left)


def verdict_of(verdict: Verdict, *, distances: bool) -> dict[str, Any]:
    """Return a verdict with its reasons."""
    matches = [match_of(match, distances=distances) for match in verdict.matches]
    return {"level": verdict.level, "matches": matches, "omitted": verdict.omitted}


def match_of(match: Match, *, distances: bool) -> dict[str, Any]:
    """Return one reason."""
    shown: dict[str, Any] = {
        "list": match.list,
        "owner": match.owner,
        "kind": match.kind,
        "entry": entry_of(match.entry, match.number),
        "classification": match.classification,
        "scheme": match.scheme,
        "level": match.level,
        "signal": match.signal,
        "reason": match.reason if distances else _plain(match),
        "algorithm": match.algorithm,
        "disputed": match.disputed,
    }
    if distances:
        shown |= {
            "region": match.region,
            "transform": match.transform,
            "known_part": match.known_part,
            "distance": match.distance,
            "quality": match.quality,
            "known_fraction": match.known_fraction,
            "file_fraction": match.file_fraction,
            "ranges": match.ranges,
        }
    return shown


def _plain(match: Match) -> str:
    """Return the reason of a match without how far off it is, which near ones say."""
    if match.level in (Level.EXACT, Level.EXACT_WEAK):
        return match.reason
    return f"{match.signal} resembles it"


def entry_of(key: str, number: int) -> str:
    """Return what an entry is called: its list's own id, unless that may be a hash."""
    return f"#{number}" if looks_like_one(key) else key


def signals_of(signals: Sequence[Signal]) -> list[dict[str, Any]]:
    """Return signals as texts, with the quality of those that have one."""
    return [
        {"type": one.type.name, "value": one.text}
        | ({} if one.quality is None else {"quality": one.quality})
        for one in signals
    ]


def examined(found: Sequence[Examination], sandbox: int) -> dict[str, Any]:
    """Return what was found in a file."""
    return {"parts": [_hashed(one) for one in found], "sandbox": sandbox}


def _hashed(one: Examination | Part) -> dict[str, Any]:
    return {
        "member": one.member,
        "size": one.size,
        "content": one.content,
        "signals": signals_of(one.signals),
        "reason": one.reason,
        "note": one.note,
    }


def is_there_for(screened: Screened, caller: Principal) -> bool:
    """Whether ``caller`` may know of this: of its surface, and of a list that has it, if any."""
    if not caller.at(screened.origin.surface):
        return False
    if not caller.lists or not screened.level.found:
        return True
    found = (match for part in screened.parts for match in part.verdict.matches)
    return any(match.level.found and caller.sees(match.list) for match in found)


def seen_by(screened: Screened, caller: Principal) -> Screened:
    """Return what ``caller`` may see of an answer; what to do is always that of all lists."""
    if not caller.lists:
        return screened
    parts = tuple(replace(part, verdict=_narrowed(part.verdict, caller)) for part in screened.parts)
    levels = (part.verdict.level for part in parts)
    level = min(levels, key=lambda level: level.rank, default=Level.NONE)
    why = f"the policy says {screened.decision.action}"
    decision = replace(screened.decision, rule=NOT_SHOWN, why=why)  # both may name lists
    return replace(screened, parts=parts, level=level, decision=decision)


def screened_for(screened: Screened, caller: Principal) -> dict[str, Any]:
    """Return an answer to `Screens` as ``caller`` may see it."""
    return screened_of(seen_by(screened, caller), distances=caller.may(Permission.DISTANCES))


def screened_of(screened: Screened, *, distances: bool) -> dict[str, Any]:
    """Return an answer to `Screens`."""
    decision = screened.decision
    return {
        "id": screened.id,
        "at": screened.at,
        "origin": origin_of(screened.origin),
        "state": screened.state,
        "level": screened.level,
        "decision": {
            "action": decision.action,
            "rule": decision.rule,
            "why": decision.why,
            "legal_basis": decision.legal_basis,
            "policy": decision.policy,
            "holds": decision.holds,
        },
        "parts": [part_of(part, distances=distances) for part in screened.parts],
        "version": screened.version,
        "sandbox": screened.sandbox,
        "unexamined": screened.unexamined,
    }


def origin_of(origin: Origin) -> dict[str, Any]:
    """Return where content was said to be."""
    return {
        "surface": origin.surface,
        "jurisdiction": origin.jurisdiction,
        "item": origin.item,
        "client": origin.client,
    }


def part_of(part: Part, *, distances: bool) -> dict[str, Any]:
    """Return one thing that was examined, with its own signals: its holder may know them."""
    return {
        **_hashed(part),
        "state": part.state,
        "verdict": verdict_of(part.verdict, distances=distances),
    }


def job_of(job: Job) -> dict[str, Any]:
    """Return how far a job is."""
    return asdict(job)


def counts(result: Any) -> dict[str, int]:
    """Return the numbers of a result."""
    return {name: value for name, value in asdict(result).items() if type(value) is int}
