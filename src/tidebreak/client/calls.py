"""Every call of the service: what is sent, and what its answer is. Nothing here has a network.

``docs/api.md`` says what each of them does.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from urllib.parse import quote

from tidebreak.client.attempts import Reply
from tidebreak.client.bodies import Body, Content
from tidebreak.client.errors import CannotAsk, Refused, refusal
from tidebreak.client.fields import Fields, unreadable

T = TypeVar("T")

MOST_ITEMS = 1000
"""Items in one call."""

JSON, BYTES = "application/json", "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """One request and how its answer is read. ``safe``: doing it twice does no harm."""

    method: str
    path: str
    read: Callable[[Fields], T]
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    query: Mapping[str, str] = field(default_factory=dict[str, str])
    body: Body | None = None
    safe: bool = True

    def repeatable(self) -> bool:
        """Whether another try would send the same, and do no harm."""
        return self.safe and not (self.body and self.body.spent)

    @property
    def length(self) -> Mapping[str, str]:
        """The header with the length of the body, where it is known beforehand."""
        size = self.body.size if self.body else None
        return {} if size is None else {"Content-Length": str(size)}

    def answer(self, reply: Reply) -> T:
        """Return what ``reply`` says; raises `Refused`, and `CannotAsk` where it says nothing."""
        if 200 <= reply.status < 300:
            return self.read(Fields.of(reply.body))
        if 400 <= reply.status < 500:
            raise _refused(reply)
        raise CannotAsk(f"The service gives no answer (status {reply.status}).")


def get(path: str, read: Callable[[Fields], T], **query: str) -> Call[T]:
    """Return a call that only looks."""
    return Call("GET", path, read, query={name: value for name, value in query.items() if value})


def send_json(
    method: str, path: str, value: Mapping[str, Any], read: Callable[[Fields], T], key: str = ""
) -> Call[T]:
    """Return a call that sends ``value``, under an idempotency ``key`` where there is one."""
    headers = {"Content-Type": JSON} | ({"Idempotency-Key": key} if key else {})
    return Call(method, path, read, headers, body=Body(json.dumps(value).encode()))


def send_bytes(
    path: str, content: Content, read: Callable[[Fields], T], *, key: str = "",
    query: Mapping[str, str] | None = None,
) -> Call[T]:  # fmt: skip
    """Return a call that sends ``content`` as it is."""
    headers = {"Content-Type": BYTES} | ({"Idempotency-Key": key} if key else {})
    shown = {name: value for name, value in (query or {}).items() if value}
    return Call("POST", path, read, headers, shown, Body(content))


def new_key() -> str:
    """Return an idempotency key that nobody else uses."""
    return str(uuid.uuid4())


def place(*names: str) -> str:
    """Return the path of what ``names`` lead to."""
    return "/v1/" + "/".join(quote(name, safe="") for name in names)


def batches(items: Sequence[T]) -> list[Sequence[T]]:
    """Return ``items`` in as many pieces as there must be calls."""
    return [items[start : start + MOST_ITEMS] for start in range(0, len(items), MOST_ITEMS)]


def as_many(found: list[T], wanted: int) -> list[T]:
    """Return ``found``; raises `CannotAsk` unless there is one answer for each item."""
    if len(found) != wanted:
        raise unreadable("answer", f"{len(found)} results for {wanted} items")
    return found


def _refused(reply: Reply) -> Refused:
    kind, said = "", ""
    try:
        problem = Fields.of(reply.body)
        kind = problem.text("type") if problem.has("type") else ""
        said = problem.text("detail" if problem.has("detail") else "title")
        faults = problem.objects("errors") if problem.has("errors") else []
        said += "".join(f" {one.text('pointer')}: {one.text('detail')}" for one in faults[:3])
    except CannotAsk:  # no problem+json: somebody in between refused
        said = said or "it does not say why"
    shown = "".join(one for one in said if one.isprintable())[:500]
    id_ = reply.headers.get("x-request-id", "")[:80]
    return refusal(reply.status)(
        f"The service refused (status {reply.status}): {shown}", reply.status, kind[:200], id_
    )
