"""Metalink files, version 4 (RFC 5854) and version 3: XML that names files by their digests.

Read by expat with every declaration that could reach outside or grow refused: no document type,
no entities. Addresses are dropped unless asked for; magnet and ed2k links among them are read,
since they name the same file.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from xml.parsers import expat

from tidebreak.errors import BadLink, BadSignal
from tidebreak.links import ed2k, magnet
from tidebreak.links.equalities import distinct
from tidebreak.links.reference import Alignment, Kind, NamedFile, Reference
from tidebreak.links.urn import file_of
from tidebreak.model import Signal
from tidebreak.signals import SIGNAL_TYPES, SignalKind, SignalType, find_signal_type

_SIZE, _DEPTH, _ELEMENTS = 16 << 20, 32, 1_000_000
"""The most that is read: bytes, nested elements, elements."""

_SHA1 = SIGNAL_TYPES["sha1"]
_NAMESPACES = ("urn:ietf:params:xml:ns:metalink", "http://www.metalinker.org/")
_TREES = {"tigertree": "tth", "tree-tiger": "tth"}


def read(data: bytes, *, sources: bool = False) -> Reference:
    """Return what a Metalink file names; raise `BadLink` when it is none, or declares anything."""
    if len(data) > _SIZE:
        raise BadLink(f"This is larger than {_SIZE >> 20} MiB, more than is read: split it.")
    reader = _Reader()
    try:
        reader.parse(data)
    except (expat.ExpatError, ValueError, LookupError) as error:
        if isinstance(error, BadLink):
            raise
        reader.faults.append("the XML is not well formed: it was read up to there")
    if not reader.is_metalink:
        raise BadLink("This is no Metalink file: its outermost element is not metalink.")
    return reader.reference(sources=sources)


@dataclass(slots=True)
class _File:
    """What is known so far of one file; of its pieces only the first, and how many there are."""

    path: str
    size: int | None = None
    signals: list[Signal] = field(default_factory=list[Signal])
    piece_type: SignalType | None = None
    piece_length: int = 0
    first_piece: bytes = b""
    pieces: int = 0

    def named(self) -> NamedFile:
        """Return the file; where it is one piece, the hash of that is its own."""
        kind, size = self.piece_type, self.size
        question = None
        if kind is not None and self.first_piece and size is not None:
            if self.pieces == 1 and 0 < size <= self.piece_length:
                self.signals.append(Signal(kind, self.first_piece))
            elif kind is _SHA1 and 0 < self.piece_length <= size:
                question = Alignment(size, 0, self.piece_length, self.first_piece)
        found = file_of(distinct(self.signals), self.path, size)
        silent = "" if found.signals or found.hints or question else "no digest that is compared"
        return replace(found, alignment=question, silent=silent)


class _Reader:
    """Follows the elements; keeps what names content."""

    def __init__(self) -> None:
        self.is_metalink = False
        self.faults: list[str] = []
        self._notes: dict[str, None] = {}
        self._files: list[_File] = []
        self._sources: list[str] = []
        self._whole: list[Signal] = []
        self._path: list[str] = []
        self._attributes: dict[str, str] = {}
        self._text: list[str] = []
        self._elements = 0

    def parse(self, data: bytes) -> None:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _refuse
        parser.EntityDeclHandler = _refuse
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text.append
        parser.Parse(data, True)

    def reference(self, *, sources: bool) -> Reference:
        return Reference(
            Kind.METALINK,
            distinct(self._whole),
            tuple(file.named() for file in self._files),
            self._files[0].path if len(self._files) == 1 else "",
            tuple(self._notes),
            "; ".join(dict.fromkeys(self.faults)),
            tuple(self._sources) if sources else (),
        )

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        space, _, local = name.rpartition(" ")
        if not self._path:
            self.is_metalink = local == "metalink" and space in _NAMESPACES
        if self._elements > _ELEMENTS or len(self._path) >= _DEPTH:
            raise BadLink("This Metalink file has too many elements, or nests them too deep.")
        parent = self._path[-1] if self._path else ""
        self._path.append(local)
        self._attributes = attributes
        self._text.clear()
        if local == "file" and parent in ("metalink", "files"):
            self._files.append(_File(attributes.get("name", "")))
        elif local == "pieces" and self._files:
            file, length = self._files[-1], attributes.get("length", "")
            file.piece_type = _digest_type(attributes.get("type", ""))
            file.piece_length = _number(length) or 0

    def _end(self, name: str) -> None:
        local = self._path.pop()
        parent = self._path[-1] if self._path else ""
        text = "".join(self._text).strip()
        self._text.clear()
        if not self._files:
            return
        file = self._files[-1]
        if local == "hash" and parent == "pieces":
            self._piece(file, text)
        elif local == "hash" and parent in ("file", "verification"):
            self._digest(file, self._attributes.get("type", ""), text)
        elif local == "size" and parent == "file":
            file.size = _number(text)
        elif local in ("url", "metaurl"):
            self._address(file, text)

    def _piece(self, file: _File, text: str) -> None:
        file.pieces += 1
        if file.piece_type is not None and file.pieces == 1:
            try:
                file.first_piece = file.piece_type.parse(text)
            except BadSignal as error:
                self.faults.append(str(error))

    def _digest(self, file: _File, name: str, text: str) -> None:
        kind = _digest_type(name)
        if kind is None:
            self._notes["a digest in it is of an algorithm that is not compared"] = None
            return
        try:
            file.signals.append(Signal(kind, kind.parse(text)))
        except BadSignal as error:
            self.faults.append(str(error))

    def _address(self, file: _File, text: str) -> None:
        self._sources.append(text)
        scheme = text[:7].lower()
        if scheme == "magnet:":
            reference = magnet.read(text)
        elif scheme == "ed2k://":
            reference = ed2k.read(text)
        else:
            return
        self._whole.extend(reference.signals)
        for each in reference.files:
            file.signals.extend(each.signals + each.hints)
        self.faults.extend(filter(None, (reference.reason,)))


def _refuse(*_: object) -> None:
    raise BadLink("This declares a document type or entities, which no Metalink file needs.")


def _digest_type(name: str) -> SignalType | None:
    kind = find_signal_type(_TREES.get(name.lower(), name))
    exact = kind is not None and kind.kind is SignalKind.EXACT and not kind.torrent
    return kind if exact else None


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
