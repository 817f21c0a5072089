"""One known item of a hash pack: as a typed record, as a line of JSON, as rows of a batch.

The form of a line is that of ``docs/packs.md``, format version 1.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tidebreak.errors import BadSignal
from tidebreak.lists.batch import BadRow, Batch, Column, columns_of, is_text
from tidebreak.model import Signal
from tidebreak.places import HASH, is_region
from tidebreak.signals import SignalKind, signal_type

_LONGEST_ID = 200
_MOST_ENTRIES, _MOST_HASHES = 8192, 200_000
"""In one batch; a video has thousands of hashes."""

_LARGEST_TIME = (1 << 32) - 1
_OWN = {"id", "classification", "scheme", "bytes", "pdq", "quality", "pages", "regions", "frames",
        "exact"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Prints:
    """Near hashes of n parts of one item.

    ``at`` says which part each is of: the code of a region, milliseconds, or the number of a
    page. ``quality`` has n values from 0 to 100, ``hashes`` 32 n bytes of PDQ.
    """

    at: tuple[int, ...] = ()
    quality: bytes = b""
    hashes: bytes = b""

    @classmethod
    def of(cls, parts: Sequence[tuple[int, int, bytes]]) -> Prints:
        """Return the prints of (at, quality, hash) each."""
        return cls(
            tuple(part[0] for part in parts),
            bytes(part[1] for part in parts),
            b"".join(part[2] for part in parts),
        )

    def __len__(self) -> int:
        return len(self.at)


@dataclass(frozen=True, slots=True)
class PackEntry:
    """One known picture or video.

    ``pages`` are hashes of whole pictures: number 0 is the picture, others are further frames
    of an animation or pages. ``size`` is in bytes. ``fields`` is everything else. ``kept`` is as
    telling as the picture, and for this installation alone: no pack has it.
    """

    key: str
    pages: Prints = field(default_factory=Prints)
    regions: Prints = field(default_factory=Prints)
    frames: Prints = field(default_factory=Prints)
    exact: tuple[Signal, ...] = ()
    classification: str = ""
    scheme: str = ""
    size: int | None = None
    fields: Mapping[str, object] = field(default_factory=dict[str, object])
    kept: tuple[Signal, ...] = ()

    @property
    def hashes(self) -> int:
        """How many near hashes there are."""
        return len(self.pages) + len(self.regions) + len(self.frames)


def to_json(entry: PackEntry) -> str:
    """Return ``entry``, without what is ``kept``, as one line of JSON without its end."""
    record: dict[str, object] = {"id": entry.key, **entry.fields}
    texts = {"classification": entry.classification, "scheme": entry.scheme}
    record |= {name: text for name, text in texts.items() if text}
    for name, prints in (
        ("pages", entry.pages), ("regions", entry.regions), ("frames", entry.frames),
    ):  # fmt: skip
        if prints:
            record[name] = {
                "at": prints.at, "quality": list(prints.quality), "pdq": prints.hashes.hex(),
            }  # fmt: skip
    if entry.exact:
        record["exact"] = {signal.type.name: signal.text for signal in entry.exact}
    if entry.size is not None:
        record["bytes"] = entry.size
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"))


def from_json(record: Mapping[str, Any], codes: frozenset[int]) -> PackEntry:
    """Return the entry that ``record`` writes; raises `BadSignal` where it writes none.

    ``codes`` are the regions that the pack's table has.
    """
    entry = PackEntry(
        _text(record, "id"),
        _prints(record, "pages", lambda at: 0 <= at <= _LARGEST_TIME),
        _prints(record, "regions", lambda at: is_region(at) and at in codes),
        _prints(record, "frames", lambda at: 0 <= at <= _LARGEST_TIME),
        _exact(record.get("exact", {})),
        _text(record, "classification"),
        _text(record, "scheme"),
        _size(record.get("bytes")),
        {name: value for name, value in record.items() if name not in _OWN},
    )
    if not 0 < len(entry.key) <= _LONGEST_ID or not entry.key.isprintable():
        raise BadSignal(f"an id must have 1 to {_LONGEST_ID} printable characters")
    if not (entry.pages or entry.regions or entry.frames or entry.exact):
        raise BadSignal("an entry without any hash")
    return entry


def batches(
    items: Iterable[tuple[int, PackEntry | BadRow]], about: Mapping[str, object]
) -> Iterator[Batch]:
    """Yield entries and bad rows, each with its line, as batches; ``about`` is of the first."""
    gathered: list[tuple[int, PackEntry | BadRow]] = []
    hashes = 0
    for line, item in items:
        gathered.append((line, item))
        hashes += 0 if isinstance(item, BadRow) else item.hashes
        if len(gathered) >= _MOST_ENTRIES or hashes >= _MOST_HASHES:
            yield _batch(gathered, about)
            gathered, hashes, about = [], 0, {}
    yield _batch(gathered, about)


def _batch(items: Sequence[tuple[int, PackEntry | BadRow]], about: Mapping[str, object]) -> Batch:
    placed = [(line, item) for line, item in items if isinstance(item, PackEntry)]
    entries = [entry for _, entry in placed]
    columns = [
        _column(name, width, given)
        for name, width, given in (
            ("pdq", 0, [entry.pages for entry in entries]),
            ("pdq-region", 2, [entry.regions for entry in entries]),
            ("vpdq", 4, [entry.frames for entry in entries]),
        )
        if any(given)
    ]
    return Batch(
        np.array([line for line, _ in placed], np.int64),
        (*columns, *columns_of([entry.exact + entry.kept for entry in entries])),
        [entry.key for entry in entries],
        [entry.classification for entry in entries],
        [entry.scheme for entry in entries],
        [entry.size for entry in entries],
        [entry.fields for entry in entries],
        tuple(item for _, item in items if isinstance(item, BadRow)),
        about,
    )


def _column(name: str, width: int, given: Sequence[Prints]) -> Column:
    """Return all of ``given`` with ``width`` bytes of ``at`` before each hash."""
    counts = [len(prints) for prints in given]
    rows = np.repeat(np.arange(len(given), dtype=np.uint32), counts)
    values = np.empty((len(rows), width + HASH), np.uint8)
    values[:, width:] = _bytes(prints.hashes for prints in given).reshape(-1, HASH)
    if width:
        at = np.fromiter(chain.from_iterable(prints.at for prints in given), f">u{width}")
        values[:, :width] = at.view(np.uint8).reshape(-1, width)
    return Column(signal_type(name), rows, values, _bytes(prints.quality for prints in given))


def _bytes(parts: Any) -> NDArray[np.uint8]:
    return np.frombuffer(b"".join(parts), np.uint8)


def _text(record: Mapping[str, Any], name: str) -> str:
    text = record.get(name, "")
    if not isinstance(text, str) or not is_text(text):
        raise BadSignal(f"'{name}' is not text")
    return text


def _size(value: Any) -> int | None:
    if value is None:
        return None
    if type(value) is not int or not 0 <= value < 1 << 63:
        raise BadSignal("'bytes' is not a number of bytes")
    return value


def _prints(record: Mapping[str, Any], name: str, known: Callable[[int], bool]) -> Prints:
    if name == "pages" and record.get("pdq") is not None and record.get(name) is None:
        record = {name: {"at": [0], "quality": [record.get("quality")], "pdq": record["pdq"]}}
    given = record.get(name)
    if given is None:
        return Prints()
    try:
        at, quality, hashes = given["at"], given["quality"], bytes.fromhex(given["pdq"])
        whole = all(type(value) is int for value in chain(at, quality))
        if not whole or not len(at) == len(quality) == len(hashes) / HASH:
            raise ValueError
        prints = Prints(tuple(at), bytes(quality), hashes)
    except (TypeError, KeyError, ValueError):
        raise BadSignal(f"'{name}' is not as many numbers, qualities and PDQ hashes") from None
    if max(prints.quality, default=0) > 100:
        raise BadSignal(f"'{name}' has a quality beyond 100")
    if not all(map(known, prints.at)):
        raise BadSignal(f"'{name}' has a number that this pack does not explain")
    return prints


def _exact(given: Any) -> tuple[Signal, ...]:
    if not isinstance(given, dict):
        raise BadSignal("'exact' is not an object of signal types")
    values: dict[str, Any] = given
    signals = tuple(Signal.parse(name, str(text)) for name, text in values.items())
    types = [signal.type for signal in signals]
    other = [kind.name for kind in types if kind.kind is not SignalKind.EXACT]
    if other:
        raise BadSignal(f"'exact' has a signal of type {other[0]}, which is no exact one")
    return signals
