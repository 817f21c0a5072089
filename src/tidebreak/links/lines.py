"""Lines of text that others wrote, none of them read further than any link is long."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

LONGEST_LINE = 1 << 20
"""Bytes of one line; magnets with long lists of trackers are far shorter."""

_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


class Line(NamedTuple):
    """One line by its ``number`` (from 1), without spaces around it; empty ones have no text.

    ``reason`` says why it could not be read, or is empty.
    """

    number: int
    text: str = ""
    reason: str = ""


def lines_of(stream: BinaryIO) -> Iterator[Line]:
    """Yield every line of ``stream``, UTF-8 or what can be made of it."""
    number = 0
    while line := stream.readline(LONGEST_LINE + 1):
        number += 1
        if len(line) > LONGEST_LINE:
            while line and not line.endswith(b"\n"):
                line = stream.readline(LONGEST_LINE)
            yield Line(number, reason=f"a line of more than {LONGEST_LINE:,} bytes")
        elif number == 1 and line.startswith(_UTF_16):
            yield Line(number, reason="text in UTF-16: give it as a file, or as UTF-8")
            return
        else:
            yield Line(number, line.decode("utf-8", "replace").strip())


__all__ = ["LONGEST_LINE", "Line", "lines_of"]
