"""What comes with a request: queries, JSON, forms with one file, each read as HMA reads it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import parse_qsl

import anyio
from starlette.requests import Request

from tidebreak.gates.hma.asking import Asking, fetched
from tidebreak.gates.hma.refusals import Invalid
from tidebreak.screens import Overloaded
from tidebreak.spool import Spool
from tidebreak.web.multipart import Form, read_form
from tidebreak.web.requests import Refused, body_of

_BODY_BYTES, _BODY_SECONDS = 1 << 20, 10.0
_TRUE = frozenset({"1", "true", "t", "yes", "y", "on"})
_FALSE = frozenset({"0", "false", "f", "no", "n", "off"})

Query = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Content:
    """A file: what it is (``photo``, ``video``), its bytes, the other fields of its form."""

    kind: str
    spool: Spool
    fields: Mapping[str, str]


def query_of(request: Request) -> Query:
    """Return the query; of values with one name the first one counts."""
    pairs = parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True)
    return dict(reversed(pairs))


def needed(query: Mapping[str, Any], name: str) -> str:
    """Return a value that must be there; raise `Invalid` otherwise."""
    value = query.get(name)
    if value is None:
        raise Invalid(name)
    if not isinstance(value, str):
        raise Invalid(name, "string_type")
    return value


def flag(values: Mapping[str, Any], name: str) -> bool | None:
    """Return a truth in any of its spellings, None where there is none; raise `Invalid`."""
    value = values.get(name)
    if value is None or isinstance(value, bool):
        return value
    text = str(value).lower()
    if text not in _TRUE | _FALSE:
        raise Invalid(name, "bool_parsing")
    return text in _TRUE


def number(values: Mapping[str, Any], name: str) -> float | None:
    """Return a number, also written as text, None where there is none; raise `Invalid`."""
    value = values.get(name)
    if value is None:
        return None
    try:
        return float(value)
    except (TypeError, ValueError):
        raise Invalid(name, "float_parsing") from None


async def json_of(request: Request) -> dict[str, Any]:
    """Return the object that the body is; raise `Refused`."""
    if not is_json(request):
        raise Refused(415, "Send JSON: Content-Type: application/json")
    body = await body_of(request, _BODY_BYTES, _BODY_SECONDS)
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise Refused(400, "The body is not JSON.") from None
    if not isinstance(found, dict):
        raise Refused(400, "Request input was not a dict")
    return cast("dict[str, Any]", found)


def is_json(request: Request) -> bool:
    """Whether the body says that it is JSON."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind == "application/json" or (
        kind.startswith("application/") and kind.endswith("+json")
    )


def is_form(request: Request) -> bool:
    """Whether the body is a form with files."""
    return request.headers.get("content-type", "").lower().startswith("multipart/form-data")


async def fields_of(asking: Asking, request: Request) -> Mapping[str, str]:
    """Return the fields of a form of either kind; files in it are dropped."""
    if is_form(request):
        with _spool(asking) as spool:
            return (await _form(asking, request, spool)).fields
    body = await body_of(request, _BODY_BYTES, _BODY_SECONDS)
    return dict(reversed(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)))


@asynccontextmanager
async def uploaded(asking: Asking, request: Request) -> AsyncGenerator[Content]:
    """Take in a form with exactly one file, whose field is called as its content type is.

    Raises `Refused`, `Overloaded` while too many come at once, and what `Spool.write` raises.
    """
    if not is_form(request):
        raise Refused(400, "Missing multipart/form-data file upload")
    with _place(asking), _spool(asking) as spool:
        form = await _form(asking, request, spool)
        if not form.files:
            raise Refused(400, "Missing multipart/form-data file upload")
        if len(form.files) > 1:
            raise Refused(400, "Only one file allowed per request")
        yield Content(form.files[0], spool, form.fields)


@asynccontextmanager
async def named(asking: Asking, url: str, kind: str | None) -> AsyncGenerator[Content]:
    """Take in what ``url`` names; ``kind`` says what it is, else its server does."""
    with _place(asking), _spool(asking) as spool:
        yield Content(await fetched(asking, url, kind, spool), spool, {})


async def _form(asking: Asking, request: Request, spool: Spool) -> Form:
    kind = request.headers.get("content-type", "")
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise Refused(415, "Send the form as it is, without Content-Encoding.")
    try:
        async with asyncio.timeout(asking.hma.options.upload_seconds):
            return await read_form(kind, request.stream(), spool)
    except TimeoutError:
        raise Refused(408, "The request was too slow.", {"Connection": "close"}) from None


def _spool(asking: Asking) -> Spool:
    return Spool(asking.hma.opened.home / "spool", asking.hma.options.upload_bytes)


@contextmanager
def _place(asking: Asking) -> Generator[None]:
    """Be one of so many uploads that come at once."""
    try:
        asking.hma.uploads.acquire_nowait()
    except anyio.WouldBlock:
        raise Overloaded(1) from None
    try:
        yield
    finally:
        asking.hma.uploads.release()
