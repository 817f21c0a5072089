"""What look-ups ask for: signals and origins out of JSON, checked, in the order they came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import TypeAdapter, ValidationError
from starlette.requests import Request

from tidebreak.access.roles import Principal
from tidebreak.errors import BadSignal
from tidebreak.model import Signal
from tidebreak.screens import Origin
from tidebreak.service.forms.screening import MatchIn, OriginIn, SignalsIn, UrlIn
from tidebreak.service.problems import Fault, Problem, faults_of, invalid, safe
from tidebreak.signals import SignalKind

Items = list[list[Signal]]

MATCH = TypeAdapter(MatchIn)
SCREEN = TypeAdapter[SignalsIn | UrlIn](SignalsIn | UrlIn)

_OPAQUE = SignalKind.OPAQUE  # finding a member of an enumeration costs as much as a signal
_ORIGIN = ("surface", "jurisdiction", "item")


def parsed(adapter: TypeAdapter[Any], body: bytes) -> Any:
    """Return what ``body`` writes; raise `Problem` (422) for what it should not."""
    try:
        return adapter.validate_json(body)
    except ValidationError as error:
        raise invalid(faults_of(error.errors(include_url=False, include_input=False))) from None


def items_of(
    given: Sequence[Sequence[Mapping[str, Any]]], name: str = "items", *, opaque: bool = False
) -> Items:
    """Return the signals of each item; ``name`` is what the list of them is called.

    Raises `Problem` (422) for one that is no signal, and, unless ``opaque`` ones do, for an item
    of which nothing can be compared here: that must not look like a no.
    """
    items: Items = []
    for number, item in enumerate(given):
        try:
            signals = [Signal.parse(s["type"], s["value"], s.get("quality")) for s in item]
        except BadSignal as error:
            # A type that is not known is named: it may be a hash in the wrong place.
            raise invalid([Fault(f"/{name}/{number}", safe(str(error)))]) from None
        if not opaque and all(signal.type.kind is _OPAQUE for signal in signals):
            why = "None of these signals can be compared here; give others of the same content."
            raise invalid([Fault(f"/{name}/{number}", why)])
        items.append(signals)
    return items


def origin_of(request: Request, fields: Mapping[str, str], caller: Principal) -> Origin:
    """Return the origin that the fields of a form, a request's headers or its query say.

    Of what is said more than once the form counts, then the header, for which no proxy keeps logs.
    """
    said: dict[str, str] = {}
    for name in _ORIGIN:
        value = fields.get(name)
        if value is None:
            value = request.headers.get(f"tidebreak-{name}", request.query_params.get(name))
        if value is not None:
            said[name] = value
    try:
        return origin(OriginIn.model_validate(said), caller)
    except ValidationError as error:
        raise invalid(faults_of(error.errors(include_url=False, include_input=False))) from None


def origin(given: OriginIn | None, caller: Principal) -> Origin:
    """Return an origin with who asks; raise `Problem` (403) where that may not ask for it."""
    given = given or OriginIn()
    if not caller.at(given.surface):
        raise Problem(403, "This key is not for that surface.", name="surface")
    return Origin(given.surface, given.jurisdiction, given.item, caller.name)
