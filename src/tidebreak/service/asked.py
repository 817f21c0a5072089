"""What look-ups ask for: signals and origins out of JSON, checked, in the order they came."""

from __future__ import annotations

from collections import Counter
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
from tidebreak.signals import SIGNAL_TYPES, SignalKind

Items = list[list[Signal]]

MATCH = TypeAdapter(MatchIn)
SCREEN = TypeAdapter[SignalsIn | UrlIn](SignalsIn | UrlIn)

_OPAQUE = SignalKind.OPAQUE  # finding a member of an enumeration costs as much as a signal
_EXACT, _NEAR = SignalKind.EXACT, SignalKind.NEAR

MOST_NEAR = 16
"""Values of one near type that an item may have: views of a picture. A video's are frames."""

_FRAMES = "vpdq"
_HEADER = "tidebreak-"
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

    Raises `Problem` (422) for one that is no signal, and, unless ``opaque`` ones do because they
    are to be kept, for an item whose signals cannot all be of one content, and for one of which
    nothing can be compared here: that must not look like a no.
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
        if not opaque and len(signals) > 1 and (why := _contradiction(signals)):
            raise invalid([Fault(f"/{name}/{number}", why)])
        items.append(signals)
    return items


def look_ups(items: Sequence[Sequence[Signal]]) -> int:
    """Return how many look-ups ``items`` are: one for each signal, whatever it is put in."""
    return sum(map(len, items))


def _contradiction(signals: Sequence[Signal]) -> str:
    """Return why these cannot all name one content, "" when they can.

    Else one item could ask about many contents, and only one answer would be counted.
    """
    for name, count in Counter(signal.type.name for signal in signals).items():
        kind = SIGNAL_TYPES[name].kind
        if kind is _EXACT and count > 1:
            return f"One content has one {name}; send another item for each other content."
        if kind is _NEAR and count > MOST_NEAR and name != _FRAMES:
            return f"Send at most {MOST_NEAR} {name} of one content."
    return ""


def origin_of(request: Request, fields: Mapping[str, str], caller: Principal) -> Origin:
    """Return the origin that the fields of a form, a request's headers or its query say.

    What is not known, or said in two ways, is refused (`Problem`, 422): of an origin that is left
    out by a slip other content would be examined than may be.
    """
    headers = [name for name in request.headers if name.startswith(_HEADER)]
    if not {*fields, *(name.removeprefix(_HEADER) for name in headers)} <= {*_ORIGIN}:
        raise Problem(422, f"An origin has {', '.join(_ORIGIN)} and nothing else; correct that.")
    said: dict[str, str] = {}
    for name in _ORIGIN:
        given = {
            *request.query_params.getlist(name),
            *request.headers.getlist(_HEADER + name),
            *([fields[name]] if name in fields else []),
        }
        if len(given) > 1:
            raise Problem(422, f"The {name} is said in two ways; say it once.")
        if given:
            said[name] = given.pop()
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
