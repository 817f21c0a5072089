"""The calls of the service, one function each: what is asked, and what the answer is read as."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tidebreak.client.bodies import Content
from tidebreak.client.calls import (
    MOST_ITEMS,
    Call,
    as_many,
    get,
    new_key,
    place,
    send_bytes,
    send_json,
)
from tidebreak.client.fields import Fields
from tidebreak.client.reading import read_screened, read_signals, read_verdict
from tidebreak.client.records import (
    Filter,
    Outcome,
    Page,
    Status,
    VerdictRecord,
    read_lists,
    read_page,
    read_record,
    read_status,
)
from tidebreak.errors import UsageError
from tidebreak.model import Examination, HashList, Signal, Verdict
from tidebreak.screens import Origin, Screened

Items = Sequence[Sequence[Signal]]


def hash_(content: Content, *, full: bool) -> Call[tuple[Examination, ...]]:
    """Every signal of some content; nothing is looked up or kept."""
    query = {"full": "true"} if full else {}
    return send_bytes(place("hash"), content, _examinations, query=query)


def match(items: Items) -> Call[tuple[list[Verdict], str]]:
    """What each of up to `MOST_ITEMS` items resembles, and by which version of the lists."""

    def read(fields: Fields) -> tuple[list[Verdict], str]:
        found = [read_verdict(one) for one in fields.objects("items")]
        return as_many(found, len(items)), fields.text("version")

    return send_json("POST", place("match"), {"items": _items(items)}, read)


def screen(content: Content, origin: Origin, key: str) -> Call[Screened]:
    """What to do with some content."""
    query = _origin(origin)
    return send_bytes(place("screen"), content, read_screened, key=key or new_key(), query=query)


def screen_signals(items: Items, origin: Origin, key: str) -> Call[list[Screened]]:
    """What to do with each of up to `MOST_ITEMS` items."""
    asked = {"items": _items(items), "origin": _origin(origin)}
    return send_json("POST", place("screen"), asked, _many(len(items)), key or new_key())


def screen_url(url: str, origin: Origin, key: str) -> Call[Screened]:
    """What to do with what the service finds at ``url``, where it is allowed to fetch."""
    asked = {"url": url, "origin": _origin(origin)}
    return send_json("POST", place("screen"), asked, read_screened, key or new_key())


def verdicts(chosen: Filter, after: str, limit: int) -> Call[Page]:
    """Up to ``limit`` (1 to 500) verdicts, those after the one called ``after``."""
    return get(place("verdicts"), read_page, **chosen.query, after=after, limit=str(limit))


def verdict(id: str) -> Call[VerdictRecord]:
    """One verdict with its reviews."""
    return get(place("verdicts", id), read_record)


def review(id: str, outcome: Outcome, note: str, key: str) -> Call[VerdictRecord]:
    """What a person found of a verdict."""
    said = {"outcome": outcome.value, "note": note}
    return send_json("POST", place("verdicts", id, "review"), said, read_record, key or new_key())


def lists() -> Call[tuple[HashList, ...]]:
    """All lists."""
    return get(place("lists"), read_lists)


def status() -> Call[Status]:
    """How the service is."""
    return get(place("status"), read_status)


def _many(wanted: int) -> Callable[[Fields], list[Screened]]:
    return lambda fields: as_many([read_screened(one) for one in fields.objects("items")], wanted)


def _examinations(fields: Fields) -> tuple[Examination, ...]:
    return tuple(
        Examination(
            member=part.text("member"),
            size=part.integer("size"),
            content=part.text("content"),
            signals=read_signals(part),
            reason=part.text("reason"),
            note=part.text("note"),
        )
        for part in fields.objects("parts")
    )


def _origin(origin: Origin) -> dict[str, str]:
    # Who asks is what the key says.
    return {
        "surface": origin.surface.value, "jurisdiction": origin.jurisdiction, "item": origin.item,
    }  # fmt: skip


def _items(items: Items) -> list[list[dict[str, Any]]]:
    if not 0 < len(items) <= MOST_ITEMS:
        raise UsageError(f"Ask for 1 to {MOST_ITEMS:,} items at once.")
    return [[_signal(signal) for signal in signals] for signals in items]


def _signal(signal: Signal) -> dict[str, Any]:
    found: dict[str, Any] = {"type": signal.type.name, "value": signal.text}
    return found if signal.quality is None else found | {"quality": signal.quality}
