"""Manifests of sources: a log counts from the moment its manifest is in place, and not before.

Everything else of a source is written first and made to last; then the manifest is put in place
in one step. Files that no manifest names are what an interrupted import left: the next sweeps
them away.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from blake3 import blake3

from tidebreak.errors import Damaged
from tidebreak.files import replace_whole, sync_folder
from tidebreak.sightings.records import Custody, Grade, Network, Source

ROWS = "rows"
DICTIONARIES = ("contents", "clients", "addresses")
_VERSION = 1


@dataclass(frozen=True, slots=True)
class Manifest:
    """A source and the files that hold it: path below the store → BLAKE3 in hexadecimal."""

    source: Source
    files: Mapping[str, str]

    def paths(self, home: Path, kind: str) -> list[Path]:
        """Return the source's files in the folder ``kind``, in order."""
        return [home / name for name in sorted(self.files) if name.startswith(f"{kind}/")]


def read_manifests(home: Path) -> list[Manifest]:
    """Return all manifests below ``home``, in the order of their numbers; raises `Damaged`."""
    return [_read(path) for path in sorted((home / "sources").glob("[0-9]*.json"))]


def _read(path: Path) -> Manifest:
    try:
        given: dict[str, Any] = json.loads(path.read_bytes())
        if given.pop("version") != _VERSION:
            raise ValueError("another version")
        files: dict[str, str] = given.pop("files")
        given["custody"] = Custody(**given["custody"])
        given["network"] = Network(given["network"])
        given["grade_ceiling"] = Grade(given["grade_ceiling"])
        return Manifest(Source(**given), files)
    except (ValueError, KeyError, TypeError, OSError):
        raise Damaged(f"{path} is not a source as it was written; restore it.") from None


def parts(manifests: Sequence[Manifest], home: Path, kind: str) -> list[Path]:
    """Return what ``manifests`` added to the dictionary ``kind``, in order."""
    paths = [path for manifest in manifests for path in manifest.paths(home, kind)]
    return [path for path in paths if path.suffix == ".tide"]


def commit(home: Path, source: Source) -> None:
    """Let ``source``, all of whose files are written, count from now on."""
    paths = files_of(home, source.number)
    for folder in {path.parent for path in paths}:
        sync_folder(folder)
    files = {path.relative_to(home).as_posix(): digest_of(path) for path in sorted(paths)}
    content = {"version": _VERSION, "files": files, **asdict(source)}
    folder = home / "sources"
    folder.mkdir(exist_ok=True, mode=0o700)
    replace_whole(folder / f"{source.number:06}.json", json.dumps(content, indent=1).encode())


def files_of(home: Path, number: int) -> list[Path]:
    """Return every file of source ``number`` below ``home``, counted or not."""
    dictionaries = [path for kind in DICTIONARIES for path in (home / kind).glob(f"{number:06}.*")]
    return [*dictionaries, *(home / ROWS / f"{number:06}").glob("*.parquet")]


def sweep(home: Path) -> int:
    """Take away what interrupted imports left, and return the number of the next source."""
    counted = {manifest.source.number for manifest in read_manifests(home)}
    for kind in DICTIONARIES:
        for path in (home / kind).glob("*"):
            name = path.name.lstrip(".").split(".")[0]
            if path.name.startswith(".") or not (name.isdigit() and int(name) in counted):
                path.unlink()
    for folder in (home / ROWS).glob("*"):
        if not (folder.name.isdigit() and int(folder.name) in counted):
            shutil.rmtree(folder)
    for path in (home / "sources").glob(".*.partial"):
        path.unlink()
    return max(counted, default=0) + 1


def verify(home: Path) -> int:
    """Compare every file with its checksum and return how many there are; raises `Damaged`."""
    checked = 0
    for manifest in read_manifests(home):
        for name, expected in manifest.files.items():
            path = home / name
            if not path.is_file() or digest_of(path) != expected:
                raise Damaged(f"{path} is not what was imported; restore it from a copy.")
            checked += 1
    return checked


def digest_of(path: Path) -> str:
    """Return the BLAKE3 of a file in hexadecimal."""
    return blake3().update_mmap(path).hexdigest()
