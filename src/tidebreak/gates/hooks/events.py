"""What other programs' hooks say: which file or object is meant (tusd; Amazon S3, MinIO).

tusd's form is that of version 2 (``pkg/hooks``, HookRequest); S3's is the "Event message
structure" of Amazon's user guide, which MinIO sends, too.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

from tidebreak.errors import UsageError
from tidebreak.gates.hooks.objects import Named

_MOST = 1000


class NoEvent(UsageError):
    """What came is none of these."""


@dataclass(frozen=True, slots=True)
class TusEvent:
    """``kind`` is tusd's word; ``path`` or ``named`` is where the upload is, if it is yet.

    ``pieces``: it is a piece of an upload, or one that is put together of pieces; ``size`` is -1
    while unknown.
    """

    kind: str
    id: str = ""
    size: int = -1
    pieces: bool = False
    path: str = ""
    named: Named | None = None


def tus_event(body: bytes) -> TusEvent:
    """Read what tusd sends; raises `NoEvent`."""
    record = _object(body)
    upload = _inside(record, "Event", "Upload")
    storage = upload.get("Storage") or {}
    kind, size = record.get("Type"), upload.get("Size")
    if not isinstance(kind, str) or not isinstance(storage, dict):
        raise NoEvent("This is no hook of tusd version 2.")
    bucket, key = _text(storage, "Bucket"), _text(storage, "Key")
    return TusEvent(
        kind,
        _text(upload, "ID"),
        size if isinstance(size, int) else -1,
        upload.get("IsPartial") is True or upload.get("IsFinal") is True,
        _text(storage, "Path"),
        Named(bucket, key) if bucket else None,
    )


def s3_objects(body: bytes) -> list[Named]:
    """Return the objects that a notice of S3 says were made; raises `NoEvent`.

    Amazon sends one without records to try the address out: there are none in it.
    """
    record = _object(body)
    records = record.get("Records", [] if record.get("Event") == "s3:TestEvent" else None)
    if not isinstance(records, list) or len(records) > _MOST:
        raise NoEvent("This is no notice of an object store.")
    found: list[Named] = []
    for each in records:
        if not isinstance(each, dict):
            raise NoEvent("This is no notice of an object store.")
        if "ObjectCreated" in _text(each, "eventName"):
            bucket, item = _inside(each, "s3", "bucket"), _inside(each, "s3", "object")
            found.append(
                Named(_text(bucket, "name"), unquote_plus(_text(item, "key")),
                      _text(item, "versionId"))
            )  # fmt: skip
    return found


def _object(body: bytes) -> dict[str, Any]:
    try:
        record = json.loads(body)
    except (ValueError, RecursionError):
        record = None
    if not isinstance(record, dict):
        raise NoEvent("Send one JSON object.")
    return record


def _inside(record: dict[str, Any], *names: str) -> dict[str, Any]:
    found: Any = record
    for name in names:
        found = found.get(name, {})
        if not isinstance(found, dict):
            raise NoEvent(f"'{name}' is no JSON object.")
    return found


def _text(record: dict[str, Any], name: str) -> str:
    value = record.get(name, "")
    return value if isinstance(value, str) else ""


def path_in(body: bytes) -> str:
    """Return the path in ``{"path": …}``; raises `NoEvent`."""
    path = _text(_object(body), "path")
    if not path:
        raise NoEvent('Send {"path": "/absolute/path"}.')
    return path
