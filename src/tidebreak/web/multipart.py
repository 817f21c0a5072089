"""Forms with a file (RFC 7578): the file goes into a spool, nothing is held whole.

A form may have one file; further ones are counted, and what is in them is dropped. Fields are
short texts, bounded all together.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable
from dataclasses import dataclass, field

from tidebreak.spool import IN_MEMORY, Spool
from tidebreak.web.forms import BadForm, FormReader, Head

_FIELD_BYTES = 1 << 20
_PARTS = 100

__all__ = ["BadForm", "Form", "read_form"]


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
    from python_multipart.multipart import parse_options_header

    kind, options = parse_options_header(content_type)
    boundary = options.get(b"boundary", b"")
    if kind != b"multipart/form-data" or not boundary:
        raise BadForm("Send a form: multipart/form-data with a boundary.")
    taking = _Taking(spool)
    reader = FormReader(boundary, taking, _PARTS)
    async for piece in pieces:
        if spool.size + len(piece) <= IN_MEMORY:
            reader.write(piece)
        else:  # what is written to a disk may have to wait for it
            await asyncio.to_thread(reader.write, piece)
    reader.finish()
    return taking.form


class _Taking:
    """Takes one file, and the fields."""

    def __init__(self, spool: Spool) -> None:
        self.form = Form()
        self._spool = spool
        self._field, self._text = "", bytearray()
        self._is_file, self._size = False, 0

    def begin(self, head: Head) -> None:
        from python_multipart.multipart import parse_options_header

        kind, options = parse_options_header(head.disposition)
        if kind != b"form-data" or b"name" not in options:
            raise BadForm("A part of the form has no name; send form-data.")
        self._field, self._text = options[b"name"].decode("utf-8", "replace"), bytearray()
        self._is_file = head.names_file
        if self._is_file:
            self.form.files.append(self._field)

    def data(self, part: bytes) -> None:
        if self._is_file:
            if len(self.form.files) == 1:
                self._spool.write(part)
            return
        self._text += part
        self._size += len(part)
        if self._size > _FIELD_BYTES:
            raise BadForm(f"All fields together have at most {_FIELD_BYTES:,} bytes.")

    def end(self) -> None:
        if not self._is_file:
            self.form.fields[self._field] = self._text.decode("utf-8", "replace")
