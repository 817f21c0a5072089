"""Links in running text: what a report, a mail or a page says between them is not looked at."""

from __future__ import annotations

import re
from collections.abc import Iterator

_LINK = re.compile(
    r"""
      magnet:\?[^\s<>"'\\^`{}]+
    | ed2k://\|[^\n<>"]*?\|/(?:\|sources,[^\s<>"|]*\|/)?
    | urn:(?:btih|btmh|sha1|sha256|bitprint|tree:tiger|ttroot|ed2k(?:hash)?|aich|md5|kzhash)
      :[A-Za-z0-9.:/]+
    | ip[fn]s://[^\s<>"']+
    | https?://[^\s<>"']*?(?:/ip[fn]s/|\.ip[fn]s\.)[^\s<>"']+
    """,
    re.VERBOSE | re.IGNORECASE,
)
_TAIL = ".,;:!?)]}'\""
"""What ends a sentence, not a link."""

_OF_SOURCE = re.compile(r"(?:tr|xs|as|ws|kt|x\.pe)(?:\.\d+)?=", re.IGNORECASE)
_ED2K_SOURCES = re.compile(r"\|sources,[^|]*\|/?", re.IGNORECASE)


def links_in(text: str) -> Iterator[str]:
    """Yield every link that stands in ``text``, in order."""
    for found in _LINK.finditer(text):
        yield found[0].rstrip(_TAIL)


def without_sources(link: str) -> str:
    """Return ``link`` without trackers, peers and seeds: those are dropped at once."""
    start = link[:8].lower()
    if start == "magnet:?":
        kept = [part for part in link[8:].split("&") if not _OF_SOURCE.match(part)]
        return f"magnet:?{'&'.join(kept)}"
    if start.startswith("ed2k:"):
        if "sources" not in link.lower():
            return link
        kept = _ED2K_SOURCES.sub("", link)
        return kept if kept.endswith("|/") else f"{kept}|/"
    return link
