"""The rows of the store of observations, as types, and how they are written and read."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

from tidebreak.model import Level, Observation, State, Verdict
from tidebreak.packed_views import pack_views, unpack_views

TYPE_CODES = {
    "md5": 1, "sha1": 2, "sha256": 3, "blake3": 4, "ed2k": 5, "ed2k-blue": 6, "aich": 7, "tth": 8,
    "btv2": 9, "cid-v0": 10, "cid-v1": 11, "cid-raw": 12, "btih": 13, "btmh": 14, "btkey": 15,
    "kzhash": 16,
}  # fmt: skip
"""What stands for a signal type in the store. Numbers are added, never changed."""

_NAMES = {code: name for name, code in TYPE_CODES.items()}


OBSERVATION = (
    "member, size, content, types, seals, views, reason, note, preproc, trivial, sequence,"
    " duration_ms"
)
"""The columns of an observation as they are read."""

WRITTEN = f"{OBSERVATION}, content_key"
"""As they are written: what can be derived, too."""


LONGEST_SEQUENCE = 4 << 20
"""Bytes of a video's frames that are kept: some ten minutes. Longer videos are read again."""


@dataclass(frozen=True, slots=True)
class FileState:
    """By what a path is recognised as unchanged; sizes in bytes, times in nanoseconds."""

    device: int = 0
    inode: int = 0
    size: int = 0
    mtime_ns: int = 0
    ctime_ns: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a scan made of one observation."""

    observation: Observation
    state: State
    verdict: Verdict
    reason: str = ""


@dataclass(frozen=True, slots=True)
class FileOutcome:
    """What a scan made of one path.

    ``known_file`` is set when nothing was read anew; ``spilled`` when a first part of the
    outcomes is already stored under that number.
    """

    path: bytes
    state: FileState
    outcomes: tuple[Outcome, ...]
    known_file: int | None = None
    spilled: int | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a scan's result, as it is read back."""

    path: bytes
    member: str
    size: int
    content: str
    state: State
    level: Level
    reason: str
    note: str
    content_key: bytes
    verdict: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ScanRecord:
    """One scan; ``finished`` is empty while it is under way or was killed."""

    id: int
    started: str
    finished: str
    manifest: Mapping[str, Any]


def state_values(state: FileState) -> tuple[int, ...]:
    """Return the columns of a file's state."""
    device, inode = _signed(state.device), _signed(state.inode)
    return device, inode, state.size, state.mtime_ns, state.ctime_ns


def _signed(number: int) -> int:
    # SQLite's integers are signed; inode and device numbers need not be.
    return number - (1 << 64) if number >> 63 else number


@lru_cache(maxsize=256)
def _types_column(types: tuple[str, ...]) -> bytes:
    return bytes(TYPE_CODES[name] for name in types)


@lru_cache(maxsize=256)
def _types_of(column: bytes) -> tuple[str, ...]:
    return tuple(_NAMES[code] for code in column)


def observation_row(item: Observation) -> tuple[object, ...]:
    """Return the columns `WRITTEN` of an observation."""
    return (
        os.fsencode(item.member),
        item.size,
        item.content,
        _types_column(item.types),
        item.seals,
        pack_views(item.views),
        item.reason,
        item.note,
        item.preproc,
        int(item.trivial),
        item.sequence if len(item.sequence) <= LONGEST_SEQUENCE else b"",
        item.duration_ms,
        item.content_key,
    )


def observation_of(row: Sequence[Any]) -> Observation:
    """Return the observation that the columns `OBSERVATION` hold."""
    member, size, content, types, seals, views, reason, note, preproc, trivial, *more = row
    return Observation(
        member=os.fsdecode(member),
        size=size,
        content=content,
        types=_types_of(types),
        seals=seals,
        views=unpack_views(views),
        reason=reason,
        note=note,
        preproc=preproc,
        trivial=bool(trivial),
        sequence=more[0],
        duration_ms=more[1],
    )


def item_of(row: Sequence[Any]) -> Item:
    """Return one line of a result from the columns that `Observations.items` selects."""
    path, member, size, content, state, level, reason, note, key, verdict = row
    return Item(
        path, os.fsdecode(member), size, content, State(state), Level(level), reason, note, key,
        json.loads(verdict) if verdict else {"level": level, "matches": []},
    )  # fmt: skip


def verdict_text(verdict: Verdict) -> str:
    """Return a verdict as JSON, empty where there is nothing to say."""
    if not verdict.matches:
        return ""
    return json.dumps(asdict(verdict), separators=(",", ":"))
