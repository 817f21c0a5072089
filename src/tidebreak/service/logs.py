"""The service's log: JSON, one line per request, on standard error.

No path, no query, no body, no name and no hash is ever in it: a route's template, a status, a
time, who asked by the id of its key, and for what failed the kind of the error and where.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path

from tidebreak.locators import looks_like_one

_PLACES = 12


def line(event: str, **values: str | int | float) -> None:
    """Write one line."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    sys.stderr.write(json.dumps({"at": now, "event": event, **values}) + "\n")


def unforeseen(error: BaseException, request_id: str, status: int = 500) -> None:
    """Say what failed, when it was nothing that the caller did: where, not with what values."""
    if status < 500:
        return
    line("error", request=request_id, kind=type(error).__name__, where=where(error))


def where(error: BaseException) -> str:
    """Return the places in the code that an error came from, the innermost last."""
    frames = traceback.extract_tb(error.__traceback__)[-_PLACES:]
    return " > ".join(f"{Path(frame.filename).stem}:{frame.lineno}" for frame in frames)


class _Lines(logging.Handler):
    """What libraries log, as lines: their own words without the values in them."""

    def emit(self, record: logging.LogRecord) -> None:
        kind = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else ""
        text = str(record.msg).partition("\n")[0][:200]
        # A text that is no template may have values in it already.
        message = text if not looks_like_one(text) else ""
        line("log", logger=record.name, level=record.levelname, message=message, kind=kind)


def take_over() -> None:
    """Write what libraries warn of as lines, too."""
    logging.basicConfig(handlers=[_Lines(logging.WARNING)], level=logging.WARNING, force=True)
