"""What clients say of a content, in every form in which known ones send it.

HMA takes ``content_id``, ``content_uri`` and ``json`` inside ``metadata`` and nothing else. Coop
sends the first two beside it and its own keys inside it, and HMA refuses or forgets them: here
such keys go into ``json``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

from tidebreak.access.roles import Permission
from tidebreak.gates.hma.asking import Asking
from tidebreak.gates.hma.kept import About
from tidebreak.web.requests import Refused

_KEYS = ("content_id", "content_uri", "json")
_DROPPED = "collab"


def about_of(beside: Mapping[str, str], body: Mapping[str, Any], note: str | None) -> About:
    """Return what is said of a content, by the fields or query ``beside`` it and a JSON body."""
    metadata = _of_body(body.get("metadata"))
    text = beside.get("metadata")
    if text and not metadata:
        metadata = _of_text(text)
    for name in ("content_id", "content_uri"):
        if beside.get(name):
            metadata.setdefault(name, beside[name])
    return About(metadata, note or "")


def shown_metadata(asking: Asking, about: About) -> dict[str, Any]:
    """Return metadata as HMA shows it: with every key, those without a value as None."""
    metadata = without_address(asking, about.metadata)
    return {name: metadata.get(name) for name in (*_KEYS, _DROPPED)} if about.metadata else {}


def without_address(asking: Asking, metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return metadata without the address, unless whoever asks may also change lists."""
    if asking.asker.may(Permission.LISTS_WRITE):
        return dict(metadata)
    return {name: value for name, value in metadata.items() if name != "content_uri"}


def _of_body(given: Any) -> dict[str, Any]:
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise Refused(400, "metadata should be a json object")
    found = cast("dict[str, Any]", given)
    if any(name not in (*_KEYS, _DROPPED) for name in found):
        raise Refused(400, f"Invalid metadata: known keys are {', '.join(_KEYS)}")
    return _checked(found)


def _of_text(text: str) -> dict[str, Any]:
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        raise Refused(400, "metadata form field must be valid JSON") from None
    if not isinstance(given, dict):
        raise Refused(400, "metadata should be a json object")
    found = cast("dict[str, Any]", given)
    if all(name in (*_KEYS, _DROPPED) for name in found):
        return _checked(found)
    return {"json": found}


def _checked(found: dict[str, Any]) -> dict[str, Any]:
    kinds = {"content_id": str, "content_uri": str, "json": dict}
    kept = {name: value for name, value in found.items() if name in kinds and value is not None}
    if not all(isinstance(value, kinds[name]) for name, value in kept.items()):
        raise Refused(400, "Invalid metadata: content_id and content_uri are texts, json an object")
    return kept
