"""Bodies made of parts, piece by piece (RFC 2046, section 5.1; RFC 7578): nothing is held whole.

What others might read differently is `BadForm`: something behind the end, an end that is on no
line of its own, parts that are encoded or have parts of their own, a header field that is twice.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from tidebreak.errors import UsageError

_SILENT = logging.Logger("silent", logging.CRITICAL + 1)
"""The parser would warn of every bad form, with bytes of it."""

_NAMED = re.compile(r"(?:^|[;\s])filename[*0-9]*\s*=", re.IGNORECASE)
"""Also ``filename*`` and ``filename*0``, which RFC 7578 does not want and some put together."""

_AS_IS = ("", "7bit", "8bit", "binary", "identity")
_PIECE = 1 << 16


class BadForm(UsageError):
    """A body is no form of parts that can be read."""


@dataclass(frozen=True, slots=True)
class Head:
    """What stands before a part: its ``disposition``, and its type in small letters."""

    disposition: str = ""
    type: str = ""

    @property
    def names_file(self) -> bool:
        """Whether it says the name of a file, however that is written."""
        return _NAMED.search(self.disposition) is not None


class Sink(Protocol):
    """Whoever takes the parts, one after the other; what it raises, `FormReader.write` raises."""

    def begin(self, head: Head) -> None:
        """Take a part in."""
        ...

    def data(self, part: bytes) -> None:
        """Take the next bytes of it."""
        ...

    def end(self) -> None:
        """It is whole."""
        ...


class FormReader:
    """Reads a body whose parts are divided by ``boundary``, of which it has ``most``."""

    def __init__(self, boundary: bytes, sink: Sink, most: int) -> None:
        from python_multipart.multipart import MultipartParser

        self.ended = False
        self._sink, self._most = sink, most
        self._count = 0
        self._name, self._value = b"", b""
        self._fields: dict[str, str] = {}
        self._end = _End(boundary)
        self._parser = MultipartParser(boundary, self._callbacks())  # type: ignore[arg-type]
        self._parser.logger = _SILENT

    def write(self, piece: bytes) -> None:
        """Take in the next bytes of the body; raises `BadForm`, and what the sink raises."""
        from python_multipart.exceptions import FormParserError

        for start in range(0, len(piece), _PIECE):
            part = piece[start : start + _PIECE]
            try:
                self._parser.write(part)
            except FormParserError:
                raise BadForm("The form is cut off or is none; send it again.") from None
            self._end.look(part, ended=self.ended)

    def finish(self) -> None:
        """Say that this was all; raises `BadForm` where that is not so."""
        if not self.ended:
            raise BadForm("The form is cut off; send it again.")

    def _callbacks(self) -> dict[str, Callable[..., None]]:
        return {
            "on_part_begin": self._part_begin,
            "on_header_field": self._field_name,
            "on_header_value": self._field_value,
            "on_header_end": self._field_end,
            "on_headers_finished": self._head_end,
            "on_part_data": self._part_data,
            "on_part_end": self._sink.end,
            "on_end": self._all,
        }

    def _part_begin(self) -> None:
        self._fields = {}
        self._count += 1
        if self._count > self._most:
            raise BadForm(f"Send at most {self._most} parts.")

    def _field_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _field_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _field_end(self) -> None:
        name = self._name.decode("latin-1").lower()
        if name in self._fields:
            raise BadForm(f"A part of the form has {name} twice; say it once.")
        self._fields[name] = self._value.decode("latin-1").strip()
        self._name = self._value = b""

    def _head_end(self) -> None:
        # Encoded, other bytes would be looked at than were meant (RFC 7578, section 4.7).
        for name in ("content-transfer-encoding", "content-encoding"):
            if self._fields.get(name, "").lower() not in _AS_IS:
                raise BadForm("A part of the form is encoded; send its bytes as they are.")
        kind = self._fields.get("content-type", "").partition(";")[0].strip().lower()
        if kind.startswith("multipart"):
            raise BadForm("A part of the form has parts of its own; send them one by one.")
        self._sink.begin(Head(self._fields.get("content-disposition", ""), kind))

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        self._sink.data(data[start:end])

    def _all(self) -> None:
        self.ended = True


class _End:
    """Nothing may be behind the end: not everybody would stop reading there."""

    def __init__(self, boundary: bytes) -> None:
        self._mark = b"\r\n--" + boundary + b"--"
        self._before, self._seen = b"\r\n", False

    def look(self, part: bytes, *, ended: bool) -> None:
        """Look at the next piece; ``ended``: the form ended in it, or before."""
        behind = part
        if ended and not self._seen:
            self._seen = True
            _, mark, behind = (self._before + part).partition(self._mark)
            if not mark:
                raise BadForm("The form's end is not on a line of its own; send it again.")
        if ended and behind.strip(b" \t\r\n"):
            raise BadForm("Something is behind the form's end; send it without that.")
        self._before = (self._before + part)[-len(self._mark) + 1 :]
