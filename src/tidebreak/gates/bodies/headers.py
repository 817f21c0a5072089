"""What the header fields of an HTTP message say of its body (RFC 9110, sections 6 and 8).

Whoever reads a message after the gate may read it differently where it is ambiguous. So what is
ambiguous is `Unreadable`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from tidebreak.errors import UsageError

_TOKEN = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_PARAMETER = re.compile(rf';\s*({_TOKEN})\s*=\s*("(?:[^"\\]|\\.)*"|[^\s;"]*)\s*')
_TYPE = re.compile(rf"\s*({_TOKEN}/{_TOKEN})\s*")
_BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,\-./:=? ]{0,69}[0-9A-Za-z'()+_,\-./:=?]")

ENCODED_INSIDE = ("application/x-www-form-urlencoded", "application/json", "text/html")
"""Types whose texts may hold whole files in base64; they are judged as they come."""

_RANGES = {"content-range", "upload-offset"}
"""Fields of HTTP and of the tus protocol that say so."""


class Unreadable(UsageError):
    """A body cannot be taken apart so that everybody would find the same in it."""


@dataclass(frozen=True, slots=True)
class Described:
    """``kind`` is the media type, ``boundary`` that of a multipart one, ``encodings`` as applied.

    ``partial``: only a range of something is in it.
    """

    kind: str = ""
    boundary: str = ""
    encodings: tuple[str, ...] = ()
    partial: bool = False

    @property
    def multipart(self) -> bool:
        """Whether it is made of parts."""
        return self.kind.startswith("multipart/")


def described(fields: Iterable[tuple[str, str]]) -> Described:
    """Return what header ``fields`` (names in any case) say of a body; raises `Unreadable`."""
    found: dict[str, list[str]] = {}
    for name, value in fields:
        found.setdefault(name.lower(), []).append(value.strip())
    kinds = set(found.get("content-type", []))
    if len(kinds) > 1:
        raise Unreadable("it has several types")
    kind, parameters = media_type(kinds.pop()) if kinds else ("", {})
    encodings = [each.strip().lower() for value in found.get("content-encoding", [])
                 for each in value.split(",")]  # fmt: skip
    partial = bool(_RANGES & found.keys()) or kind == "multipart/byteranges"
    return Described(
        kind,
        _boundary(parameters) if kind.startswith("multipart/") else "",
        tuple(each for each in encodings if each not in ("", "identity")),
        partial,
    )


def media_type(text: str) -> tuple[str, dict[str, str]]:
    """Return the type that ``text`` names and its parameters; raises `Unreadable`.

    What is no media type at all is none: "".
    """
    match = _TYPE.match(text)
    if match is None:
        if "multipart" in text.lower():
            raise Unreadable("its type cannot be read")
        return "", {}
    kind, at, parameters = match[1].lower(), match.end(), dict[str, str]()
    while at < len(text):
        parameter = _PARAMETER.match(text, at)
        if parameter is None or parameter[1].lower() in parameters:
            if kind.startswith("multipart/"):
                raise Unreadable("the parameters of its type cannot be read for sure")
            break
        parameters[parameter[1].lower()] = _unquoted(parameter[2])
        at = parameter.end()
    return kind, parameters


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1]) if text.startswith('"') else text


def _boundary(parameters: dict[str, str]) -> str:
    boundary = parameters.get("boundary", "")
    if not _BOUNDARY.fullmatch(boundary) or any(
        name.startswith("boundary*") for name in parameters
    ):
        raise Unreadable("it has no boundary as RFC 2046 wants one")
    return boundary
