"""Project VIC / VICS JSON 1.2, 1.3 and 2.0, hash sets (``#Media``) and cases (``#Cases``).

Read as a stream; what is not understood is kept. The schema was never published openly: this
follows independent readers and writers (docs/lists.md).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from tidebreak.errors import BadList, BadSignal
from tidebreak.lists.batch import BadRow, Batch, batch_of, is_text
from tidebreak.lists.formats import Format, register
from tidebreak.lists.json_guard import JsonGuard
from tidebreak.lists.source import Source
from tidebreak.model import Entry, ListKind, Signal
from tidebreak.signals import find_signal_type, signal_type

_BATCH = 8192
_CHUNK = 65_536
_MODEL = re.compile(r"DataModels/(\d+\.\d+)\.xml(?:/([^/]+)/\$metadata)?#(Media|Cases)")
_SIGNALS = {name: signal_type(name) for name in ("MD5", "SHA1", "SHA256", "PhotoDNA")}
_OWN = {"MediaID", "Category", "MediaSize", "AlternativeHashes", "Miniature", *_SIGNALS}


def detect(source: Source) -> bool:
    """Whether the file is JSON with the name of a VICS model or its ``value`` array."""
    head = source.text_head().lstrip()
    return head.startswith("{") and bool(
        _MODEL.search(head) or re.match(r'\{[^\[\]]*"value"\s*:\s*\[', head)
    )


def read(source: Source) -> Iterator[Batch]:
    """Yield the media of ``source``; raises `BadList` when it is cut off or not JSON."""
    import ijson

    try:
        with source.open_bytes() as file:
            outline = _outline(JsonGuard(file))
        with source.open_bytes() as file:
            place = "value.item.Media.item" if outline.is_case else "value.item"
            records = enumerate(ijson.items(JsonGuard(file), place, use_float=True), 1)
            about: Mapping[str, object] = {"model": outline.model, **outline.about}
            while items := list(islice(records, _BATCH)):
                yield batch_of((_entry(*item, outline.scheme) for item in items), about)
                about = {}
    except ijson.JSONError:
        line = _failing_line(source)
        raise BadList(
            f"{source.path} is not whole JSON: it breaks off or goes wrong on line {line};"
            " nothing was imported, obtain the file again.",
            line,
        ) from None


@dataclass(slots=True)
class _Outline:
    """What a first look tells: the model's name, and whether media stand inside cases."""

    is_case: bool = False
    model: str = ""
    about: dict[str, list[object]] = field(default_factory=dict[str, list[object]])
    """What the cases say of themselves, by the place of each value."""

    @property
    def scheme(self) -> str:
        """The scheme of the category codes: ``vics-us-2.0``; the profile decides what they mean."""
        match = _MODEL.search(self.model)
        if match is None:
            return "vics-unknown"
        return f"vics-{(match[2] or 'default').lower()}-{match[1]}"


def _outline(file: JsonGuard) -> _Outline:
    """Read as far as needed: a hash set's first record, cases to their end for what they say."""
    import ijson

    found = _Outline()
    for prefix, event, value in ijson.parse(file, use_float=True):
        if prefix.startswith("value.item.Media."):
            continue
        if event == "string" and prefix in ("@odata.context", "odata.metadata"):
            found.model = value
        elif prefix == "value.item.Media" and event == "start_array":
            found.is_case = True
        elif prefix == "value.item" and event == "end_map" and not found.is_case:
            found.about.clear()  # they were a record's
            return found
        elif prefix.startswith("value.item.") and event in ("string", "number", "boolean"):
            found.about.setdefault(prefix.removeprefix("value.item."), []).append(value)
    return found


def _entry(number: int, record: Any, scheme: str) -> Entry | BadRow:
    if not isinstance(record, dict):
        return BadRow(number, "not a media object", _text(record))
    media: dict[str, Any] = record
    fields = {name: value for name, value in media.items() if name not in _OWN}
    try:
        signals = [
            Signal(kind, kind.parse(_text(media[name])))
            for name, kind in _SIGNALS.items()
            if media.get(name)
        ]
        if "AlternativeHashes" in media:
            known = _alternatives(media["AlternativeHashes"], fields)
            signals += [signal for signal in known if signal not in signals]
        key, category = _name(media.get("MediaID")), _name(media.get("Category"))
    except BadSignal as error:
        return BadRow(number, str(error), repr(media))
    if "Category" in media and media["Category"] is None:
        fields["Category"] = None  # null is not the same as absent
    if "Miniature" in media:
        fields["Miniature"] = "left out: a picture is never imported"
    size = _size(media.get("MediaSize"))
    if size is None and "MediaSize" in media:
        fields["MediaSize"] = media["MediaSize"]
    return Entry(number, tuple(signals), key, category, scheme, size, fields)


def _alternatives(given: Any, fields: dict[str, Any]) -> Iterator[Signal]:
    """Yield the alternative hashes of known types; keep the others as a field."""
    unknown: list[Any] = []
    for item in given if isinstance(given, list) else [given]:
        values: dict[str, Any] = item if isinstance(item, dict) else {}
        kind = find_signal_type(_text(values.get("HashName")))
        if kind is not None and values.get("HashValue"):
            yield Signal(kind, kind.parse(_text(values["HashValue"])))
        elif item is not None:
            unknown.append(item)
    if unknown:
        fields["AlternativeHashes"] = unknown


def _name(value: Any) -> str:
    """Return a number or text as text; null and absent are the empty text."""
    text = "" if value is None else _text(value)
    if not is_text(text):
        raise BadSignal("MediaID or Category is not text")
    return text


def _size(value: Any) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
        value = int(value)
    return value if type(value) is int and 0 <= value < 1 << 63 else None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else repr(value)


def _failing_line(source: Source) -> int:
    """Return the line on which the file stops being JSON.

    The parser does not say: a second pass feeds it line by line until it stops.
    """
    import ijson

    parser = ijson.basic_parse_coro(_Ignore())
    line, last = 1, b""
    with source.open_bytes() as file:
        try:
            while chunk := file.read(_CHUNK):
                for piece in chunk.splitlines(keepends=True):
                    parser.send(piece)
                    half = piece == b"\n" and last == b"\r"  # of a CR LF between two chunks
                    last = piece[-1:]
                    line += last in b"\r\n" and not half
            parser.close()
        except (ijson.JSONError, StopIteration):
            pass
    return line


class _Ignore:
    """Takes the parser's events and does nothing with them."""

    def send(self, event: object) -> None:
        """Take one event."""


def _refuses(kind: ListKind, statement: str) -> str:
    if kind.hits or statement.strip():
        return ""
    return (
        f"A VICS file is not known to be good by its format; to import it as {kind.value}, state"
        " who says that it is with --known-good."
    )


register(
    Format("vics", "Project VIC JSON 1.2 to 2.0", 20, detect, read, refuses=_refuses, unit="record")
)
