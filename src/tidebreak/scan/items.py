"""A scan's result as other programs read it: one JSON object, or one CSV row, per item."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tidebreak.media.signatures import is_reference
from tidebreak.model import UNKNOWN_SIZE
from tidebreak.showing import shown_path
from tidebreak.store.observations import Item

CSV_COLUMNS = (
    "path", "size", "content", "state", "level", "list", "entry", "classification", "scheme",
    "signal", "distance", "region", "matches", "reason", "note",
    "transform", "known_part", "known_fraction", "file_fraction",
)  # fmt: skip


def as_json(item: Item) -> str:
    """Return ``item`` as one line of JSON, the stable form of ``scan --json``."""
    record: dict[str, Any] = {
        "path": shown_path(item.path, item.member),
        "size": None if item.size == UNKNOWN_SIZE else item.size,
        "state": item.state.value,
        "reason": item.reason,
        "verdict": dict(item.verdict),
        "content": item.content,
        "note": item.note,
    }
    if is_reference(item.content):
        record["reference"] = True
    if not is_text(item.path):
        record["path_hex"] = item.path.hex()
    return json.dumps(record, ensure_ascii=False)


def is_text(path: bytes) -> bool:
    """Whether ``path`` is UTF-8, so that its text says everything."""
    try:
        path.decode()
    except UnicodeDecodeError:
        return False
    return True


def as_row(item: Item) -> list[str]:
    """Return ``item`` as the cells of `CSV_COLUMNS`, with its strongest match."""
    matches: list[Mapping[str, Any]] = item.verdict["matches"]
    best: Mapping[str, Any] = matches[0] if matches else {}
    cells = {
        "path": shown_path(item.path, item.member),
        "size": "" if item.size == UNKNOWN_SIZE else str(item.size),
        "content": item.content,
        "state": item.state.value,
        "level": item.level.value,
        "matches": str(len(matches)),
        "reason": item.reason,
        "note": item.note,
    }
    return [_safe(cells.get(name, _text(best.get(name)))) for name in CSV_COLUMNS]


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _safe(cell: str) -> str:
    # A spreadsheet would run a cell that begins like a formula; names on a disk are not ours.
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
