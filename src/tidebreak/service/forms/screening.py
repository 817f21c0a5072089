"""Signals, look-ups, and what screening answers."""

from __future__ import annotations

from typing import Annotated, NotRequired

from pydantic import ConfigDict, Field, RootModel, with_config
from typing_extensions import TypedDict

from tidebreak.model import Level, ListKind, State
from tidebreak.screens import Action, Surface
from tidebreak.service.forms.base import In, Name, Out

MOST_ITEMS, MOST_SIGNALS = 1000, 64

_STRICT = ConfigDict(extra="forbid")
"""What is written wrongly must not be taken for left out: a surface then would be public."""


class SignalForm(Out):
    """One identifier of content. ``quality`` is 0-100, for PDQ."""

    type: str
    value: str
    quality: int | None = None


class OriginIn(In):
    """Where content is. ``item`` is your own name for it; never an address, never a hash."""

    surface: Surface = Surface.PUBLIC
    jurisdiction: Annotated[str, Field(max_length=16, pattern=r"^[A-Za-z0-9-]*$")] = ""
    item: Name = ""


@with_config(_STRICT)
class SignalIn(TypedDict):
    """One identifier of content; as a dictionary, since batches are large."""

    type: Annotated[str, Field(max_length=40)]
    value: Annotated[str, Field(min_length=1)]
    quality: NotRequired[Annotated[int | None, Field(ge=0, le=100)]]


Item = Annotated[list[SignalIn], Field(min_length=1, max_length=MOST_SIGNALS)]
"""All signals of one content."""

Items = Annotated[list[Item], Field(min_length=1, max_length=MOST_ITEMS)]


@with_config(_STRICT)
class MatchIn(TypedDict):
    """Look-ups: nothing is recorded, and no policy is asked."""

    items: Items


@with_config(_STRICT)
class SignalsIn(TypedDict):
    """Contents that are known by their signals alone."""

    items: Items
    origin: NotRequired[OriginIn]


@with_config(_STRICT)
class UrlIn(TypedDict):
    """Content to be fetched, where that is switched on."""

    url: Annotated[str, Field(min_length=1, max_length=4096)]
    origin: NotRequired[OriginIn]


class MatchForm(Out):
    """One reason of a verdict. What is optional is for those who may see distances."""

    list: str
    owner: str
    kind: ListKind
    entry: str
    classification: str
    scheme: str
    level: Level
    signal: str
    reason: str
    algorithm: str
    disputed: bool
    region: str | None = None
    transform: str | None = None
    known_part: str | None = None
    distance: float | None = None
    quality: int | None = None
    known_fraction: float | None = None
    file_fraction: float | None = None
    ranges: list[tuple[float, float, float, float]] | None = None


class VerdictForm(Out):
    """How strongly something is recognised, and why."""

    level: Level
    matches: list[MatchForm]
    omitted: int


class LookedUpForm(VerdictForm):
    """What is known of one content; ``reason`` is why no list could know it, "" where one could.

    With a reason ``none`` is no no.
    """

    reason: str


class MatchedForm(Out):
    """Verdicts in the order of what was asked, by the lists of this version."""

    version: str
    items: list[LookedUpForm]


class HashedPart(Out):
    """What was found in a file or a member of it."""

    member: str
    size: int
    content: str
    signals: list[SignalForm]
    reason: str
    note: str


class HashedForm(Out):
    """Signals of a file and of what is inside; ``sandbox`` is the level it was opened under."""

    parts: list[HashedPart]
    sandbox: int


class OriginForm(Out):
    """Where content was said to be, and who asked."""

    surface: Surface
    jurisdiction: str
    item: str
    client: str


class DecisionForm(Out):
    """What the policy says to do, by which rule, on what legal basis."""

    action: Action
    rule: str
    why: str
    legal_basis: str
    policy: str
    holds: list[str]


class PartForm(HashedPart):
    """One thing that was examined, and what it resembles."""

    state: State
    verdict: VerdictForm


class ScreenedForm(Out):
    """What was found, why, and what to do. It is kept under ``id``.

    ``unexamined`` is how many parts could not be fully examined, whatever else was found.
    """

    id: str
    at: str
    origin: OriginForm
    state: State
    level: Level
    decision: DecisionForm
    parts: list[PartForm]
    version: str
    sandbox: int
    unexamined: int


class ScreenedItems(Out):
    """One answer for each item of a batch, in order."""

    items: list[ScreenedForm]


class ScreenedAny(RootModel[ScreenedForm | ScreenedItems]):
    """One answer, or one for each item of a batch."""
