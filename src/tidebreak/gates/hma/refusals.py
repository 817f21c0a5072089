"""What is answered instead of an answer: HMA's ``{"message": …}``, and its list of 422."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import JSONResponse, Response

from tidebreak.errors import CannotAsk, OverLimit, TidebreakError, UsageError
from tidebreak.fetching.errors import FetchFailed
from tidebreak.screens import Overloaded
from tidebreak.spool import TooLarge
from tidebreak.web.requests import Refused

_LATER = {"Retry-After": "2"}


class Invalid(Exception):
    """A query or body lacks a value, or has one of another type: 422 with ``faults``."""

    def __init__(self, name: str, fault: str = "missing") -> None:
        super().__init__(name)
        message = "Field required" if fault == "missing" else "Input should be a valid value"
        self.faults = [{"type": fault, "loc": [name], "msg": message}]


def said(status: int, message: str, headers: Mapping[str, str] | None = None) -> Response:
    """Return a response that says what went wrong."""
    return JSONResponse({"message": message}, status, headers)


def response_to(error: Exception) -> Response:
    """Return the response to an error. No text of a request is ever repeated in it."""
    if isinstance(error, Invalid):
        return JSONResponse(error.faults, 422)
    if isinstance(error, Refused):
        return said(error.status, str(error), error.headers)
    if isinstance(error, Overloaded):
        return said(429, str(error), {"Retry-After": str(error.seconds)})
    if isinstance(error, OverLimit):
        return said(429, str(error), {"Retry-After": str(int(error.wait) + 1)})
    if isinstance(error, TooLarge):
        return said(413, str(error), {"Connection": "close"})
    if isinstance(error, UsageError | FetchFailed):
        return said(400, str(error))
    if isinstance(error, CannotAsk):
        return said(503, str(error), _LATER)
    if isinstance(error, TidebreakError):  # its text may name places on this machine
        return said(503, "That cannot be done now; try again, and tell who runs it.", _LATER)
    return said(500, "The server failed; try again, and tell who runs it.")
