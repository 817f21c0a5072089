"""vPDQ: known videos as the hashes of their frames.

A file is one video (one frame per line, as ``vpdq`` writes it; or one JSON value), or one video
per line (JSON, bare or behind ``vpdq`` as ``tx hash`` prints it). JSON is a list of frames as
python-threatexchange writes them now, the object of numbered frames that it wrote before, a list
of such videos, or an object that names them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import IO, Any

from tidebreak.errors import BadList, BadSignal
from tidebreak.lists.batch import BadRow, Batch, batch_of
from tidebreak.lists.formats import Format, register
from tidebreak.lists.json_guard import JsonGuard
from tidebreak.lists.source import Source
from tidebreak.lists.vpdq_frames import VpdqFrame, frame_of, parse_frame, signals_of
from tidebreak.model import Entry

_LINE = re.compile(r"\d+,\d{1,3},[0-9A-Fa-f]{64},[^,\s]+\s*")
_JSON = re.compile(r'(?:vpdq\s+)?[\[{][\s\[{":\w-]*?"[0-9A-Fa-f]{64},\d{1,3},')
_OLD_JSON = re.compile(r'(?:vpdq\s+)?\{\s*"\d+"\s*:\s*\{\s*"(?:quality|hash|timestamp)"')
_MOST_BYTES = 256 << 20
"""Largest video in JSON: a hundred hours of one frame a second are 32 MB."""
_VIDEOS = 64
"""Videos per batch."""


def detect(source: Source) -> bool:
    """Whether the file begins with a frame as vPDQ writes it, or with JSON of such frames."""
    head = source.text_head().lstrip()
    first = head.partition("\n")[0]
    return any((_LINE.fullmatch(first), _JSON.match(head), _OLD_JSON.match(head)))


def read(source: Source) -> Iterator[Batch]:
    """Yield the videos of ``source``, one entry each; a bad video is a bad row of its own."""
    head = source.text_head().lstrip()
    with source.open_bytes() as file:
        if head[:1].isdigit():
            yield batch_of(_video_of_lines(file, source.path.stem))
            return
        items = _lines(file) if _is_by_line(head) else enumerate(_whole(source, file), 1)
        while batch := list(islice(items, _VIDEOS)):
            yield batch_of(_entry(number, *item) for number, item in batch)


def _video_of_lines(file: IO[bytes], name: str) -> Iterator[Entry | BadRow]:
    frames: list[VpdqFrame] = []
    for number, line in enumerate(file, 1):
        text = line.decode("utf-8", "surrogateescape").strip()
        if not text:
            continue
        try:
            frames.append(parse_frame(text))
        except BadSignal as error:
            yield BadRow(number, str(error), text)
    yield _video(1, name, frames)


def _is_by_line(head: str) -> bool:
    """Whether the first line is a whole JSON value, so that each line is a video."""
    first, _, rest = head.partition("\n")
    return first.startswith("vpdq") or (bool(rest.strip()) and first.rstrip()[-1] in "]}")


_Item = tuple[str, Any]
"""The name of a video, and its frames as JSON or as text that is none."""


def _lines(file: IO[bytes]) -> Iterator[tuple[int, _Item]]:
    number = 0
    while line := file.readline(_MOST_BYTES):
        number += 1
        text = line.decode("utf-8", "surrogateescape").strip().removeprefix("vpdq").strip()
        if text:
            yield number, ("", _loaded(text))


def _loaded(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _whole(source: Source, file: IO[bytes]) -> Iterator[_Item]:
    """Yield the videos of a file that is one JSON value."""
    try:
        value = json.loads(JsonGuard(file).read(_MOST_BYTES))
    except ValueError:
        raise BadList(f"{source.path} is not whole JSON; obtain the file again.") from None
    if isinstance(value, dict) and not _is_old(value):
        yield from value.items()
    elif isinstance(value, list) and value and not isinstance(value[0], str):
        yield from (("", item) for item in value)
    else:
        yield source.path.stem, value


def _is_old(value: dict[str, Any]) -> bool:
    return all(isinstance(item, dict) and "hash" in item for item in value.values())


def _entry(number: int, name: str, value: Any) -> Entry | BadRow:
    try:
        return _video(number, name, _frames(value))
    except BadSignal as error:
        return BadRow(number, str(error), value if isinstance(value, str) else json.dumps(value))


def _frames(value: Any) -> list[VpdqFrame]:
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return [parse_frame(item) for item in value]
    if isinstance(value, dict) and _is_old(value):
        return [
            frame_of(number, item.get("quality"), item["hash"], item.get("timestamp"))
            for number, item in value.items()
        ]
    raise BadSignal("vpdq: no list of frames")


def _video(number: int, name: str, frames: Iterable[VpdqFrame]) -> Entry | BadRow:
    """Return the video that ``frames`` make; their numbers are kept where they were given."""
    ordered = sorted(frames, key=lambda frame: frame.seconds)
    if not ordered:
        return BadRow(number, "vpdq: a video without a frame", name)
    numbers = [frame.number for frame in ordered]
    fields = {"frame numbers": numbers} if max(numbers) >= 0 else {}
    return Entry(number, signals_of(ordered), name, fields=fields)


register(Format("vpdq", "vPDQ: the frames of known videos, as text or JSON", 25, detect, read))
