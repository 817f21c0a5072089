"""What the service keeps and says of itself: verdicts with their reviews, lists, its state."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tidebreak.client.fields import Fields
from tidebreak.client.reading import read_screened
from tidebreak.model import Depth, HashList, Level, ListKind, Thresholds
from tidebreak.screens import Action, Screened


class Outcome(StrEnum):
    """What a person found of a verdict."""

    CONFIRMED = "confirmed"
    WRONG = "wrong"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Review:
    """What ``reviewer`` found of a verdict, ``at`` a time (UTC, ISO 8601)."""

    at: str
    reviewer: str
    outcome: Outcome
    note: str


@dataclass(frozen=True, slots=True)
class VerdictRecord:
    """What was screened, as it is kept: without signals, with what came after.

    ``earlier`` is the screening of which this is a later verdict, ``waits`` that a person is to
    look.
    """

    screened: Screened
    earlier: str
    waits: bool
    reviews: tuple[Review, ...]


@dataclass(frozen=True, slots=True)
class Filter:
    """Which verdicts: all that found something, unless ``found`` is off. ``since`` has a zone."""

    client: str = ""
    level: Level | None = None
    action: Action | None = None
    waits: bool | None = None
    retroactive: bool | None = None
    found: bool = True
    since: datetime | None = None

    @property
    def query(self) -> dict[str, str]:
        """The filter as a query."""
        found = {
            "client": self.client,
            "level": self.level or "",
            "action": self.action or "",
            "waits": _truth(self.waits),
            "retroactive": _truth(self.retroactive),
            "found": "" if self.found else "false",
            "since": self.since.isoformat() if self.since else "",
        }
        return {name: value for name, value in found.items() if value}


@dataclass(frozen=True, slots=True)
class Page:
    """Some verdicts, newest first, and where the next page begins; empty: there is none."""

    items: tuple[VerdictRecord, ...]
    next: str


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that must be so for the service to do its work; ``why`` it is not."""

    name: str
    good: bool
    why: str


@dataclass(frozen=True, slots=True)
class Status:
    """How the service is: ``age`` is how many seconds ago the lists were last seen as they are.

    ``lists`` and ``entries`` are 0 for a key that is not told of all lists.
    ``queued`` uploads wait or are examined, ``sandbox`` is the level they are examined at.
    """

    ready: bool
    software: str
    version: str
    age: float
    lists: int
    entries: int
    queued: int
    sandbox: int
    checks: tuple[Check, ...]


def read_record(fields: Fields) -> VerdictRecord:
    """Return a verdict as it is kept; raises `CannotAsk`, as all of these do."""
    return VerdictRecord(
        read_screened(fields),
        fields.text("earlier"),
        fields.truth("waits"),
        tuple(map(_review, fields.objects("reviews"))),
    )


def read_page(fields: Fields) -> Page:
    """Return a page of verdicts."""
    after = fields.text("next") if fields.has("next") else ""
    return Page(tuple(map(read_record, fields.objects("items"))), after)


def read_lists(fields: Fields) -> tuple[HashList, ...]:
    """Return all lists; their numbers are the service's own and not told."""
    return tuple(map(_list, fields.objects("items")))


def read_status(fields: Fields) -> Status:
    """Return how the service is."""
    lists, workers = fields.object("lists"), fields.object("workers")
    return Status(
        ready=fields.truth("ready"),
        software=fields.text("software"),
        version=lists.text("version"),
        age=lists.number("age_seconds"),
        lists=lists.integer("enabled") if lists.has("enabled") else 0,
        entries=lists.integer("entries") if lists.has("entries") else 0,
        queued=workers.integer("queued"),
        sandbox=workers.integer("sandbox"),
        checks=tuple(map(_check, fields.objects("checks"))),
    )


def _review(fields: Fields) -> Review:
    return Review(
        fields.text("at"), fields.text("reviewer"), fields.word("outcome", Outcome),
        fields.text("note"),
    )  # fmt: skip


def _check(fields: Fields) -> Check:
    return Check(fields.text("name"), fields.truth("good"), fields.text("why"))


def _list(fields: Fields) -> HashList:
    return HashList(
        id=0,
        name=fields.text("name"),
        kind=fields.word("kind", ListKind),
        owner=fields.text("owner"),
        legal_basis=fields.text("legal_basis"),
        scheme=fields.text("scheme"),
        enabled=fields.truth("enabled"),
        thresholds=_thresholds(fields.object("thresholds")),
        entries=fields.integer("entries"),
    )


def _thresholds(fields: Fields) -> Thresholds:
    return Thresholds(
        near=fields.integer("near"),
        possible=fields.integer("possible"),
        lead=fields.integer("lead"),
        quality=fields.integer("quality"),
        author=fields.text("author"),
        reason=fields.text("reason"),
        depth=fields.word("depth", Depth) if fields.has("depth") else None,
    )


def _truth(value: bool | None) -> str:
    return "" if value is None else str(value).lower()
