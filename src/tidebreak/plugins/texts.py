"""A plug-in's hash as a signal of type ``plugin``: bytes that say by which type it was made.

Length of the type's name (uint8), the name (ASCII), the hash as text (UTF-8).
"""

from __future__ import annotations

import re

from tidebreak.errors import UsageError

NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,39}", re.ASCII)
"""What a signal type of a plug-in may be called."""

SIGNAL = "plugin"
"""The signal type under which lists keep what plug-ins made."""

LONGEST = 1 << 20
"""Bytes of one hash."""


def encode(name: str, text: str) -> bytes:
    """Return the value that stands for ``text``, made by the type ``name``; raises `UsageError`."""
    if not NAME.fullmatch(name):
        raise UsageError("A plug-in's type has a name of a-z, 0-9, '_', '.' and '-', at most 40.")
    if not is_hash(text):
        raise UsageError("A plug-in's hash is one line of text, at most 1 MiB.")
    return bytes([len(name)]) + name.encode() + text.encode()


def decode(value: bytes) -> tuple[str, str] | None:
    """Return (name, text), None for what `encode` did not make: lists may hold anything."""
    name, text = value[1 : 1 + value[0]] if value else b"", value[1 + value[0] :] if value else b""
    try:
        found = name.decode("ascii"), text.decode()
    except UnicodeDecodeError:
        return None
    return found if NAME.fullmatch(found[0]) and is_hash(found[1]) else None


def is_hash(text: str) -> bool:
    """Whether ``text`` can be a hash: something, printable, not endless."""
    return len(text) > 0 and text.isprintable() and len(text.encode("utf-8", "replace")) <= LONGEST
