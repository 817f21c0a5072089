"""Connections to PostgreSQL, and its errors in plain words without any password or value."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from tidebreak.errors import Busy, Damaged, TidebreakError, UsageError

try:
    import psycopg
    from psycopg import errors
    from psycopg.adapt import Buffer
    from psycopg.conninfo import conninfo_to_dict
    from psycopg.types.numeric import NumericBinaryLoader
except ImportError:
    raise TidebreakError(
        "A PostgreSQL database needs the extra: pip install 'tidebreak[postgres]'"
    ) from None

Connection = psycopg.Connection[tuple[Any, ...]]

_T = TypeVar("_T")

_DEFAULTS = {
    "application_name": "tidebreak",
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
"""A server that vanished without a word is noticed after some 20 s (libpq, section 34.1.2)."""

_LOST = (
    errors.AdminShutdown,
    errors.CrashShutdown,
    errors.CannotConnectNow,
    errors.IdleInTransactionSessionTimeout,
)
_FULL = (errors.DiskFull, errors.IoError)
_WAITED = (errors.LockNotAvailable, errors.DeadlockDetected, errors.SerializationFailure)
_LACKING = (errors.UndefinedTable, errors.UndefinedColumn, errors.InvalidSchemaName)
_CORRUPT = (errors.DataCorrupted, errors.IndexCorrupted)
_DENIED = (errors.InsufficientPrivilege, errors.ReadOnlySqlTransaction)


class _WholeNumbers(NumericBinaryLoader):
    """The sum of integers is a NUMERIC, which is an integer here as in SQLite."""

    def load(self, data: Buffer) -> Any:
        value = super().load(data)
        return int(value) if value == value.to_integral_value() else float(value)


def connected(address: str, schema: str) -> Connection:
    """Return a new connection, without transactions of its own, that looks into ``schema``.

    Raises `UsageError` for an address that is none or holds a password, psycopg's errors when the
    server does not answer.
    """
    given = parts_of(address)
    more: dict[str, Any] = {name: v for name, v in _DEFAULTS.items() if name not in given}
    made = psycopg.connect(address, autocommit=True, client_encoding="utf8", **more)
    encoding = made.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        made.close()
        raise UsageError(f"The database is encoded in {encoding}; make one in UTF8.")
    made.adapters.register_loader("numeric", _WholeNumbers)
    made.execute(f"SET search_path = {schema}".encode())
    return made


class Link:
    """A connection that is made when it is needed, and made anew when it was lost."""

    def __init__(self, address: str, schema: str) -> None:
        self._address, self._schema = address, schema
        self._made: Connection | None = None

    @property
    def connection(self) -> Connection:
        """The connection of the last `use`."""
        assert self._made is not None
        return self._made

    def use(self, act: Callable[[Connection], _T]) -> _T:
        """Act on the connection, once more on a new one when it proves to be lost."""
        if self._made is not None and not self._made.closed:
            try:
                return act(self._made)
            except psycopg.OperationalError:
                if not self._made.closed:
                    raise
        self._made = connected(self._address, self._schema)
        return act(self._made)

    def roll_back(self) -> None:
        """End a transaction that was not committed; a lost connection has ended it."""
        if self._made is not None and not self._made.closed:
            with suppress(psycopg.Error):
                self._made.rollback()

    def close(self) -> None:
        """Close the connection, if there is any."""
        if self._made is not None:
            self._made.close()


def parts_of(address: str) -> dict[str, Any]:
    """Return the parts of the address of a database; raise `UsageError` as `connected` does."""
    try:
        parts: dict[str, Any] = conninfo_to_dict(address)
    except psycopg.Error:  # whose text repeats what was given
        raise UsageError(
            "The setting 'database' is no address; write postgresql://USER@HOST/DATABASE"
        ) from None
    if parts.get("password"):
        raise UsageError(
            "The setting 'database' must not hold a password; put it into the file that PGPASSFILE"
            " names, or into PGPASSWORD."
        )
    return parts


@contextmanager
def plain_errors(name: str) -> Generator[None]:
    """Turn PostgreSQL's errors into ours. What a caller did wrong stays as it is."""
    try:
        yield
    except (psycopg.DataError, errors.ProgramLimitExceeded) as error:
        raise UsageError(
            f"What is to be stored does not fit the {name} ({_why(error)}); correct what you gave."
        ) from None
    except psycopg.Error as error:
        plain = _plain(error, name)
        if plain is None:
            raise
        raise plain from None
    except UnicodeEncodeError:
        raise UsageError(
            "What is to be stored must be UTF-8 text; correct what you gave."
        ) from None


def _plain(error: psycopg.Error, name: str) -> TidebreakError | None:
    if isinstance(error, _WAITED):
        return Busy(f"Another process is writing to the {name}; try again later.")
    if isinstance(error, _FULL):
        return TidebreakError(
            f"The disk of the database is full or failing ({_why(error)}); nothing was changed in"
            f" the {name}: make room there and try again."
        )
    if isinstance(error, _DENIED):
        return TidebreakError(
            f"The database does not allow that to the {name} ({_why(error)}); name the primary"
            " server, and a user that owns the schema or may create it."
        )
    if isinstance(error, (*_LACKING, *_CORRUPT)):
        what = f"The {name} in the database is not intact ({_why(error)})"
        return Damaged(f"{what}; restore it from a backup.")
    if isinstance(error, _LOST) or (isinstance(error, psycopg.OperationalError) and _far(error)):
        return TidebreakError(
            f"The database does not answer ({_why(error)}); nothing was changed in the {name}: try"
            " again when it does."
        )
    return None


def _far(error: psycopg.OperationalError) -> bool:
    """Whether the connection failed, not a statement: those have a state."""
    return error.sqlstate is None or error.sqlstate[:2] in ("08", "28", "3D", "53", "57")


def _why(error: psycopg.Error) -> str:
    """Return what the server says without the detail, in which values are."""
    text = error.diag.message_primary or str(error).strip() or type(error).__name__
    return re.sub(r"\s+", " ", text)[:300]
