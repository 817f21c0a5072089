"""Links in running text: what a report, a mail or a page says between them is not looked at."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

from tidebreak.links.magnet import KEPT, usual
from tidebreak.links.urn import at_end

# No part of it runs past where the next link begins: time must not grow with the square.
_LINK = re.compile(
    r"""
      magnet:\?[^\s<>"'\\^`{}]+
    | ed2k://\|(?:(?!ed2k://)[^\n<>"])*?\|/(?:\|sources,[^\s<>"|]*\|/)?
    | urn:(?:btih|btmh|sha1|sha256|bitprint|tree:tiger|ttroot|ed2k(?:hash)?|aich|md5|kzhash)
      :[A-Za-z0-9.:/]+
    | ip[fn]s://[^\s<>"']+
    | https?://(?:(?!https?://)[^\s<>"'])*?(?:/ip[fn]s/|\.ip[fn]s\.)[^\s<>"']+
    """,
    re.VERBOSE | re.IGNORECASE,
)
_TAIL = ".,;:!?)]}'\""
"""What ends a sentence, not a link."""

_AROUND = " \t\r\n\ufeff\u200b<>\"'"
_BEGINS = re.compile(r"(?=magnet:/{0,2}\?|ed2k:/*\|)", re.IGNORECASE)
_ENCODED_BAR = re.compile("%7c", re.IGNORECASE)
_PLAIN = frozenset(f"{key}=" for key in KEPT)
_INFO_HASHES = re.compile(r"info_hash=[^&#\s]*")


def links_in(text: str) -> Iterator[str]:
    """Yield every link that stands in ``text``, in order."""
    for found in _LINK.finditer(text):
        yield from separated(found[0].rstrip(_TAIL))


def separated(line: str) -> list[str]:
    """Return the links of a line apart: what begins inside one would be lost as part of it."""
    lower = line.lower()
    if lower.find("magnet:", 1) < 0 and lower.find("ed2k:", 1) < 0:
        return [line]
    return [link for piece in _BEGINS.split(line) if (link := piece.strip(f"{_AROUND},;|"))]


def without_sources(link: str) -> str:
    """Return ``link`` without trackers, peers and seeds: those are dropped at once."""
    text = link.strip(_AROUND)
    scheme, colon, _ = text.partition(":")
    scheme = scheme.lower()
    if not colon and "%3a" in text.lower():
        return without_sources(unquote(text))
    if scheme == "magnet":
        return _magnet(text)
    if scheme == "ed2k":
        return _ed2k(text if "|" in text else _ENCODED_BAR.sub("|", text))
    if scheme in ("http", "https") or text[:1] == "/":
        return _address(text)
    return text


def _magnet(link: str) -> str:
    begin, mark, query = link.partition("?") if "?" in link else link.partition(":")
    kept = [part for part in query.split("&") if part[:3] in _PLAIN or _names_content(part)]
    return f"{begin}{mark}{'&'.join(kept)}"


def _names_content(parameter: str) -> bool:
    return usual(parameter.partition("=")[0])[0] in KEPT


def _ed2k(link: str) -> str:
    fields = link.split("|")
    if len(fields) < 2 or fields[1].lower() != "file":
        return "|".join(fields[:2])
    more = [each for each in fields[5:] if each[:2].lower() in ("h=", "p=")]
    return "|".join([*fields[:5], *more, "/"])


def _address(link: str) -> str:
    """Return what an address names: its host is a tracker, or somebody who has the file."""
    return "&".join(_INFO_HASHES.findall(link)) or at_end(unquote(link)) or link
