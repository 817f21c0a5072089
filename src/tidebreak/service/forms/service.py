"""Problems, jobs, the audit log, and the state of the service."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from tidebreak.service.forms.base import In, Out


class FaultForm(Out):
    """What is wrong with one member of what was sent; the value is never repeated."""

    pointer: str
    detail: str


class ProblemForm(Out):
    """A problem (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    request_id: str
    errors: list[FaultForm] = Field(default_factory=list[FaultForm])


class JobForm(Out):
    """What takes longer than a request; ``subject`` is the list that it is about."""

    id: str
    kind: str
    subject: str
    state: Literal["running", "done", "failed", "interrupted"]
    created_at: str
    done: int
    total: int
    result: dict[str, int]
    error: str


class EventForm(Out):
    """One event of the audit log."""

    number: int
    at: str
    actor: str
    action: str
    object: str
    detail: dict[str, str | int | float | bool | None]


class AuditPage(Out):
    """Events, and where the next page begins."""

    items: list[EventForm]
    next: int | None


class VerificationForm(Out):
    """Whether the audit log is what was written; ``faults`` say what is not.

    ``end`` is its last record as NUMBER:HASH, to be noted where nobody here reaches.
    """

    intact: bool
    events: int
    heads: int
    newest_head: int
    end: str
    faults: list[str]


class HealthForm(Out):
    """That the process answers."""

    status: Literal["alive"]


class ReadyForm(Out):
    """Whether it can do its work, and which check says so."""

    status: Literal["ready", "not ready"]
    checks: dict[str, bool]


class CheckForm(Out):
    """One thing that must be so for the service to do its work; ``why`` it is not."""

    name: str
    good: bool
    why: str


class GateForm(Out):
    """A gate: where it is, what it does when nobody can tell, and what is wrong with it."""

    name: str
    listen: str
    on_failure: str
    trouble: str


class ListsState(Out):
    """The lists that count now; ``age_seconds`` since they were last seen as they are."""

    version: str
    age_seconds: float
    enabled: int | None = None
    entries: int | None = None


class WorkersState(Out):
    """The isolated processes; ``queued`` uploads wait or are examined."""

    most: int
    queued: int
    sandbox: int


class PolicyState(Out):
    """The policy in force; ``trouble`` keeps a newer file out."""

    version: str
    trouble: str


class ReviewState(Out):
    """What waits for people."""

    waiting: int
    floods: int


class StatusForm(Out):
    """What is in force, and how it goes; what is optional is for whoever runs it."""

    ready: bool
    uptime_seconds: float
    software: str
    lists: ListsState
    workers: WorkersState
    checks: list[CheckForm]
    policy: PolicyState | None = None
    review: ReviewState | None = None
    gates: list[GateForm] | None = None
    in_flight_bytes: int | None = None
    webhooks_waiting: int | None = None
    fetching: bool | None = None


class SlotForm(Out):
    """Ten seconds: when they began (Unix seconds), requests per second, times in ms."""

    at: int
    rate: float
    failed: int
    refused: int
    p50: int | None
    p99: int | None
    levels: dict[str, int]
    actions: dict[str, int]


class HistoryForm(Out):
    """The last hour, oldest first; without what had nothing."""

    slots: list[SlotForm]


class SessionIn(In):
    """A log-in. ``code`` is one of now, or a recovery code."""

    name: str = Field(max_length=200)
    password: str = Field(max_length=1000)
    code: str = Field(max_length=100)


class SessionForm(Out):
    """Who asks, and what they may do. ``csrf`` goes into X-CSRF-Token of whatever changes."""

    name: str
    person: bool
    permissions: list[str]
    csrf: str


class DoneForm(Out):
    """That it was done."""

    done: bool
