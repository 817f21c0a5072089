"""What is given to be checked: links on the command line, lines of a file, files, folders, mail.

A file is told by its content. One that is no torrent, Metalink, client store or message is read
line by line, each line one input; with ``prose``, as running text in which only links count.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, NamedTuple

from tidebreak import links
from tidebreak.check import mail
from tidebreak.check.prose import links_in, separated
from tidebreak.errors import BadLink, UsageError
from tidebreak.links.lines import lines_of
from tidebreak.links.stores import HEAD, recognise
from tidebreak.links.values import writable
from tidebreak.showing import shown_path

MOST_BYTES = 256 << 20
"""Largest file that is read as a whole."""

STDIN = "standard input"

_EMPTY = "there is no link, identifier or torrent in it"
_NOT_FOLLOWED = "a link to a folder is not followed: name the folder itself"

_SUFFIX = re.compile(r"\.[A-Za-z0-9_]{1,12}\Z")
"""Ends the name of a file; of links and identifiers without a scheme, none ends so."""

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_WHOLE = re.compile(rb"d\d{1,9}:|(?:\xef\xbb\xbf)?\s*<(?:\?xml|!--|metalink)|HTTP/", re.IGNORECASE)


class Input(NamedTuple):
    """One thing to check: a link as ``text``, or the ``data`` of the file called ``name``.

    ``label`` is what results call it, ``source`` where it stood: a file's path or `STDIN`, empty
    for an argument. ``reason`` says why it could not be had, or is empty.
    """

    label: str
    line: int = 0
    text: str = ""
    data: bytes | None = None
    name: str = ""
    reason: str = ""
    source: str = ""


def inputs_of(arguments: Iterable[str], stdin: BinaryIO, *, prose: bool = False) -> Iterator[Input]:
    """Yield every input that ``arguments`` name, in order; ``-`` is ``stdin``.

    A link or identifier is one even where a file is called so: that file is meant by ``./``.
    Raises `UsageError` for an argument that is neither a link nor a path.
    """
    for number, argument in enumerate(arguments, 1):
        if argument == "-":
            yield from _something(_lines(stdin, STDIN, prose=prose), STDIN)
        elif os.path.lexists(argument) and not _is_link(argument):
            yield from _below(Path(argument), prose=prose)
        elif _is_path(argument):
            raise UsageError(
                f"There is no file {shown_path(os.fsencode(argument))}; check the path."
            )
        else:
            for link in separated(argument):
                yield Input(writable(link), number, link)


def _something(found: Iterator[Input], label: str) -> Iterator[Input]:
    """Yield what was ``found``, and say so where that is nothing: silence is no result."""
    first = next(found, None)
    yield first or Input(label, reason=_EMPTY, source=label)
    yield from found


def _is_link(argument: str) -> bool:
    """Whether a name is a link all by itself: no file may be put in the place of what it names."""
    if "/" in argument:
        return False
    try:
        links.read(argument)
    except BadLink:
        return False
    return True


def _is_path(argument: str) -> bool:
    if _SCHEME.match(argument) or argument.lower().startswith(("/ipfs/", "/ipns/")):
        return False
    return "/" in argument or argument.startswith(".") or _SUFFIX.search(argument) is not None


def _below(path: Path, *, prose: bool) -> Iterator[Input]:
    if not path.is_dir():
        yield from _of_file(path, prose=prose)
        return
    closed: list[OSError] = []
    for folder, folders, files in os.walk(path, onerror=closed.append):
        folders.sort()
        for name in folders:
            if (link := Path(folder, name)).is_symlink():
                label = shown_path(os.fsencode(link))
                yield Input(label, reason=_NOT_FOLLOWED, source=label)
        for name in sorted(files):
            yield from _of_file(Path(folder, name), prose=prose)
    for error in closed:
        label = shown_path(os.fsencode(error.filename or path))
        why = f"the folder cannot be read ({error.strerror})"
        yield Input(label, reason=why, source=label)


def _of_file(path: Path, *, prose: bool) -> Iterator[Input]:
    label = shown_path(os.fsencode(path))
    try:
        if not path.is_file():
            yield Input(label, reason="it is no regular file", source=label)
            return
        with path.open("rb") as stream:
            head = stream.read(HEAD)
            stream.seek(0)
            found = _of_stream(stream, head, path.name, label, prose=prose)
            yield from _something(found, label)
    except OSError as error:
        yield Input(label, reason=f"it cannot be read ({error.strerror})", source=label)


def _of_stream(
    stream: BinaryIO, head: bytes, name: str, label: str, *, prose: bool
) -> Iterator[Input]:
    is_mail = mail.is_mail(head)
    if not (is_mail or whole(head)):
        yield from _lines(stream, label, prose=prose)
        return
    data = stream.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        yield Input(label, reason=f"it has more than {MOST_BYTES >> 20} MiB", source=label)
    elif data.startswith(_UTF_16) and recognise(head) is None:
        lines = BytesIO(data.decode("utf-16", "replace").encode("utf-8", "replace"))
        yield from _lines(lines, label, prose=prose)
    elif is_mail:
        yield from _of_mail(data, label)
    else:
        yield Input(label, data=data, name=name, source=label)


def whole(head: bytes) -> bool:
    """Whether a file that begins with ``head`` is read as a whole: it is no text of lines."""
    return recognise(head) is not None or _WHOLE.match(head) is not None or b"\0" in head


def _of_mail(data: bytes, label: str) -> Iterator[Input]:
    for piece in mail.pieces(data):
        yield from _of_piece(piece, f"{label}: {piece.place}")


def _of_piece(piece: mail.Piece, place: str) -> Iterator[Input]:
    if piece.reason:
        yield Input(place, reason=piece.reason, source=place)
    head = piece.data[:HEAD]
    # Mailers send torrents as text, too, and pages may begin as Metalink does.
    if recognise(head) is not None or (piece.attached and whole(head)):
        yield Input(place, data=piece.data, name=piece.name, source=place)
        return
    found = list(links_in(piece.text))
    yield from (Input(link, text=link, source=place) for link in found)
    if piece.attached and piece.data and not found:
        yield Input(place, reason="an attachment in which nothing is named: scan it", source=place)


def _lines(stream: BinaryIO, label: str, *, prose: bool) -> Iterator[Input]:
    taken_apart = links_in if prose else separated
    for number, text, reason in lines_of(stream):
        if reason:
            yield Input(label, number, reason=reason, source=label)
        elif text:
            for link in taken_apart(text):
                yield Input(link, number, link, source=label)
