"""The folder of a snapshot: written aside, renamed into place, counted and checked."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from blake3 import blake3
from numpy.typing import NDArray

from tidebreak.errors import Busy
from tidebreak.files import SHARED, replace_whole, sync_folder
from tidebreak.index.files import damaged, header_digest, open_arrays, write_arrays

FORMAT = 3
NEAR, ENTRIES, EXACT, MANIFEST = "near.index", "entries.index", "exact.index", "manifest.json"
_PARTIAL = ".partial-"
_KEPT = 2


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a snapshot says of itself; ``files`` has each file's header checksum.

    ``origin`` names the state of the store that it was made from; ``checksum`` covers the rest.
    """

    format: int
    covers: int
    near: int
    exact: int
    files: dict[str, str]
    origin: str
    checksum: str = ""

    def sealed(self) -> Manifest:
        """Return the manifest with its checksum."""
        plain = replace(self, checksum="")
        text = json.dumps(asdict(plain), sort_keys=True)
        return replace(plain, checksum=blake3(text.encode()).hexdigest())


@dataclass(frozen=True, slots=True)
class NearEntries:
    """Of each row of the near index: the entry number, and which part of it (`places`)."""

    numbers: NDArray[np.uint32]
    places: NDArray[np.uint32]


@dataclass(slots=True)
class Publication:
    """A folder on its way: the name that it has now."""

    folder: Path


@contextmanager
def publication(root: Path) -> Generator[Publication]:
    """Give an empty folder to fill; afterwards it is the newest snapshot below ``root``.

    If filling it fails nothing is published. Raises `Busy` while another process publishes.
    """
    with _alone(root):
        _remove(root.glob(f"{_PARTIAL}*"))
        number = max(_numbers(root), default=0) + 1
        partial = root / f"{_PARTIAL}{number:06}"
        partial.mkdir()
        published = Publication(partial)
        try:
            yield published
            sync_folder(partial)
            published.folder = partial.rename(root / f"{number:06}")
            sync_folder(root)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise
        _remove_older(root, _KEPT)


def forget_older(root: Path) -> None:
    """Remove all snapshots but the newest; raise `Busy` while another process publishes."""
    with _alone(root):
        _remove_older(root, 1)


def _remove_older(root: Path, kept: int) -> None:
    _remove(root / f"{old:06}" for old in sorted(_numbers(root))[:-kept])


@contextmanager
def _alone(root: Path) -> Generator[None]:
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = os.open(root / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise Busy(f"Another process is publishing in {root}; try again later.") from None
    finally:
        os.close(lock)


def newest(root: Path) -> Path | None:
    """Return the folder of the newest snapshot below ``root``, if there is any."""
    number = max(_numbers(root), default=None)
    return None if number is None else root / f"{number:06}"


def _numbers(root: Path) -> list[int]:
    try:
        return [int(path.name) for path in root.iterdir() if path.name.isdecimal()]
    except FileNotFoundError:
        return []


def _remove(folders: Iterable[Path]) -> None:
    for folder in list(folders):
        # Under its final name a folder is complete; a half removed one must not bear it.
        doomed = folder
        if not folder.name.startswith(_PARTIAL):
            doomed = folder.rename(folder.with_name(f"{_PARTIAL}{folder.name}-old"))
        shutil.rmtree(doomed)


def write_entries(folder: Path, entries: NearEntries) -> None:
    """Write the entry numbers and places of the near index's rows."""
    arrays: dict[str, NDArray[Any]] = {"numbers": entries.numbers, "places": entries.places}
    write_arrays(folder / ENTRIES, "entries", {"rows": len(entries.numbers)}, arrays)


def read_entries(folder: Path) -> NearEntries:
    """Map what `write_entries` wrote."""
    arrays = open_arrays(folder / ENTRIES, "entries").arrays
    return NearEntries(arrays["numbers"], arrays["places"])


def verify_entries(folder: Path) -> None:
    """Compare what `write_entries` wrote with its checksums; raise `Damaged`."""
    open_arrays(folder / ENTRIES, "entries").check()


def write_manifest(folder: Path, covers: int, near: int, exact: int, origin: str) -> None:
    """Write the manifest of the files in ``folder``."""
    files = {name: header_digest(folder / name) for name in (NEAR, ENTRIES, EXACT)}
    manifest = Manifest(FORMAT, covers, near, exact, files, origin).sealed()
    text = json.dumps(asdict(manifest), indent=1)
    replace_whole(folder / MANIFEST, text.encode(), SHARED)


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest after comparing it with the files; raise `Damaged`."""
    try:
        manifest = Manifest(**json.loads((folder / MANIFEST).read_text()))
        found = {name: header_digest(folder / name) for name in manifest.files}
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise damaged(folder, f"a file is missing or unreadable ({error})") from None
    if manifest != manifest.sealed():
        raise damaged(folder, "the checksum of its manifest is wrong")
    if found != manifest.files:
        raise damaged(folder, "its files are not those that its manifest names")
    return manifest


def is_of_this_format(folder: Path) -> bool:
    """Whether ``folder`` says nothing else than that it can be read here."""
    try:
        return json.loads((folder / MANIFEST).read_text())["format"] == FORMAT
    except (OSError, ValueError, TypeError, KeyError):
        return True


def size_of(folder: Path) -> int:
    """Return the bytes of all files in ``folder``."""
    return sum(path.stat().st_size for path in folder.iterdir())


def check_counts(folder: Path, manifest: Manifest, near: int, entries: int, exact: int) -> None:
    """Raise `Damaged` unless the files hold as many as the manifest says."""
    if (near, entries, exact) != (manifest.near, manifest.near, manifest.exact):
        raise damaged(folder, "its files do not hold as many entries as its manifest says")
