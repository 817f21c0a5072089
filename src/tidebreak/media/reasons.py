"""Reasons as they are shown: printable, on one line, several behind one another."""

from __future__ import annotations

_LONGEST = 200


def joined(*reasons: str) -> str:
    """Return those reasons that say something as one."""
    return "; ".join(reason for reason in reasons if reason)


def told(error: Exception) -> str:
    """Return what a library says is wrong, which may quote a stranger's bytes."""
    # Numbers of FFmpeg's errors mean nothing to people, paths are ours.
    words = getattr(error, "strerror", None) or error
    text = " ".join(str(words).split())
    shown = "".join(c if c.isprintable() else "?" for c in text)[:_LONGEST]
    return shown or type(error).__name__
