"""Writing a hash pack: what is shared of enrolled media (``docs/packs.md``)."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import IO, cast

from tidebreak.errors import UsageError
from tidebreak.files import replacing
from tidebreak.hashing import regions
from tidebreak.lists.formats import pack
from tidebreak.lists.pack_entries import PackEntry, to_json
from tidebreak.media.image import FULL
from tidebreak.reach import Reach
from tidebreak.version import VERSION

_DECODERS = ("pillow", "pillow-heif", "av")


def header(about: Mapping[str, str], reach: Reach, created: str) -> dict[str, object]:
    """Return the first line of a pack: every version that decides what its hashes mean."""
    return {
        "format": pack.NAME,
        "version": pack.VERSION,
        "created": created,
        "software": f"tidebreak {VERSION}",
        "preproc": FULL,
        "decoders": dict(_versions()),
        "regions": {"version": regions.VERSION, "boxes": pack.table(reach)},
        **{name: text for name, text in about.items() if text},
    }


def check_target(path: Path) -> None:
    """Raise `UsageError` where a pack cannot be written to ``path``, before anything is hashed."""
    if os.path.lexists(path):
        raise UsageError(f"{path} exists; move it away or name another file for the pack.")
    if not os.access(path.absolute().parent, os.W_OK):
        raise UsageError(f"{path.absolute().parent} is no folder to write to; name another file.")


def write_pack(
    path: Path, head: Mapping[str, object], entries: Iterable[PackEntry], *, exact: bool
) -> int:
    """Write the pack to ``path``, packed where that ends in ``.gz``; return how many entries.

    It appears under its name when it is whole. Without ``exact`` it names no digest and no size
    in bytes, and entries that have nothing else are left out. Raises `UsageError`.
    """
    try:
        with replacing(path) as file:
            return _write(file, path.suffix == ".gz", head, entries, exact)
    except OSError as error:
        raise UsageError(f"{path} cannot be written ({error.strerror}); make room there.") from None


def _write(
    file: IO[bytes],
    packed: bool,
    head: Mapping[str, object],
    entries: Iterable[PackEntry],
    exact: bool,
) -> int:
    count = 0
    stream = cast("IO[bytes]", gzip.GzipFile("", "wb", 6, file, mtime=0)) if packed else file
    stream.write(json.dumps(head, ensure_ascii=False).encode() + b"\n")
    for entry in entries:
        shared = entry if exact else replace(entry, exact=(), size=None)
        if shared.hashes or shared.exact:
            stream.write(to_json(shared).encode() + b"\n")
            count += 1
    stream.write(json.dumps({"entries": count}).encode() + b"\n")
    if packed:
        stream.close()
    return count


def _versions() -> Iterable[tuple[str, str]]:
    for name in _DECODERS:
        try:
            yield name, version(name)
        except PackageNotFoundError:
            continue
