"""Make a backup while everything runs: one state of each store, and the files beside them."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tidebreak import homes, secret_files
from tidebreak.audit import signing
from tidebreak.audit.log import AuditLog, Head
from tidebreak.backups.form import HOME, STORES, Writer
from tidebreak.backups.stores import copy_out, in_order
from tidebreak.errors import TidebreakError, UsageError
from tidebreak.files import creating
from tidebreak.settings import load

FOLDERS = ("descriptors", "enrolments", "heads", "seal")
"""Folders of a home that belong to a backup. Indexes are made anew; logs are evidence of their own
and kept apart; rejects hold hashes that nobody needs twice."""

_SQLITE = b"SQLite format 3\0"
_KEYS = b"tidebreak-"
"""How the files of all our keys begin (`tidebreak.secret_files`)."""


@dataclass(frozen=True, slots=True)
class Backup:
    """What was made: where, of how many stores and other files, and how many bytes long."""

    path: Path
    stores: tuple[str, ...]
    others: int
    size: int
    keys: tuple[Path, ...] = ()


def backup(home: Path, target: Path, key_copy: Path | None = None) -> Backup:
    """Back the installation at ``home`` up to ``target``: a new file, or a folder to put it in.

    Keys are not in it. With ``key_copy`` they are copied to that new file, and beside it the one
    that signs the audit log. Raises `UsageError` when a file is there already, `TidebreakError`
    when there is no room.
    """
    stores = homes.stores_of(home)
    started = datetime.now(UTC)
    if target.is_dir():
        target /= f"tidebreak-{started:%Y%m%dT%H%M%SZ}.zip"
    if key_copy is not None and key_copy.absolute().parent == target.absolute().parent:
        raise UsageError("A key beside the backup protects nothing; name another place for it.")
    names = in_order(stores.names())
    with _plain(target), _scratch(target) as scratch, creating(target) as file:
        writer, steps, head = Writer(file), dict[str, int](), Head(0, "")
        others = [*_settings(home), *_others(home)]
        for path in others:
            _add_file(writer, f"{HOME}{path.relative_to(home).as_posix()}", path, scratch)
        for name in names:
            copy = scratch / f"{name}.db"
            steps[name] = copy_out(stores, name, copy)
            head = _head(copy) if name == "audit" else head
            writer.add(f"{STORES}{name}.db", copy)
            copy.unlink()
        writer.finish(started.isoformat(timespec="seconds"), steps, head)
    keys = _copy_keys(home, key_copy) if key_copy is not None else ()
    return Backup(target, tuple(names), len(others), target.stat().st_size, keys)


def _head(copy: Path) -> Head:
    with closing(AuditLog(copy)) as log:
        return log.head()


def _settings(home: Path) -> list[Path]:
    return sorted(home.glob("*.toml"))


def _others(home: Path) -> Iterator[Path]:
    for folder in FOLDERS:
        for path in sorted((home / folder).rglob("*")):
            beside = path.name.endswith(("-wal", "-shm", ".lock", ".partial"))
            if path.is_file() and not path.is_symlink() and not beside and not _is_key(path):
                yield path


def _is_key(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_KEYS)) == _KEYS


def _add_file(writer: Writer, name: str, path: Path, scratch: Path) -> None:
    with path.open("rb") as file:
        is_database = file.read(len(_SQLITE)) == _SQLITE
    if not is_database:
        writer.add(name, path)
        return
    copy = scratch / "copy.db"  # somebody may be writing to it
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as made:
        source.backup(made)
    writer.add(name, copy)
    copy.unlink()


def _copy_keys(home: Path, target: Path) -> tuple[Path, ...]:
    key = homes.key_file_of(home, load(home))
    pairs = [(key, target), (signing.place_of(key), signing.place_of(target))]
    copied: list[Path] = []
    for source, copy in pairs:
        if source == key or source.exists():
            text = secret_files.read(source, "key file", "attach the medium it is on")
            secret_files.write_new(copy, text)
            copied.append(copy)
    return tuple(copied)


@contextmanager
def _scratch(target: Path) -> Generator[Path]:
    folder = Path(tempfile.mkdtemp(prefix=".backup-", dir=target.absolute().parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _plain(target: Path) -> Generator[None]:
    try:
        yield
    except FileExistsError as error:
        raise UsageError(f"{error.filename} exists and is not overwritten; name another.") from None
    except OSError as error:
        raise TidebreakError(
            f"The backup {target} cannot be written ({error.strerror}: {error.filename}); make"
            " room, or name another place."
        ) from None
