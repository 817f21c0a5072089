"""What the header fields of an HTTP message say of its body (RFC 9110, sections 6 and 8).

Whoever reads a message after the gate may read it differently where it is ambiguous. So what is
ambiguous is `Unreadable`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from tidebreak.errors import UsageError

_TOKEN = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_PARAMETER = re.compile(rf';\s*({_TOKEN})\s*=\s*("(?:[^"\\]|\\.)*"|[^\s;"]*)\s*')
_TYPE = re.compile(rf"\s*({_TOKEN}/{_TOKEN})\s*")
_BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,\-./:=? ]{0,69}[0-9A-Za-z'()+_,\-./:=?]")

ENCODED_INSIDE = ("application/x-www-form-urlencoded", "application/json", "text/html")
"""Types whose texts may hold whole files in base64; they are judged as they come."""

_RANGES = {"content-range", "upload-offset"}
"""Fields of HTTP and of the tus protocol that say so."""

_PIECE_OF = {"partNumber", "uploadId"}
"""What the query of a piece of an upload to S3 has."""


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


def described(fields: Iterable[tuple[str, str]], query: str = "") -> Described:
    """Return what header ``fields`` (names in any case) say of a body; raises `Unreadable`.

    ``query`` is that of the address that it is sent to.
    """
    found: dict[str, list[str]] = {}
    for name, value in fields:
        found.setdefault(name.lower(), []).append(value.strip())
    kinds = set(found.get("content-type", []))
    if len(kinds) > 1:
        raise Unreadable("it has several types")
    kind, parameters = media_type(kinds.pop()) if kinds else ("", {})
    encodings = [each.strip().lower() for value in found.get("content-encoding", [])
                 for each in value.split(",")]  # fmt: skip
    _check_framing(found)
    asked = {name for name, _ in parse_qsl(query, keep_blank_values=True)}
    pieces = bool(_RANGES & found.keys()) or asked >= _PIECE_OF
    partial = pieces or kind == "multipart/byteranges"
    return Described(
        kind,
        _boundary(parameters) if kind.startswith("multipart/") else "",
        tuple(each for each in encodings if each not in ("", "identity")),
        partial,
    )


def _check_framing(found: Mapping[str, list[str]]) -> None:
    """Raise `Unreadable` where the bytes are wrapped in what is not undone here.

    Transfer codings but chunks (RFC 9112, section 7), mail's encodings, and the signed chunks of
    S3 (``aws-chunked``), which not every client names among the content encodings.
    """
    codings = {each.strip().lower() for value in found.get("transfer-encoding", [])
               for each in value.split(",")}  # fmt: skip
    if codings - {"", "chunked", "identity"}:
        raise Unreadable("its transfer coding is none that is known here")
    mailed = {each.lower() for each in found.get("content-transfer-encoding", [])}
    if mailed - {"", "7bit", "8bit", "binary"}:
        raise Unreadable("it is encoded as in mail")
    signed = found.get("x-amz-content-sha256", [])
    if "x-amz-decoded-content-length" in found or any(
        "STREAMING" in each.upper() for each in signed
    ):
        raise Unreadable("it is in signed chunks")


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
