"""Synthetic files, and the stores that real programs write of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.links.stores import programs
from tests.links.stores.programs import DATA, SIZES, content

from tidebreak.hashing.digests import digest_many
from tidebreak.model import Signal


@pytest.fixture(scope="session")
def digests() -> dict[str, dict[str, Signal]]:
    """The identifiers of the synthetic files, computed from their bytes, by name and type."""
    found = digest_many([content(name) for name in SIZES])
    return {
        name: {signal.type.name: signal for signal in signals}
        for name, (signals, _) in zip(SIZES, found, strict=True)
    }


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the synthetic files."""
    return programs.write_files(tmp_path_factory.mktemp("data") / "shared")


@pytest.fixture(scope="session")
def torrent(shared: Path) -> Path:
    """A torrent that Transmission made of them."""
    programs.need("transmission-create")
    return programs.make_torrent(shared.parent / "shared.torrent", shared)


@pytest.fixture(scope="session")
def amule(tmp_path_factory: pytest.TempPathFactory, shared: Path) -> Path:
    """The folder of an aMule that shares the synthetic files and wants another one."""
    programs.need("amuled", "amulecmd")
    return programs.amule(tmp_path_factory.mktemp("programs") / "amule", shared)


@pytest.fixture
def kept() -> Path:
    """Stores that real programs wrote once, of the same files in a folder of another name."""
    return DATA
