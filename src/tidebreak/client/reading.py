"""The service's JSON as the words of the field: verdicts, decisions, what was screened."""

from __future__ import annotations

import math
from typing import cast

from tidebreak.client.fields import Fields, unreadable
from tidebreak.model import Level, ListKind, Match, Range, Signal, State, Verdict
from tidebreak.screens import Action, Decision, Origin, Part, Screened, Surface
from tidebreak.signals import find_signal_type

UNTOLD = math.nan
"""The distance of a match that whoever asks may not see: no comparison with it is ever true."""


def read_screened(fields: Fields) -> Screened:
    """Return what was screened; raises `CannotAsk` where that cannot be understood."""
    return Screened(
        id=fields.text("id"),
        at=fields.text("at"),
        origin=_origin(fields.object("origin")),
        state=fields.word("state", State),
        level=fields.word("level", Level),
        decision=_decision(fields.object("decision")),
        parts=tuple(map(_part, fields.objects("parts"))),
        version=fields.text("version"),
        sandbox=fields.integer("sandbox"),
        unexamined=fields.integer("unexamined"),
    )


def read_verdict(fields: Fields) -> Verdict:
    """Return a verdict; raises `CannotAsk`."""
    return Verdict(
        fields.word("level", Level),
        tuple(map(_match, fields.objects("matches"))),
        fields.integer("omitted"),
    )


def read_signal(fields: Fields) -> Signal | None:
    """Return a signal, None for one of a type that is not known here; raises `CannotAsk`."""
    kind = find_signal_type(fields.text("type"))
    if kind is None:
        return None
    try:
        value = kind.parse(fields.text("value"))
    except ValueError:
        raise unreadable("signal", "it is none of its type") from None
    return Signal(kind, value, fields.integer("quality") if fields.has("quality") else None)


def read_signals(fields: Fields) -> tuple[Signal, ...]:
    """Return the signals in ``fields``, those of types that are known here; raises `CannotAsk`."""
    found = map(read_signal, fields.objects("signals"))
    return tuple(signal for signal in found if signal is not None)


def _part(fields: Fields) -> Part:
    return Part(
        member=fields.text("member"),
        size=fields.integer("size"),
        content=fields.text("content"),
        state=fields.word("state", State),
        verdict=read_verdict(fields.object("verdict")),
        signals=read_signals(fields),
        reason=fields.text("reason"),
        note=fields.text("note"),
    )


def _origin(fields: Fields) -> Origin:
    return Origin(
        fields.word("surface", Surface),
        fields.text("jurisdiction"),
        fields.text("item"),
        fields.text("client"),
    )


def _decision(fields: Fields) -> Decision:
    return Decision(
        action=fields.word("action", Action),
        rule=fields.text("rule"),
        why=fields.text("why"),
        legal_basis=fields.text("legal_basis"),
        policy=fields.text("policy"),
        holds=fields.texts("holds"),
    )


def _match(fields: Fields) -> Match:
    """Return a match; what only some may see of it is absent for others."""
    return Match(
        list=fields.text("list"),
        owner=fields.text("owner"),
        kind=fields.word("kind", ListKind),
        entry=fields.text("entry"),
        classification=fields.text("classification"),
        scheme=fields.text("scheme"),
        level=fields.word("level", Level),
        signal=fields.text("signal"),
        distance=fields.number("distance") if fields.has("distance") else UNTOLD,
        region=fields.text("region") if fields.has("region") else "full",
        transform=fields.text("transform") if fields.has("transform") else "none",
        quality=fields.integer("quality") if fields.has("quality") else None,
        reason=fields.text("reason"),
        algorithm=fields.text("algorithm") if fields.has("algorithm") else "",
        disputed=fields.truth("disputed"),
        known_part=fields.text("known_part") if fields.has("known_part") else "whole",
        known_fraction=_maybe(fields, "known_fraction"),
        file_fraction=_maybe(fields, "file_fraction"),
        ranges=tuple(map(_range, fields.items("ranges"))) if fields.has("ranges") else (),
    )


def _maybe(fields: Fields, name: str) -> float | None:
    return fields.number(name) if fields.has(name) else None


def _range(value: object) -> Range:
    numbers = cast("list[object]", value) if isinstance(value, list) else []
    if len(numbers) != 4 or not all(type(one) in (int, float) for one in numbers):
        raise unreadable("range", "not four numbers")
    return cast("Range", tuple(map(float, cast("list[float]", numbers))))
