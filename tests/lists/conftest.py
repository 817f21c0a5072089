"""A catalogue on a store of its own, and small lists of harmless hashes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tidebreak.audit.log import KIND as AUDIT
from tidebreak.audit.log import AuditLog
from tidebreak.lists.catalogue import Catalogue, ImportResult
from tidebreak.model import ListKind
from tidebreak.store import keys as key_store
from tidebreak.store.database import KIND as LISTS
from tidebreak.store.database import Database
from tidebreak.store.keys import Keys
from tidebreak.store.stores import Stores


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return key_store.create(tmp_path / "key")


@pytest.fixture
def database(stores: Stores, keys: Keys) -> Iterator[Database]:
    made = Database(stores.make("lists", LISTS), keys)
    yield made
    made.close()


@pytest.fixture
def another(stores: Stores, keys: Keys) -> Iterator[Database]:
    """The same store as another process opens it."""
    made = Database(stores.make("lists", LISTS), keys)
    yield made
    made.close()


@pytest.fixture
def audit(stores: Stores) -> Iterator[AuditLog]:
    made = AuditLog(stores.make("audit", AUDIT))
    yield made
    made.close()


@pytest.fixture
def catalogue(database: Database, keys: Keys, audit: AuditLog) -> Catalogue:
    return Catalogue(database, keys, audit, actor="tester")


@pytest.fixture
def file(tmp_path: Path) -> Callable[[str | bytes], Path]:
    """Write a list file and return its path."""

    def write(content: str | bytes, name: str = "list.txt") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


@pytest.fixture
def imported(
    catalogue: Catalogue, file: Callable[[str | bytes], Path]
) -> Callable[..., ImportResult]:
    """Import a list from its content."""

    def do(content: str | bytes, **options: Any) -> ImportResult:
        options = {"name": "list", "kind": ListKind.CONTRABAND} | options
        return catalogue.import_file(file(content), **options)

    return do


@pytest.fixture
def digest() -> Callable[..., str]:
    """Return the digest of the text of a number: what the lists of the tests are made of."""

    def of(kind: str, number: int) -> str:
        return hashlib.new(kind, str(number).encode()).hexdigest()

    return of
