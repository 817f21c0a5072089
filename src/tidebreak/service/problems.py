"""Errors as the API says them: RFC 9457 problem details, which never repeat what was sent.

Whatever was sent may be a hash, and so a locator: it is in no detail, and no text that came from
elsewhere gets out with anything that looks like one.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import Response

from tidebreak.errors import Busy, OverLimit, TidebreakError, UsageError
from tidebreak.fetching.errors import FetchFailed
from tidebreak.locators import looks_like_one
from tidebreak.policy.places import SurfaceOff
from tidebreak.screens import Overloaded
from tidebreak.spool import NoRoom, TooLarge

MEDIA_TYPE = "application/problem+json"

NAMES: Mapping[int, str] = {
    400: "bad-request",
    401: "unauthorised",
    403: "forbidden",
    404: "not-found",
    405: "method",
    408: "too-slow",
    409: "conflict",
    411: "length-required",
    413: "too-large",
    415: "media-type",
    422: "invalid",
    429: "too-many",
    500: "failed",
    502: "fetch-failed",
    503: "unavailable",
}
"""Statuses of problems, and what their types end in."""

_NO_ROOM_SECONDS, _AGAIN_SECONDS = 30, 5
_MOST_FAULTS = 20
_MEMBER_LENGTH = 24


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with what was sent: where (RFC 6901), and what."""

    pointer: str
    detail: str


@dataclass(frozen=True, slots=True)
class Said:
    """What a problem says: see RFC 9457, section 3. ``name`` ends its type."""

    status: int
    detail: str
    name: str = ""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    faults: tuple[Fault, ...] = ()

    def response(self, request_id: str) -> Response:
        """Return the response that says so."""
        name = self.name or NAMES[self.status]
        content: dict[str, Any] = {
            "type": f"urn:tidebreak:problem:{name}",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            "request_id": request_id,
        }
        if self.faults:
            content["errors"] = [{"pointer": f.pointer, "detail": f.detail} for f in self.faults]
        return Response(json.dumps(content), self.status, self.headers, MEDIA_TYPE)


class Problem(Exception):
    """What ends a request with a problem instead of an answer."""

    def __init__(
        self, status: int, detail: str, *, name: str = "", headers: Mapping[str, str] | None = None,
        faults: Sequence[Fault] = (),
    ) -> None:  # fmt: skip
        super().__init__(detail)
        self.said = Said(status, detail, name, headers or {}, tuple(faults[:_MOST_FAULTS]))


def wait(seconds: float) -> dict[str, str]:
    """Return the header that says after how many seconds to come back."""
    return {"Retry-After": str(max(1, math.ceil(seconds)))}


def said_of(error: Exception) -> Said:
    """Return what is said of ``error``, which anything below the service may have raised."""
    match error:
        case Problem():
            return error.said
        case HTTPException():  # the framework's: a body that is no text, mostly
            status = error.status_code if error.status_code in NAMES else 400
            return Said(status, "What was sent cannot be read.", headers=error.headers or {})
        case Overloaded():
            return Said(429, str(error), headers=wait(error.seconds))
        case TooLarge():
            return Said(413, str(error))
        case NoRoom():
            detail = "There is no room for what is on its way in; try again later."
            return Said(503, detail, headers=wait(_NO_ROOM_SECONDS))
        case Busy():
            detail = "Somebody else is writing; try again."
            return Said(503, detail, headers=wait(_AGAIN_SECONDS))
        case OverLimit():
            return Said(429, str(error), name="over-quota", headers=wait(error.wait))
        case SurfaceOff():
            return Said(403, safe(str(error)), name="surface-off")
        case FetchFailed():
            return Said(502, str(error), name="fetch-failed")
        case UsageError():
            return Said(422, safe(str(error)))
        case TidebreakError():
            # Paths and states of this machine are for who runs it: they are in its own log.
            detail = "This cannot be answered now; do not take that for a no, and try again."
            return Said(503, detail, headers=wait(_AGAIN_SECONDS))
        case _:
            return Said(500, "The service failed; try again, and tell who runs it.")


def faults_of(errors: Sequence[Mapping[str, Any]], start: str = "") -> list[Fault]:
    """Return what pydantic found wrong, without the values and without unknown names."""
    return [_fault(error, start) for error in errors[:_MOST_FAULTS]]


def invalid(faults: Sequence[Fault]) -> Problem:
    """Return the problem of something that does not have the form that it should have."""
    return Problem(422, "What was sent does not have the form that it must have.", faults=faults)


def safe(text: str) -> str:
    """Return ``text``, or one that says less where it holds what may be a locator."""
    if looks_like_one(text):
        return "What was asked cannot be done as it stands."
    return text


def _fault(error: Mapping[str, Any], start: str) -> Fault:
    place = [part for part in error["loc"] if part not in ("body", "query", "path")]
    kind = str(error["type"])
    if kind == "extra_forbidden":
        return Fault(_pointer(start, place[:-1]), "There is a member here that is not known.")
    if kind == "json_invalid":
        return Fault(_pointer(start, []), "This is no JSON.")
    return Fault(_pointer(start, place), safe(str(error["msg"])))


def _pointer(start: str, place: Sequence[str | int]) -> str:
    # A name that nobody here chose could be anything, a hash as well.
    known = [
        str(part) if isinstance(part, int) or _is_name(part) else "-" for part in place
    ]  # fmt: skip
    return "".join(f"/{part}" for part in ([start] if start else []) + known)


def _is_name(text: str) -> bool:
    return len(text) <= _MEMBER_LENGTH and text.replace("_", "").isalpha() and text.islower()
