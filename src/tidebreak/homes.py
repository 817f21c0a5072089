"""Where an installation and its key lie, and how one is made."""

from __future__ import annotations

import os
from pathlib import Path

from tidebreak.audit.log import AuditLog
from tidebreak.errors import UsageError
from tidebreak.files import SHARED, replace_whole
from tidebreak.settings import Settings, template
from tidebreak.store import keys as key_store
from tidebreak.store.database import Database


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


def make(home: Path, key_file: Path | None) -> None:
    """Make a new installation at ``home``; raises `UsageError` where there is one."""
    if is_home(home):
        raise UsageError(
            f"{home} already holds an installation; use it, or name another with --home."
        )
    key_file = (key_file or default_key_file(home)).absolute()
    try:
        _make(home, key_file)
    except OSError as error:
        raise UsageError(
            f"An installation cannot be made at {home} with its key at {key_file}"
            f" ({error.strerror}: {error.filename}); choose other places or make room."
        ) from None


def _make(home: Path, key_file: Path) -> None:
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not key_file.exists():
        key_file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        key_store.create(key_file)
    database = home / "tidebreak.db"
    if not database.exists():  # a former attempt may have come this far
        Database.create(database, key_store.load(key_file)).close()
    AuditLog(home / "audit.db").close()
    text = template().replace('# key_file = ""', f"key_file = {_toml(key_file)}")
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


def _toml(path: Path) -> str:
    escaped = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
