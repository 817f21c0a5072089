"""What may be a locator in a text that is about to be kept, shown or logged in the clear.

A hash of content is an address on some network, whoever wrote it where. This finds what is written
in hexadecimal, base32, base58 and base64 (RFC 4648), also within longer words, in groups and
escaped for an address. It cannot tell a hash that is written like a UUID from one, and is no
defence against somebody who wants to hide one: who may write texts is asked for a key.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

_LEFT_OUT = "\u2026"

_SHORTEST = 24
"""Characters of the shortest that is found: 16 bytes in base64."""

_FEWEST_HUMPS, _FEWEST_ESCAPES = 4, 6

_HUMP = re.compile(r"[a-z][0-9]*[A-Z]")
"""Small, then capital: rare in names and paths, one in four or five characters of base64."""


def looks_like_one(text: str) -> bool:
    """Whether ``text`` has something in it that may be a locator."""
    if len(text) < _SHORTEST:
        return False
    return any(
        rule.holds(found[0])
        for rule in _RULES
        if len(text) >= rule.fewest and rule.needs in text
        for found in rule.pattern.finditer(text)
    )


def without(text: str) -> str:
    """Return ``text`` with an ellipsis in place of what may be a locator."""
    for rule in _RULES:
        text = rule.pattern.sub(rule.left, text)
    return text


def _always(_: str) -> bool:
    return True


def _has_letters(digits: str) -> bool:
    # Or a row of dates would be one.
    return any(digit.isalpha() for digit in digits)


def _is_mixed(run: str) -> bool:
    return len(_HUMP.findall(run)) >= _FEWEST_HUMPS


def _is_no_text(escaped: str) -> bool:
    if escaped.count("%") < _FEWEST_ESCAPES:
        return False
    try:
        unquote_to_bytes(escaped).decode()
    except UnicodeDecodeError:
        return True
    return False


@dataclass(frozen=True, slots=True)
class _Rule:
    """What is found by ``pattern`` and ``holds``: of ``fewest`` characters, ``needs`` among them.

    Each takes time in proportion to the text: what is repeated without end is never given back.
    """

    fewest: int
    pattern: re.Pattern[str]
    holds: Callable[[str], bool] = _always
    needs: str = ""

    def left(self, found: re.Match[str]) -> str:
        return _LEFT_OUT if self.holds(found[0]) else found[0]


_RULES = (
    # Hexadecimal of 16 bytes and more, base32 of 20 and 24, CIDs, and what these are glued to.
    _Rule(32, re.compile(r"[0-9A-Za-z]{32,}+")),
    # Fingerprints as people write them: da:39:a3…, da39a3ee 5e6b4b0d …
    _Rule(47, re.compile(r"[0-9A-Fa-f]{2}(?:[:. _-][0-9A-Fa-f]{2}){15,}+"), _has_letters),
    _Rule(39, re.compile(r"[0-9A-Fa-f]{4}(?:[ -][0-9A-Fa-f]{4}){7,}+"), _has_letters),
    _Rule(35, re.compile(r"[0-9A-Fa-f]{8}(?:[ -][0-9A-Fa-f]{8}){3,}+"), _has_letters),
    # Base64, also that of addresses, of 16, 20 and 32 bytes; without its end of 32 and more.
    _Rule(
        24,
        re.compile(r"[0-9A-Za-z+/_-]{22}(?:==|[0-9A-Za-z+/_-]{5}=)(?![0-9A-Za-z=])"),
        needs="=",
    ),
    _Rule(43, re.compile(r"[0-9A-Za-z+/_-]{43,}+"), _is_mixed),
    # Bytes in an address, as a client sends an infohash to its tracker.
    _Rule(24, re.compile(r"(?:%[0-9A-Fa-f]{2}|[0-9A-Za-z._~-]){16,}+"), _is_no_text, "%"),
)
