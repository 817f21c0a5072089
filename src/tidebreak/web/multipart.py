"""Forms with a file (RFC 7578), piece by piece: the file goes into a spool, nothing is held whole.

A form may have one file; further ones are counted, and what is in them is dropped. Fields are
short texts, bounded all together.
"""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncIterable, Callable
from dataclasses import dataclass, field
from typing import Any

from tidebreak.errors import UsageError
from tidebreak.spool import Spool

_FIELD_BYTES = 1 << 20
_PARTS = 100
_SILENT = logging.Logger("silent", logging.CRITICAL + 1)
"""The parser would warn of every bad form, with bytes of it."""

_ENCODED_NAME = re.compile(rb";\s*filename\*\s*=", re.IGNORECASE)
"""Not to be sent (RFC 7578, section 4.2), and dropped by the parser; what has one is a file."""

_ENCODINGS = (b"", b"7bit", b"8bit", b"binary")
_PIECE = 1 << 16


class BadForm(UsageError):
    """A body is no form of parts that can be read."""


@dataclass(slots=True)
class Form:
    """What came: ``fields`` by name, and the names of the fields that had a file.

    Only the first of ``files`` is in the spool. Of fields with one name the last one counts.
    """

    fields: dict[str, str] = field(default_factory=dict[str, str])
    files: list[str] = field(default_factory=list[str])


async def read_form(content_type: str, pieces: AsyncIterable[bytes], spool: Spool) -> Form:
    """Return the form that ``pieces`` are, its file in ``spool``.

    Raises `BadForm`, and `TooLarge` and `NoRoom` as `Spool.write` does.
    """
    from python_multipart.exceptions import FormParserError
    from python_multipart.multipart import MultipartParser, parse_options_header

    kind, options = parse_options_header(content_type)
    boundary = options.get(b"boundary", b"")
    if kind != b"multipart/form-data" or not boundary:
        raise BadForm("Send a form: multipart/form-data with a boundary.")
    reader = _Reader(spool, parse_options_header)
    try:
        parser = MultipartParser(boundary, reader.callbacks())  # type: ignore[arg-type]
        parser.logger = _SILENT
        end = _End(boundary)
        async for piece in pieces:
            for start in range(0, len(piece), _PIECE):
                part = piece[start : start + _PIECE]
                parser.write(part)
                end.look(part, ended=reader.ended)
        parser.finalize()
    except FormParserError:
        raise BadForm("The form is cut off or is none; send it again.") from None
    if not reader.ended:
        raise BadForm("The form is cut off; send it again.")
    return reader.form


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


class _Reader:
    """Takes in what the parser finds."""

    def __init__(self, spool: Spool, options_of: Callable[..., Any]) -> None:
        self.form, self.ended = Form(), False
        self._spool, self._options_of = spool, options_of
        self._name, self._value, self._headers = b"", b"", dict[bytes, bytes]()
        self._field, self._text = "", bytearray()
        self._is_file, self._parts, self._size = False, 0, 0

    def callbacks(self) -> dict[str, Callable[..., None]]:
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._header_name,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers_finished,
            "on_part_data": self._data,
            "on_part_end": self._part_end,
            "on_end": self._end,
        }

    def _begin(self) -> None:
        self._headers, self._text = {}, bytearray()
        self._parts += 1
        if self._parts > _PARTS:
            raise BadForm(f"Send at most {_PARTS} fields.")

    def _header_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        self._headers[self._name.lower()] = self._value
        self._name = self._value = b""

    def _headers_finished(self) -> None:
        disposition = self._headers.get(b"content-disposition", b"")
        kind, options = self._options_of(disposition)
        if kind != b"form-data" or b"name" not in options:
            raise BadForm("A part of the form has no name; send form-data.")
        # Encoded, other bytes would be looked at than were meant (RFC 7578, section 4.7).
        encoding = self._headers.get(b"content-transfer-encoding", b"").strip().lower()
        if encoding not in _ENCODINGS:
            raise BadForm("A part of the form is encoded; send its bytes as they are.")
        self._field = options[b"name"].decode("utf-8", "replace")
        self._is_file = b"filename" in options or _ENCODED_NAME.search(disposition) is not None
        if self._is_file:
            self.form.files.append(self._field)

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._is_file:
            if len(self.form.files) == 1:
                self._spool.write(data[start:end])
            return
        self._text += data[start:end]
        self._size += end - start
        if self._size > _FIELD_BYTES:
            raise BadForm(f"All fields together have at most {_FIELD_BYTES:,} bytes.")

    def _part_end(self) -> None:
        if not self._is_file:
            self.form.fields[self._field] = self._text.decode("utf-8", "replace")

    def _end(self) -> None:
        self.ended = True
