"""The rows of the store of observations, as types, and how they are written and read."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tidebreak.model import Level, Observation, Region, State, Verdict
from tidebreak.signals import EXACT_TYPES

_TYPE_CODES = {kind.name: code for code, kind in enumerate(EXACT_TYPES)}
_NAMES = {code: name for name, code in _TYPE_CODES.items()}


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
    # SQLite's integers are signed; inode and device numbers need not be.
    signed = (value - (1 << 64) if value >> 63 else value for value in
              (state.device, state.inode))  # fmt: skip
    return (*signed, state.size, state.mtime_ns, state.ctime_ns)


def observation_row(item: Observation) -> tuple[object, ...]:
    """Return the columns of an observation."""
    regions = [[region.name, region.value.hex(), region.quality] for region in item.regions]
    return (
        os.fsencode(item.member),
        item.size,
        item.content,
        bytes(_TYPE_CODES[name] for name, _ in item.seals),
        b"".join(seal for _, seal in item.seals),
        json.dumps(regions, separators=(",", ":")) if regions else "",
        item.reason,
        item.note,
        item.preproc,
        int(item.trivial),
    )


def observation_of(row: Sequence[Any]) -> Observation:
    """Return the observation that the columns of `observation_row` hold."""
    member, size, content, types, seals, regions, reason, note, preproc, trivial = row
    return Observation(
        member=os.fsdecode(member),
        size=size,
        content=content,
        seals=_seals(types, seals),
        regions=tuple(
            Region(name, bytes.fromhex(value), quality)
            for name, value, quality in (json.loads(regions) if regions else ())
        ),
        reason=reason,
        note=note,
        preproc=preproc,
        trivial=bool(trivial),
    )


def _seals(types: bytes, seals: bytes) -> tuple[tuple[str, bytes], ...]:
    return tuple((_NAMES[code], seals[i * 16 : i * 16 + 16]) for i, code in enumerate(types))


def item_of(row: Sequence[Any]) -> Item:
    """Return one line of a result from the columns that `Observations.items` selects."""
    path, member, size, content, state, level, reason, note, types, seals, verdict = row
    key = next((seal for name, seal in _seals(types, seals) if name == "sha256"), b"")
    return Item(
        path, os.fsdecode(member), size, content, State(state), Level(level), reason, note, key,
        json.loads(verdict) if verdict else {"level": level, "matches": []},
    )  # fmt: skip


def verdict_text(verdict: Verdict) -> str:
    """Return a verdict as JSON, empty where there is nothing to say."""
    if not verdict.matches:
        return ""
    return json.dumps(asdict(verdict), separators=(",", ":"))
