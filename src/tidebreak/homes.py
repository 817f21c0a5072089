"""Where an installation and its key lie, and how one is made."""

from __future__ import annotations

import os
from pathlib import Path

from tidebreak.audit import log as audit_log
from tidebreak.audit.log import AuditLog
from tidebreak.errors import Damaged, NotInstalled, UsageError
from tidebreak.files import SHARED, replace_whole
from tidebreak.settings import Settings, load, template
from tidebreak.store import database
from tidebreak.store import keys as key_store
from tidebreak.store.database import Database
from tidebreak.store.keys import Keys
from tidebreak.store.stores import Stores


def default_home() -> Path:
    """Return where an installation lives unless told otherwise (XDG base directories)."""
    if named := os.environ.get("TIDEBREAK_HOME"):
        return Path(named)
    data = os.environ.get("XDG_DATA_HOME") or _home() / ".local" / "share"
    return Path(data) / "tidebreak"


def default_key_file(home: Path) -> Path:
    """Return where the key of ``home`` is put: apart from the data, among the configuration."""
    if named := os.environ.get("TIDEBREAK_KEY_FILE"):
        return Path(named)
    configuration = os.environ.get("XDG_CONFIG_HOME") or _home() / ".config"
    name = home.resolve().as_posix().strip("/").replace("/", "-")
    return Path(configuration) / "tidebreak" / f"{name}.key"


def key_file_of(home: Path, settings: Settings) -> Path:
    """Return where the key of ``home`` is, by its settings."""
    return Path(settings.key_file) if settings.key_file else default_key_file(home)


def is_home(home: Path) -> bool:
    """Whether there is an installation at ``home``."""
    return os.path.exists(home / "settings.toml")  # noqa: PTH110 - never raises


def open_lists(stores: Stores, keys: Keys) -> Database:
    """Open the store of the lists; raise `NotInstalled` where it is missing or not of ``keys``."""
    return Database(stores.existing("lists", database.KIND), keys)


def open_audit(stores: Stores) -> AuditLog:
    """Open the audit log, for which nobody needs a key; raise `Damaged` where it is missing."""
    if not stores.has("audit"):
        remedy = "" if stores.database else ", or make an empty file there to begin a new one"
        raise Damaged(
            f"The audit log {stores.place('audit')} is missing; restore it from a backup{remedy},"
            " and note why."
        )
    return AuditLog(stores.make("audit", audit_log.KIND))


def stores_of(home: Path) -> Stores:
    """Return the stores of the installation at ``home``; raise `NotInstalled` without one."""
    if not is_home(home):
        raise NotInstalled(f"There is no installation at {home}; make one: tidebreak init")
    return Stores(home, load(home).database)


def make(home: Path, key_file: Path | None) -> None:
    """Make a new installation at ``home``; raises `UsageError` where there is one."""
    if is_home(home):
        raise UsageError(
            f"{home} already holds an installation; use it, or name another with --home."
        )
    key_file = (key_file or default_key_file(home)).absolute()
    try:
        _make(Stores(home, load(home).database), key_file)
    except OSError as error:
        raise UsageError(
            f"An installation cannot be made at {home} with its key at {key_file}"
            f" ({error.strerror}: {error.filename}); choose other places or make room."
        ) from None


def _make(stores: Stores, key_file: Path) -> None:
    home = stores.home
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not key_file.exists():
        if stores.has("lists"):
            raise UsageError(
                f"The lists are there and belong to a key, which is not at {key_file}; name its"
                " file with --key-file."
            )
        key_file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        key_store.create(key_file)
    # There may be a store already: of a former attempt, or of other replicas.
    Database(stores.make("lists", database.KIND), key_store.load(key_file)).close()
    stores.make("audit", audit_log.KIND).close()
    text = template().replace('# key_file = ""', f"key_file = {_toml(str(key_file))}")
    if stores.database:
        text = text.replace('# database = ""', f"database = {_toml(stores.database)}")
    # Last: only now is this an installation.
    replace_whole(home / "settings.toml", text.encode(), SHARED)


def _home() -> Path:
    try:
        return Path.home()
    except RuntimeError:
        raise UsageError(
            "This user has no home folder; name the installation with --home or TIDEBREAK_HOME,"
            " and its key with TIDEBREAK_KEY_FILE."
        ) from None


def _toml(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
