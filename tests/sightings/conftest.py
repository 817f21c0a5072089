"""A store of sightings of its own, and logs of harmless random identifiers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tidebreak.audit.log import AuditLog
from tidebreak.hashing.seals import Sealer
from tidebreak.sightings.intake.importing import Order, import_log
from tidebreak.sightings.kept_logs.rows import COLUMNS
from tidebreak.sightings.kept_logs.store import Sightings
from tidebreak.sightings.records import Custody, Source
from tidebreak.store.vault import Vault

CUSTODY = Custody("Example police", "test warrant 1")


@pytest.fixture
def sealer() -> Sealer:
    return Sealer(bytes(range(32)))


@pytest.fixture
def vault() -> Vault:
    return Vault(bytes(32))


@pytest.fixture
def audit(tmp_path: Path) -> Iterator[AuditLog]:
    made = AuditLog(tmp_path / "audit.db")
    yield made
    made.close()


@pytest.fixture
def opened(tmp_path: Path, vault: Vault, sealer: Sealer) -> Callable[[], Sightings]:
    """Open the store as it is now."""
    return lambda: Sightings.open(tmp_path / "home", vault, sealer)


@pytest.fixture
def log(tmp_path: Path) -> Callable[[str | bytes], Path]:
    """Write a log and return its path."""

    def write(content: str | bytes, name: str = "a.log") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


@pytest.fixture
def imported(
    opened: Callable[[], Sightings], audit: AuditLog, log: Callable[[str | bytes], Path]
) -> Callable[..., Source]:
    """Import a log from its content, by the text of a mapping where its format needs one."""

    def run(content: str | bytes, format: str, mapping: str = "", **options: object) -> Source:
        order = Order(log(content), format, CUSTODY)
        if mapping:
            order = replace(order, mapping=log(mapping, "mapping.toml"))  # type: ignore[call-arg]
        return import_log(opened(), replace(order, **options), audit, "tester")

    return run


@pytest.fixture
def rows(opened: Callable[[], Sightings]) -> Callable[[], dict[str, list[int]]]:
    """Read every stored row, by column."""

    def read() -> dict[str, list[int]]:
        batches = list(opened().batches())
        return {
            name: np.concatenate([np.zeros(0, int), *(b[name] for b in batches)]).tolist()
            for name in COLUMNS
        }

    return read


@pytest.fixture
def anywhere(tmp_path: Path) -> Callable[[bytes], list[str]]:
    """Name the files below the store in which some bytes stand in clear."""

    def search(needle: bytes) -> list[str]:
        return [
            path.name
            for path in (tmp_path / "home").rglob("*")
            if path.is_file() and needle in path.read_bytes()
        ]

    return search


def as_lines(*objects: object) -> str:
    return "".join(json.dumps(item) + "\n" for item in objects)
