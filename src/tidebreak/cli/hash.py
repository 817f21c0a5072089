"""``tidebreak hash``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from tidebreak.cli.context import console, home, plain, table
from tidebreak.errors import UsageError
from tidebreak.hashing.frames import Area, FrameSequence
from tidebreak.lists.vpdq_frames import to_text
from tidebreak.model import UNKNOWN_SIZE, Examination, State, View, ViewKind
from tidebreak.scan.hashing import hash_files
from tidebreak.settings import load
from tidebreak.showing import shown_path
from tidebreak.signals import DIGEST_TYPES, SIGNAL_TYPES

_SHOWN = (*DIGEST_TYPES, SIGNAL_TYPES["pdq"])


def run(files: list[str], *, as_json: bool, members: bool) -> None:
    """Print every signal of every file; exit with 2 when one could not be read at all."""
    failed = False
    for path, examination in hash_files(files, load(home())):
        failed |= not examination.member and not examination.signals
        if examination.member and not members:
            continue
        if as_json:
            record = to_record(path, examination)
            sys.stdout.write(json.dumps(record, ensure_ascii=False) + "\n")
        else:
            _print(path, examination)
    sys.exit(2 if failed else 0)


def run_vpdq(files: list[str]) -> None:
    """Print the frames of one video as vPDQ writes them; exit with 2 when some are missing."""
    if len(files) != 1 or Path(files[0]).is_dir():
        raise UsageError("A vPDQ file is of one video and does not say which; name one video.")
    found = [item for _, item in hash_files(files, load(home())) if not item.member]
    text = "".join(to_text(FrameSequence.unpack(item.sequence)) for item in found)
    why = "; ".join(item.reason or item.note or item.content or "it is empty" for item in found)
    if not text:
        raise UsageError(f"{files[0]} has no frames of a video ({why}); name a video.")
    sys.stdout.write(text)
    if any(item.reason for item in found):
        print(f"tidebreak: not fully examined, so frames are missing: {why}", file=sys.stderr)
        sys.exit(2)


def to_record(path: bytes, item: Examination) -> dict[str, Any]:
    """Return the stable form of ``hash --json``."""
    pdq = item.signal("pdq")
    found = {signal.type.name: signal.text for signal in item.signals}
    record: dict[str, Any] = {
        "path": shown_path(path, item.member),
        "size": None if item.size == UNKNOWN_SIZE else item.size,
        "state": _state(item).value,
        "reason": item.reason,
        "signals": {kind.name: found.get(kind.name) for kind in _SHOWN},
        "pdq_quality": pdq.quality if pdq else None,
        "content": item.content,
        "note": item.note,
    }
    frames: list[dict[str, Any]] = [
        {"frame": frame.number, "pdq": frame.hash.hex(), "pdq_quality": frame.quality}
        for frame in _frames(item)
    ]
    if frames := frames or _moments(item):
        record["frames"] = frames
    return record


def _moments(item: Examination) -> list[dict[str, Any]]:
    """Return the upright full frames of a video that are kept of it."""
    return [
        {
            "time": int(frame["time"]) / 1000,
            "pdq": frame["hash"].tobytes().hex(),
            "pdq_quality": int(frame["quality"]),
        }
        for frame in FrameSequence.unpack(item.sequence).track(Area.FULL).records
    ]


def _frames(item: Examination) -> list[View]:
    # Other views are made to be looked up; they are no signals of the file.
    return [view for view in item.views if view.kind is ViewKind.FRAME]


def _state(item: Examination) -> State:
    return State.NOT_FULLY_EXAMINED if item.reason else State.EXAMINED


def _print(path: bytes, item: Examination) -> None:
    out = console()
    out.print(plain(shown_path(path, item.member)), style="bold", soft_wrap=True)
    grid = table("signal", "value")
    grid.add_row("size", f"{item.size:,} bytes")
    for signal in item.signals:
        quality = f"  quality {signal.quality}" if signal.quality is not None else ""
        grid.add_row(signal.type.name, signal.text + quality)
    for frame in _frames(item):
        text = f"{frame.hash.hex()}  quality {frame.quality}"
        grid.add_row(f"pdq, frame {frame.number}", text)
    for label, text in (("content", item.content), ("note", item.note)):
        if text:
            grid.add_row(label, plain(text))
    if item.reason:
        grid.add_row("[yellow]not fully examined[/]", plain(item.reason))
    out.print(grid)
