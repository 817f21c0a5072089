"""Hash lists and their entries."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from tidebreak.model import ListKind
from tidebreak.service.forms.base import In, Name, Out, Reason, no_hash
from tidebreak.service.forms.screening import Item

Text = Annotated[str, Field(max_length=500), AfterValidator(no_hash)]


class ThresholdsIn(In):
    """Distances (0-256) up to which PDQ means each level, the least quality, and why."""

    near: Annotated[int | None, Field(ge=0, le=256)] = None
    possible: Annotated[int | None, Field(ge=0, le=256)] = None
    lead: Annotated[int | None, Field(ge=0, le=256)] = None
    quality: Annotated[int | None, Field(ge=0, le=100)] = None
    reason: Reason


class ListIn(In):
    """An empty list to make."""

    name: Annotated[str, Field(min_length=1, max_length=200), AfterValidator(no_hash)]
    kind: ListKind = ListKind.CONTRABAND
    owner: Name = ""
    legal_basis: Text = ""
    scheme: Name = ""
    thresholds: ThresholdsIn | None = None


class ListPatch(In):
    """What is to change of a list."""

    enabled: bool | None = None
    thresholds: ThresholdsIn | None = None


class ImportIn(In):
    """How a file is imported: see ``tidebreak lists import``."""

    kind: ListKind = ListKind.CONTRABAND
    format: Annotated[str, Field(max_length=40)] = ""
    owner: Name = ""
    legal_basis: Text = ""
    scheme: Name = ""
    skip_bad: bool = False
    known_good_statement: Text = ""
    shrink: bool = False


class ThresholdsForm(Out):
    """The thresholds of a list, who set them and why."""

    near: int
    possible: int
    lead: int
    quality: int
    author: str
    reason: str
    depth: str | None


class ListForm(Out):
    """A hash list."""

    name: str
    kind: ListKind
    owner: str
    legal_basis: str
    scheme: str
    enabled: bool
    thresholds: ThresholdsForm
    entries: int


class ListPage(Out):
    """All lists."""

    items: list[ListForm]


class RemovedForm(Out):
    """The name of what was removed."""

    removed: str


class EntryIn(In):
    """An entry to add: all signals of one content, and your own id for it."""

    signals: Item
    key: Name = ""
    classification: Name = ""
    scheme: Name = ""
    size: Annotated[int | None, Field(ge=0, le=2**62)] = None


class EntriesIn(In):
    """Entries to add together, or none of them."""

    entries: Annotated[list[EntryIn], Field(min_length=1, max_length=1000)]


class AddedForm(Out):
    """Numbers of entries, in the order of what was sent."""

    numbers: list[int]


class MarkIn(In):
    """Why; it is kept in the audit log."""

    reason: Reason


class MarkedForm(Out):
    """What was done to which entry."""

    number: int
    done: str


class EntryForm(Out):
    """What may be said of an entry; never what it is recognised by."""

    number: int
    key: str
    classification: str
    scheme: str
    size: int | None
    withdrawn: bool
    disputed: bool


class EntryPage(Out):
    """Entries, and where the next page begins."""

    items: list[EntryForm]
    next: int | None
