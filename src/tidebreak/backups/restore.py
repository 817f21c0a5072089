"""Bring a backup back: a new installation that is there whole or not at all."""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections.abc import Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tidebreak.audit import log as audit_log
from tidebreak.audit.log import AuditLog, Head
from tidebreak.backups.form import HOME, STORES, Manifest, Reader, opened
from tidebreak.backups.stores import copy_into_schema
from tidebreak.errors import Damaged, TidebreakError, UsageError
from tidebreak.files import SHARED, replace_whole, sync_folder
from tidebreak.store import database as lists
from tidebreak.store import keys as key_store
from tidebreak.store.database import Database
from tidebreak.store.stores import Stores

_ASIDE = "restoring_"
"""How schemas are called until all of them are there."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back: when it was backed up, its stores, and the events in its audit log."""

    home: Path
    made_at: str
    stores: tuple[str, ...]
    events: int


def restore(
    path: Path, home: Path, *, database: str = "", key_file: Path | None = None
) -> Restored:
    """Bring the backup at ``path`` back as a new installation at ``home``.

    Its stores become files there, or schemas of the PostgreSQL ``database``. ``key_file`` is where
    its key is now; its settings say so from then on. Raises `UsageError` when there is something
    already, `Damaged` when the backup is not what was written, `NotInstalled` when the key is not
    its key or it was made by a newer Tidebreak.
    """
    _refuse_what_is_there(home, database)
    with _plain(home), opened(path) as reader, _aside(home) as partial:
        stores = Stores(partial)
        _extract(reader, stores)
        events = _check(stores, reader.manifest, key_file)
        _adapt(partial / "settings.toml", database, key_file)
        if database:
            _into_database(stores, reader.manifest, database)
        _put(partial, home)
    return Restored(home, reader.manifest.made_at, tuple(reader.manifest.stores), events)


def _refuse_what_is_there(home: Path, database: str) -> None:
    if home.exists() and (not home.is_dir() or any(home.iterdir())):
        raise UsageError(f"{home} is not empty; restore to a new place, then exchange them.")
    if database and (found := Stores(home, database).names()):
        raise UsageError(
            f"The database already has stores ({', '.join(found)}); restore to an empty one, or"
            " join those with: tidebreak init"
        )


def _extract(reader: Reader, stores: Stores) -> None:
    for name in reader.manifest.files:
        if name.startswith(STORES):
            target = stores.file(name.removeprefix(STORES).removesuffix(".db"))
        else:
            target = stores.home / name.removeprefix(HOME)
        reader.extract(name, target)


def _check(stores: Stores, manifest: Manifest, key_file: Path | None) -> int:
    """Look whether it can be used before anybody relies on it; return the number of events."""
    if {"lists", "audit"} - set(stores.names()):
        raise Damaged("The backup has no lists or no audit log; take another one.")
    with closing(AuditLog(stores.existing("audit", audit_log.KIND))) as log:
        found = log.verify(Head(manifest.audit_number, manifest.audit_hash))
    if not found.intact:
        raise Damaged(
            f"The audit log in the backup is not intact (record {found.bad}: {found.reason}); take"
            " another backup."
        )
    opened_lists = stores.existing("lists", lists.KIND)
    if key_file is None:
        opened_lists.close()
    else:
        Database(opened_lists, key_store.load(key_file)).close()
    return found.events


def _adapt(settings: Path, database: str, key_file: Path | None) -> None:
    text = _with(settings.read_text(encoding="utf-8"), "database", database)
    if key_file is not None:
        text = _with(text, "key_file", str(key_file.absolute()))
    replace_whole(settings, text.encode(), SHARED)


def _with(text: str, name: str, value: str) -> str:
    """Return settings in which ``name``, which is above all tables, has this ``value``."""
    line = f"{name} = {json.dumps(value, ensure_ascii=False)}"
    found = re.subn(rf"(?m)^{name}\s*=.*$", lambda _: line, text, count=1)
    return found[0] if found[1] else f"{line}\n{text}"


def _into_database(stores: Stores, manifest: Manifest, database: str) -> None:
    """Copy every store aside and rename them all at once."""
    from tidebreak.postgres import put_in_place, remove_schemas

    remove_schemas(database, _ASIDE)  # of a restore that was killed
    for name in manifest.stores:
        for suffix in ("-wal", "-shm"):
            stores.file(name).with_name(f"{stores.file(name).name}{suffix}").unlink(missing_ok=True)
        copy_into_schema(stores.file(name), database, f"{_ASIDE}{name}")
    put_in_place(database, _ASIDE)
    for name in manifest.stores:
        for path in stores.home.glob(f"{stores.file(name).name}*"):
            path.unlink()


@contextmanager
def _aside(home: Path) -> Generator[Path]:
    home.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f".{home.name}.restoring-", dir=home.parent))
    try:
        yield partial
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _put(partial: Path, home: Path) -> None:
    for folder, _, names in os.walk(partial):
        for name in names:
            with (Path(folder) / name).open("rb") as file:
                os.fsync(file.fileno())
        sync_folder(Path(folder))
    partial.rename(home)  # takes the place of an empty folder
    sync_folder(home.parent)


@contextmanager
def _plain(home: Path) -> Generator[None]:
    try:
        yield
    except OSError as error:
        raise TidebreakError(
            f"Nothing was restored to {home} ({error.strerror}: {error.filename}); make room there"
            " or correct its permissions."
        ) from None
