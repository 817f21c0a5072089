"""What was decided: observations, verdicts, reviews; webhooks and the policy."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from tidebreak.model import Level, State
from tidebreak.screens import Action, Surface
from tidebreak.service.forms.base import In, Name, Out, no_hash
from tidebreak.service.forms.screening import OriginForm, ScreenedForm


class ObservedForm(Out):
    """One thing that was screened, in short."""

    id: str
    at: str
    origin: OriginForm
    state: State
    level: Level
    action: Action
    version: str
    sandbox: int
    earlier: str


class ObservedPage(Out):
    """Observations, newest first, and where the next page begins."""

    items: list[ObservedForm]
    next: str | None


class ObservedPart(Out):
    """What became of one part."""

    member: str
    size: int
    content: str
    state: State
    reason: str
    note: str


class ObservationForm(ObservedForm):
    """One observation with its parts, and the later verdicts about it."""

    parts: list[ObservedPart]
    later: list[str]


class RematchIn(In):
    """Which lists are matched against everything seen; all that are enabled when none is named."""

    lists: Annotated[tuple[Name, ...], Field(max_length=100)] = ()


class ReviewForm(Out):
    """What a person found of a verdict."""

    at: str
    reviewer: str
    outcome: Literal["confirmed", "wrong", "unclear"]
    note: str


class RecordForm(ScreenedForm):
    """A verdict as it is kept: without signals, with what came after it.

    ``earlier`` is the screening of which this is a later verdict, ``waits`` that a person is to
    look.
    """

    earlier: str
    waits: bool
    reviews: list[ReviewForm]


class RecordPage(Out):
    """Verdicts, newest first, and where the next page begins."""

    items: list[RecordForm]
    next: str | None


class ReviewIn(In):
    """What you find of a verdict. Another review stands beside the first."""

    outcome: Literal["confirmed", "wrong", "unclear"]
    note: Annotated[str, Field(max_length=2000), AfterValidator(no_hash)] = ""


class WebhookIn(In):
    """Where to post what was decided. ``secret`` signs it; it is never shown again."""

    address: Annotated[str, Field(min_length=1, max_length=2000)]
    secret: Annotated[str, Field(min_length=32, max_length=200)]
    actions: Annotated[tuple[Action, ...], Field(min_length=1, max_length=4)] = (
        Action.REVIEW,
        Action.QUARANTINE,
        Action.BLOCK,
    )
    surfaces: Annotated[tuple[Surface, ...], Field(max_length=3)] = ()
    enabled: bool = True


class WebhookPatch(In):
    """What is to change of a webhook."""

    actions: Annotated[list[Action], Field(min_length=1, max_length=4)] | None = None
    surfaces: Annotated[list[Surface], Field(max_length=3)] | None = None
    enabled: bool | None = None


class WebhookForm(Out):
    """A webhook and how it goes; of its address only the host is shown."""

    id: str
    host: str
    actions: list[Action]
    surfaces: list[Surface]
    enabled: bool
    created_at: str
    created_by: str
    waiting: int
    delivered: int
    lost: int
    last_status: int


class WebhookPage(Out):
    """All webhooks."""

    items: list[WebhookForm]


class DeliveredForm(Out):
    """What the target of a test answered; 0 when it did not."""

    status: int


class PolicyForm(Out):
    """The policy in force: its file's text, and what is wrong with a newer one, if anything."""

    version: str
    text: str
    trouble: str


class DryRunIn(In):
    """A policy to try out on what was screened in the last days; nothing changes."""

    text: Annotated[str, Field(max_length=200_000)]
    days: Annotated[int, Field(ge=1, le=365)] = 30


class ChangeForm(Out):
    """Screenings of which something else would become, or the same; ``off``: not examined."""

    old: str
    new: str
    count: int
    rules: list[tuple[str, int]]
    examples: list[str]


class DryRunForm(Out):
    """What a new policy would have done; ``flooded`` screenings are left out."""

    version: str
    screenings: int
    flooded: int
    changes: list[ChangeForm]
