"""The files of a multipart body, one after the other (RFC 2046, section 5.1; RFC 7578).

Whatever has a name of a file or a type that is none of text is one, and so is every field of more
than a few kilobytes: servers take uploads from fields without such a name, too. What departs from
the RFCs is `Unreadable`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator

from tidebreak.gates.bodies.headers import Unreadable
from tidebreak.spool import Spool
from tidebreak.web.forms import BadForm, FormReader, Head

FIELD = 4096
"""Bytes up to which a field without a file's name is text of a form, which is not judged."""

MOST = 256
"""Parts of one body."""


def files_of(parts: Iterator[bytes], boundary: str, room: Callable[[], Spool]) -> Iterator[Spool]:
    """Yield the files in the body that ``parts`` are pieces of, each in a spool of its own.

    Whoever takes one closes it. Raises `Unreadable`, `TooLarge`, `NoRoom`.
    """
    taking = _Taking(room)
    reader = FormReader(boundary.encode("ascii"), taking, MOST)
    try:
        for part in parts:
            reader.write(part)
            while taking.files:
                yield taking.files.popleft()
        reader.finish()
    except BadForm as error:
        raise Unreadable(f"its parts cannot be read for sure ({error})") from None
    finally:
        taking.close()


class _Taking:
    """Takes every part, and gives away those that are files."""

    def __init__(self, room: Callable[[], Spool]) -> None:
        self._room = room
        self.files = deque[Spool]()
        self._current: Spool | None = None
        self._head = Head()

    def begin(self, head: Head) -> None:
        self._head, self._current = head, self._room()

    def data(self, part: bytes) -> None:
        assert self._current is not None
        self._current.write(part)

    def end(self) -> None:
        spool, self._current = self._current, None
        assert spool is not None
        told = self._head.names_file or self._head.type not in ("", "text/plain")
        if spool.size > FIELD or (told and spool.size):
            self.files.append(spool)
        else:
            spool.close()

    def close(self) -> None:
        for spool in (*self.files, self._current):
            if spool is not None:
                spool.close()
