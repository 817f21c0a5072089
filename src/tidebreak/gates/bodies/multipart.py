"""The files of a multipart body, one after the other (RFC 2046, section 5.1; RFC 7578).

Whatever has a name of a file is one, and so is every field of more than a few kilobytes: servers
take uploads from fields without such a name, too. What departs from the RFCs is `Unreadable`.
"""

from __future__ import annotations

import logging
import re
from collections import deque
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from tidebreak.gates.bodies.headers import Unreadable, media_type
from tidebreak.spool import Spool

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartParser

FIELD = 4096
"""Bytes up to which a field without a file's name is text of a form, which is not judged."""

MOST = 256
"""Parts of one body."""

_SILENT = logging.Logger("silent", logging.CRITICAL + 1)
"""The parser would warn of every bad form, with bytes of it: here it is a ruling instead."""

_NO_ENCODING = ("", "7bit", "8bit", "binary")
_NAMED = re.compile(r"""(?:^|[;\s])filename\*?\s*=""", re.IGNORECASE)


def files_of(parts: Iterator[bytes], boundary: str, room: Callable[[], Spool]) -> Iterator[Spool]:
    """Yield the files in the body that ``parts`` are pieces of, each in a spool of its own.

    Whoever takes one closes it. Raises `Unreadable`, `TooLarge`, `NoRoom`.
    """
    taking = _Taking(room)
    try:
        parser, end = taking.parser(boundary), _End(boundary)
        for part in parts:
            taking.write(parser, part)
            end.look(part, taking.ended)
            while taking.files:
                yield taking.files.popleft()
        if not taking.ended:
            raise Unreadable("its last part has no end")
    finally:
        taking.close()


class _End:
    """Nothing may be behind the end: not everybody would stop reading there."""

    def __init__(self, boundary: str) -> None:
        self._mark = f"\r\n--{boundary}--".encode()
        self._before, self._seen = b"\r\n", False

    def look(self, part: bytes, ended: bool) -> None:
        """Look at the next piece; ``ended``: the last part ended in it, or before."""
        behind = part
        if ended and not self._seen:
            self._seen = True
            _, mark, behind = (self._before + part).partition(self._mark)
            if not mark:
                raise Unreadable("its end is not on a line of its own")
        if ended and behind.strip(b" \t\r\n"):
            raise Unreadable("something is behind its last part")
        self._before = (self._before + part)[-len(self._mark) + 1 :]


class _Taking:
    def __init__(self, room: Callable[[], Spool]) -> None:
        self._room = room
        self.files = deque[Spool]()
        self.ended = False
        self._current: Spool | None = None
        self._name, self._value = bytearray(), bytearray()
        self._headers: list[tuple[str, str]] = []
        self._count = 0

    def parser(self, boundary: str) -> MultipartParser:
        from python_multipart.multipart import MultipartParser

        parser = MultipartParser(
            boundary.encode("ascii"),
            {
                "on_part_begin": self._begin,
                "on_part_data": self._data,
                "on_part_end": self._end,
                "on_header_field": lambda data, start, end: self._name.extend(data[start:end]),
                "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
                "on_header_end": self._header,
                "on_headers_finished": self._described,
                "on_end": self._finish,
            },
        )
        parser.logger = _SILENT
        return parser

    def write(self, parser: MultipartParser, part: bytes) -> None:
        from python_multipart.exceptions import FormParserError

        try:
            parser.write(part)
        except FormParserError:
            raise Unreadable("its parts cannot be read for sure") from None

    def close(self) -> None:
        for spool in (*self.files, self._current):
            if spool is not None:
                spool.close()

    def _begin(self) -> None:
        self._count += 1
        if self._count > MOST:
            raise Unreadable(f"it has more than {MOST} parts")
        self._headers.clear()
        self._current = self._room()

    def _header(self) -> None:
        self._headers.append((self._name.decode("latin-1").lower(), self._value.decode("latin-1")))
        self._name.clear()
        self._value.clear()

    def _described(self) -> None:
        for name, value in self._headers:
            if name == "content-transfer-encoding" and value.strip().lower() not in _NO_ENCODING:
                raise Unreadable("a part of it is encoded as in mail")
            if name == "content-type" and media_type(value)[0].startswith("multipart/"):
                raise Unreadable("a part of it has parts of its own")

    def _data(self, data: bytes, start: int, end: int) -> None:
        assert self._current is not None
        self._current.write(data[start:end])

    def _end(self) -> None:
        spool, self._current = self._current, None
        assert spool is not None
        named = any(name == "content-disposition" and _NAMED.search(value)
                    for name, value in self._headers)  # fmt: skip
        if spool.size > FIELD or (named and spool.size):
            self.files.append(spool)
        else:
            spool.close()

    def _finish(self) -> None:
        self.ended = True
